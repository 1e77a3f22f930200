"""What the target's monitoring saw, drawn: on the seconds of the run, under names that tell, never silently less."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reports.exports import tables
from reports.judgement import judge
from reports.pages import charts
from reports.pages.html import page
from reports.pages.observed import MOST_LINES, Observed, observed
from reports.pages.write import pages
from tacorush.cli.observing.observe import Inquiry, observe
from tacorush.cli.observing.prometheus import Prometheus
from tacorush.cli.observing.queries import Query
from tacorush.evidence.observed import OBSERVED, Observation, ObservedSeries, store
from tests.unit import pages_sample
from tests.unit.pages_sample import observation
from tests.unit.scripted_prometheus import ScriptedPrometheus
from tests.unit.test_pages_run_file import written

SCHEMA = json.loads((Path(__file__).parents[2] / "reports/schema.json").read_text())


def section(*rows: dict[str, Any]) -> Observed:
    found = observed({OBSERVED: list(rows)}, pages_sample.series())
    assert found is not None
    return found


def words(drawn: Observed, place: int = 0) -> list[str]:
    """The words of a chart in its wide drawing."""
    wide = str(charts.render(drawn.charts[place])).partition('class="chart narrow"')[0]
    return re.findall(r"<text[^>]*>([^<]*)</text>", wide)


def test_a_run_of_which_nothing_was_asked_has_no_section() -> None:
    assert observed({}, pages_sample.series()) is None
    assert "Observed at the target" not in page(pages_sample.broken())


def test_a_chart_has_the_seconds_of_all_others_and_its_unit_beside_it() -> None:
    """And what was going on: phases, marks and stalls are named as in the others."""
    found = words(section(observation("CPU", "cores", {"a": tuple(float(n) for n in range(60))})))
    assert {"time (s from T0)", "cores", "pod killed", "stalled", "60"} <= set(found)


def test_the_sentence_says_the_range_and_when_it_was_highest_and_of_what() -> None:
    drawn = section(observation("CPU", "cores", {"a": (0.5, 1.25, 0.75), "b": (0.25, None, 0.5)}))
    assert drawn.charts[0].description == "From 0.25 to 1.25 cores; the highest at second 1 (a)."
    assert section(observation("Up", "pods", {"": (3.0, 3.0)})).charts[0].description == "3 pods all the time."


def test_lines_are_named_by_the_labels_in_which_they_differ() -> None:
    """A single series needs none; of several queries in one panel the query's name stands before them."""
    assert {"a", "b"} <= set(words(section(observation("CPU", "x", {"a": (1.0, 2.0), "b": (2.0, 1.0)}))))
    one = observation("Waiting", "people", {"a": (1.0, 2.0)}, "Queue")
    two = observation("Let in", "people", {"a": (1.0, 3.0), "b": (3.0, 1.0)}, "Queue")
    drawn = section(one, two)
    assert [chart.title for chart in drawn.charts] == ["Queue"]
    assert {"Waiting", "Let in: a", "Let in: b"} <= set(words(drawn))


def test_a_long_name_keeps_both_ends() -> None:
    """What tells pods apart stands at the end."""
    names = [f"a-very-long-name-of-a-deployment-of-tickets-{end}" for end in ("x2x4z", "m7q2w")]
    found = words(section(observation("CPU", "x", dict.fromkeys(names, (1.0, 2.0)))))
    assert len({name for name in found if name.startswith("a-very-long") and name.endswith(("x2x4z", "m7q2w"))}) == 2


@pytest.mark.parametrize(
    ("unit", "value", "said"),
    [
        ("bytes", 3.5 * 2**30, "3.5 GiB all the time."),
        ("bytes", 900.0, "900 bytes all the time."),
        ("ratio", 0.425, "42.5 % all the time."),
        ("pods", 3.0, "3 pods all the time."),
    ],
)
def test_values_are_written_in_a_size_that_people_read(unit: str, value: float, said: str) -> None:
    assert section(observation("M", unit, {"a": (value, value)})).charts[0].description == said


def test_the_axis_has_the_size_that_the_sentence_has() -> None:
    found = words(section(observation("M", "bytes", {"a": (1.0 * 2**30, 4.0 * 2**30)})))
    assert {"GiB", "1.5", "3"} <= set(found)
    assert [word for word in found if word.endswith(",000")] == []


def test_more_lines_than_can_be_told_apart_are_counted() -> None:
    """Those with the lowest peaks are left out, and what was never kept is counted with them."""
    series: dict[str, tuple[float | None, ...]]
    series = {f"pod-{number}": (float(number), 0.0) for number in range(MOST_LINES + 2)}
    drawn = section(observation("CPU", "x", series, left_out=3))
    assert drawn.charts[0].description.endswith(" 5 more lines with lower peaks not drawn.")
    assert "pod-7" in words(drawn)
    assert "pod-1" not in words(drawn)


