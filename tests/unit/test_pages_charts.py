"""The drawings: the same bytes each time, readable without seeing them, and true to what was measured."""

from __future__ import annotations

import dataclasses
import re
import xml.etree.ElementTree as ET
from functools import cache

import matplotlib as mpl
import pytest
from matplotlib.axes import Axes

from reports.pages import charts, drawings
from reports.pages.charts import Chart
from reports.pages.heat import LEVELS, boxes, levels
from reports.pages.latency_words import latency_sentence
from reports.pages.material import Material, Percentile, Times
from tests.unit import pages_sample

NAMES = ("arrivals", "latency", "heat", "outcomes", "histogram", "percentiles", "lag")
NONE, FIRST = (False, False, False), (True, False, False)
SVG = "{http://www.w3.org/2000/svg}"


@cache
def drawn(name: str, scale: float = 14.8) -> tuple[Chart, list[ET.Element]]:
    """A chart of the sample run, and its wide and narrow drawing as trees; drawn once for all tests that read them."""
    chart = drawings.charts(pages_sample.material("FAIL", scale), 500.0)[name]
    text = str(charts.render(chart)).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ')
    return chart, list(ET.fromstring(f"<page>{text}</page>"))


def words(svg: ET.Element) -> list[str]:
    """The words of a drawing, its title and description aside."""
    return ["".join(text.itertext()) for text in svg.iter(f"{SVG}text")]


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_is_drawn_wide_and_narrow_and_says_what_it_shows(name: str) -> None:
    chart, (wide, narrow) = drawn(name)
    assert (wide.get("class"), narrow.get("class")) == ("chart wide", "chart narrow")
    for svg in (wide, narrow):
        assert svg.get("role") == "img"
        title, description = svg.findall(f"{SVG}title")[0], svg.findall(f"{SVG}desc")[0]
        assert (title.text, description.text) == (chart.title, chart.description)
        assert svg.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("arrivals", {"arrivals per second", "time (s from T0)", "planned", "started", "late"}),
        ("latency", {"response time (ms, logarithmic)", "time (s from T0)", "P50", "P95", "P99", "P95 < 500 ms"}),
        ("heat", {"response time (ms, logarithmic)", "time (s from T0)", "P95", "P95 < 500 ms", "≥ 30 calls/s"}),
        ("outcomes", {"calls per second", "time (s from T0)", "ok", "refused", "failed", "unknown"}),
        ("histogram", {"time of a call (ms, logarithmic)", "calls", "response", "service", "P95 < 500 ms"}),
        ("lag", {"largest lag (ms)", "time (s from T0)"}),
        ("percentiles", {"time (ms, logarithmic)", "share of calls answered within", "response", "service", "99.9 %"}),
    ],
)
def test_every_axis_has_its_unit_and_every_line_its_name(name: str, labels: set[str]) -> None:
    for svg in drawn(name)[1]:
        assert labels <= set(words(svg))


@pytest.mark.parametrize("name", NAMES)
def test_a_drawing_takes_its_colours_and_font_from_the_page(name: str) -> None:
    """What matplotlib fixed would be wrong in the dark: every colour is one of the page's variables."""
    text = str(charts.render(drawings.charts(pages_sample.broken(), 500.0)[name]))
    assert re.findall(r"#[0-9a-f]{6}\b", text) == []
    assert "DejaVu" not in text
    assert set(re.findall(r"var\(--c-(\w+)\)", text)) <= set(charts.COLOURS)


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_placed_to_a_hundredth_of_a_pixel(name: str) -> None:
    """A millionth, as matplotlib has it, is seen nowhere and makes a page large."""
    places = [
        str(value)
        for svg in drawn(name)[1]
        for element in svg.iter()
        for attribute, value in element.items()
        if attribute in {"d", "x", "y", "width", "height", "transform", "points"}
    ]
    assert any(re.search(r"\.\d\d\b", value) for value in places)
    assert [value for value in places if re.search(r"\.\d{3}|\s[A-Z]|[A-Z]\s", value)] == []


def test_only_where_things_are_is_rounded() -> None:
    """Neither their looks nor what words say; what is nearest to nothing has no sign."""
    words = '" style="stroke-width: 1.234567"/><text>x y="1.234567"</text>'
    short = charts.shortened('<path d="M 1.234567 -0.000004 \nL -3.996 40 \n' + words)
    assert short == '<path d="M1.23 0L-4 40' + words


def test_drawings_do_not_depend_on_the_settings_of_the_machine() -> None:
    chart = drawings.arrivals(pages_sample.series())
    before = charts.render(chart)
    with mpl.rc_context({"font.size": 30.0, "axes.grid": False, "lines.linewidth": 9.0, "svg.hashsalt": "other"}):
        assert charts.render(chart) == before