def test_a_value_without_neighbours_is_a_dot() -> None:
    """No line would show it; and nobody draws a line through what was not seen."""
    drawn = [
        str(charts.render(section(observation("CPU", "x", {"a": values})).charts[0]))
        for values in ((1.0, None, 2.0, 2.0), (1.0, 1.0, 2.0, 2.0))
    ]
    dots = [text.count("<use ") for text in drawn]
    assert dots[0] > dots[1]


def test_what_was_asked_in_vain_is_told_with_its_reason() -> None:
    drawn = section(observation("CPU", "x", {}, missing="it cannot be reached (Connection refused)"))
    assert drawn.charts == ()
    assert [(row.name, row.answer) for row in drawn.missing] == [("CPU", "it cannot be reached (Connection refused)")]


def test_a_run_without_time_has_no_charts_and_still_says_what_was_asked() -> None:
    nothing = dataclasses.replace(pages_sample.series(), starts=())
    found = observed({OBSERVED: [observation("CPU", "x", {"a": (1.0,)})]}, nothing)
    assert found is not None
    assert (found.charts, [row.answer for row in found.questions]) == ((), ["1 series"])


def test_points_after_the_end_of_the_charts_are_not_told_of() -> None:
    """Their second would be nowhere in the picture."""
    values = (*(1.0 for _ in range(61)), 9.0)
    assert section(observation("CPU", "x", {"a": values})).charts[0].description == "1 x all the time."


def test_what_comes_from_outside_stays_text() -> None:
    """Names, labels and errors are the target's and Prometheus' words."""
    rows = [
        observation("<b>$x$</b>", "<u>", {"<s>": (1.0, 2.0), "</svg>x": (2.0, 1.0)}),
        observation("q", "x", {}, missing="<script>alert(1)</script>"),
    ]
    found = pages_sample.broken()
    text = page(dataclasses.replace(found, meta={**found.meta, OBSERVED: rows}))
    for markup in ("<b>$x$", "<u>", "<s>", "</svg>x", "<script>alert"):
        assert markup not in text
    assert "&lt;b&gt;$x$&lt;/b&gt;" in text


def test_pages_of_an_observed_run_come_again_byte_for_byte_from_the_run_file_alone(tmp_path: Path) -> None:
    path = written(tmp_path / "run.sqlite")
    scripted = ScriptedPrometheus({"cpu": {"a": [(0.0, "1"), (2.0, "3")]}, "queue": (500, b"")})
    queries = tuple(Query(name=name, expr=name, unit="cores") for name in ("cpu", "queue"))
    observe(path, Inquiry(Prometheus("http://p:9090", scripted.get, lambda: pages_sample.T0_NS), queries))
    first = pages(judge(path))
    assert "From 1 to 3 cores; the highest at second 2." in first["report.html"]
    assert "<b>queue</b>: it answered with HTTP status 500" in first["report.html"]
    assert "- **cpu**: From 1 to 3 cores" in first["report.md"]
    assert "- **queue** is missing: it answered with HTTP status 500" in first["report.md"]
    assert pages(judge(path)) == first


def test_the_table_for_pandas_has_every_value(tmp_path: Path) -> None:
    path = written(tmp_path / "run.sqlite")
    rows = (ObservedSeries({"pod": "a"}, (0.5, 1.5)),)
    store(path, [Observation("CPU", "cpu", "cores", "CPU", "http://p:9090", pages_sample.T0_NS, 2, rows)])
    table = tables(judge(path))["observed"]
    assert table.to_dict("records") == [
        {"second": 0, "name": "CPU", "labels": "pod=a", "value": 0.5, "unit": "cores"},
        {"second": 2, "name": "CPU", "labels": "pod=a", "value": 1.5, "unit": "cores"},
    ]


def test_the_verdict_does_not_know_of_it_and_programs_do(tmp_path: Path) -> None:
    """report.json has the figures of every series and validates; nothing else in it changes."""
    path = written(tmp_path / "run.sqlite")
    before = judge(path).summary
    scripted = ScriptedPrometheus({"cpu": {"a": [(0.0, "1"), (1.0, "3"), (3.0, "3")]}, "queue": {}})
    asked = tuple(Query(name=name, expr=name, unit="x") for name in ("cpu", "queue"))
    observe(path, Inquiry(Prometheus("http://p:9090", scripted.get, lambda: pages_sample.T0_NS), asked))
    found = judge(path).summary
    assert found | {"observed": []} == before
    assert list(Draft202012Validator(SCHEMA).iter_errors(json.loads(judge(path).report_json))) == []
    cpu, queue = found["observed"]
    assert cpu["series"] == [
        {"labels": {"__name__": "m", "pod": "a"}, "min": 1.0, "mean": 2.33333, "max": 3.0, "max_at_s": 1}
    ]
    assert (cpu["missing"], queue["series"]) == (None, [])
    assert queue["missing"] == "it has no values of the time of the run"