def test_words_in_a_drawing_are_no_formulas_and_no_markup() -> None:
    def formula(axes: Axes) -> None:
        axes.set_xlabel("$x^2$ <i>")

    chart = Chart("x", "<b>", "a & b", formula)
    text = str(charts.render(chart))
    assert '<title id="x-wide-t">&lt;b&gt;</title>' in text
    assert "$x^2$ &lt;i&gt;" in text


def test_a_value_that_is_only_a_bound_is_drawn_as_an_open_triangle() -> None:
    series = pages_sample.series()
    bound = dataclasses.replace(
        series, response={**series.response, "p99": Percentile((600.0,) * 60, (True,) + (False,) * 59)}
    )
    assert str(charts.render(drawings.latency(bound, 500.0, ""))).count("fill-opacity: 0") > str(
        charts.render(drawings.latency(series, 500.0, ""))
    ).count("fill-opacity: 0")


def test_a_limit_far_above_all_calls_is_left_out_of_the_histogram() -> None:
    """An axis that reaches for a limit of 500 ms would squeeze calls of 2 ms into a line."""
    tiny = Times(((0.5, 1.0), (0.99, 2.0)), (0.5, 1.0, 2.0), (5, 5))
    assert "P95 &lt; 500 ms" not in str(charts.render(drawings.histogram(tiny, tiny, 500.0)))
    assert "P95 &lt; 10 ms" in str(charts.render(drawings.histogram(tiny, tiny, 10.0)))


def test_an_outcome_that_never_came_is_not_in_the_legend() -> None:
    assert "unimplemented" not in words(drawn("outcomes")[1][0])


@pytest.mark.parametrize(
    ("values", "censored", "limit", "said"),
    [
        ((3.0, 7.0, 5.0), NONE, 500.0, "under 500 ms in all of 3 s, {}, worst at second 1 (7 ms)."),
        ((3.0, 700.0, None), NONE, 500.0, "over 500 ms for 1 of 2 s, {}, worst at second 1 (700 ms)."),
        ((250.0, 9.0, 9.0), FIRST, 500.0, "over 500 ms for 1 of 3 s, {}, worst at second 0 (≥ 250 ms)."),
        ((3.0, 7.0, 7.0), NONE, None, "{}, worst at second 1 (7 ms)."),
    ],
)
def test_the_sentence_says_how_high_how_long_where_and_when(
    values: tuple[float | None, ...], censored: tuple[bool, ...], limit: float | None, said: str
) -> None:
    """A lower bound is over every limit, whatever its number."""
    head = "P95 is 41.2 ms (37.8–46.1 ms), "
    assert latency_sentence(three_seconds(values, censored), limit) == head + said.format(
        "worst in CreateReservation (90.6 ms)"
    )


def test_the_sentence_of_a_run_without_answers_says_so() -> None:
    assert latency_sentence(three_seconds((None, None, None), NONE), 500.0) == "No call was answered."


def three_seconds(values: tuple[float | None, ...], censored: tuple[bool, ...]) -> Material:
    series = pages_sample.series(length=3)
    series = dataclasses.replace(series, response={**series.response, "p95": Percentile(values, censored)})
    return dataclasses.replace(pages_sample.material(), series=series)


def test_spans_and_marks_are_named_in_every_chart_over_time() -> None:
    for name in ("arrivals", "latency", "heat", "outcomes", "lag"):
        assert {"stalled", "pod killed"} <= set(words(drawn(name)[1][0])), name


def test_names_of_spans_that_would_lie_over_each_other_stand_in_rows() -> None:
    places = {
        "".join(text.itertext()): text.get("transform") or text.get("y")
        for text in drawn("arrivals")[1][0].iter(f"{SVG}text")
    }
    assert places["stalled"] != places["pod killed"]
    heights = [float(re.findall(r"[-\d.]+", str(places[name]))[1]) for name in ("stalled", "pod killed")]
    assert abs(heights[1] - heights[0]) >= 8


def test_a_heat_map_has_every_answer_in_one_level() -> None:
    heat = pages_sample.heat()
    bounds = levels(100.0)
    assert bounds == [0.0, 3.0, 10.0, 30.0, 100.0]
    covered = [round(right - left) for level in range(LEVELS) for left, right, _, _ in boxes(heat, bounds, level)]
    assert sum(covered) == sum(rate > 0 for column in heat.rates for rate in column)
    assert {(left, right) for left, right, low, _ in boxes(heat, bounds, 3) if low > 40} == {(30, 33)}


def test_a_closed_loop_plans_no_arrivals_and_says_so() -> None:
    chart = drawings.arrivals(dataclasses.replace(pages_sample.series(), planned=(0.0,) * 60))
    assert chart.description.startswith("2,691 journeys started; none was planned")
    assert "planned" not in re.findall(r">(\w+)</text>", str(charts.render(chart)))


def test_a_run_without_calls_has_no_charts_of_times() -> None:
    nothing = Times((), (), ())
    material = dataclasses.replace(pages_sample.material(), response=nothing, service=nothing)
    assert set(drawings.charts(material, 500.0)) == {"arrivals", "latency", "heat", "outcomes", "lag"}
