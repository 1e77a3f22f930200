"""report.html: same bytes, nothing asked of a network, nothing let through unescaped, and every verdict explained."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from reports.pages import html
from reports.pages.material import Material, Percentile, Series, Times
from tests.unit import pages_sample

EMPTY_SERIES = Series((), 1, (), (), (), (), {}, {name: Percentile((), ()) for name in ("p50", "p95", "p99")}, {})
NASTY = "\"><script>alert(1)</script><img src=x onerror=alert(1)> $x_1$ '&amp;"


class Outline(HTMLParser):
    """Reads the tags of a page: their names, ids, attributes, and which stay open."""

    VOID = frozenset({"meta", "link"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def shown(text: str) -> str:
    """The page's text without its tags, drawings and style."""
    bare = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", bare).split())


@cache
def page_of(sample: Callable[[], Material]) -> str:
    """The page of a sample, drawn once for all tests that read it: drawing takes most of their time."""
    return html.page(sample())


def test_the_same_run_gives_the_same_bytes() -> None:
    assert html.page(pages_sample.broken()) == page_of(pages_sample.broken)


@pytest.mark.parametrize(
    ("sample", "said"),
    [
        (
            pages_sample.material,
            "✓ PASS The platform kept every promise that this run put to the test. What it rests on",
        ),
        (pages_sample.broken, "✕ FAIL The platform broke a promise. Why Oversell: 2 seats were sold twice"),
        (
            pages_sample.undecided,
            "? INCONCLUSIVE This run neither proves nor refutes what the platform promises. Why",
        ),
    ],
)
def test_every_verdict_says_what_it_means_first(sample: Callable[[], Material], said: str) -> None:
    assert said in shown(page_of(sample))


def test_an_inconclusive_verdict_says_what_to_do() -> None:
    assert "remove the cause that the reasons name, then repeat the run" in shown(page_of(pages_sample.undecided))


def test_an_unlisted_verdict_is_refused() -> None:
    with pytest.raises(KeyError, match="MAYBE"):
        html.page(pages_sample.material("MAYBE"))


def test_nothing_on_the_page_asks_the_network_for_anything() -> None:
    """No address in any attribute or style, and a policy that would forbid one and every script but the page's own."""
    page = page_of(pages_sample.broken)
    outline = Outline(page)
    assert not {"img", "iframe", "object", "embed"} & set(outline.tags)
    (script,) = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    targets = {value for name, value in outline.attributes if name in ("href", "src", "xlink:href", "action")}
    assert targets
    assert all(target.startswith(("#", "data:,")) for target in targets)
    assert "://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "@import" not in page
    assert set(re.findall(r"url\((.)", page)) <= {"#"}
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; img-src data:"
    assert ("content", policy) in outline.attributes


def test_tags_are_balanced_and_ids_are_unique() -> None:
    outline = Outline(page_of(pages_sample.broken))
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))


def test_every_reference_inside_the_page_has_its_goal() -> None:
    page = page_of(pages_sample.broken)
    outline = Outline(page)
    goals = set(re.findall(r"url\(#([^)]+)\)", page))
    goals |= {value[1:] for name, value in outline.attributes if name.endswith("href") and value.startswith("#")}
    goals |= {word for name, value in outline.attributes if name == "aria-labelledby" for word in value.split()}
    assert goals <= set(outline.ids)


def test_words_from_outside_are_escaped_wherever_they_stand() -> None:
    """Each text that a platform or a caller chooses is replaced by one that would break out of HTML."""
    finding = pages_sample.finding()
    finding["message"] = NASTY
    finding["witness"]["seat"] = NASTY
    finding["witness"]["calls"][0] |= {"method": NASTY, "status": NASTY, "outcome": NASTY, "order": NASTY}
    objective = pages_sample.objective(NASTY, "p(95)<500", "response_ms", 1.0, 500, where={"journey": NASTY})
    methods = {NASTY: pages_sample.summary()["latency_ms"]["methods"]["gateway.v1.QueueService/JoinQueue"]}
    latency = pages_sample.summary()["latency_ms"] | {"methods": methods}
    material = pages_sample.material(
        "FAIL", 1.0, scenario=NASTY, target=NASTY, run_id=NASTY, reasons=[NASTY], findings=[finding],
        objectives=[objective], latency_ms=latency,
    )  # fmt: skip
    call = pages_sample.kept(1, "failed", NASTY, NASTY)
    call.kind = call.trace = call.method = NASTY
    material = dataclasses.replace(
        material,
        failed=[call],
        meta={**material.meta, "command": ["tacorush", NASTY], "slo": NASTY, "preflight": {"warnings": [NASTY]}},
        processes=[dataclasses.replace(material.processes[0], process=NASTY, host=NASTY)],
    )
    page = html.page(material)
    assert page.count("&lt;script&gt;") > 15
    assert "img" not in Outline(page).tags
    assert page.count("<script>") == 1
    assert not any(name.startswith("on") for name, _ in Outline(page).attributes)


def test_a_run_that_measured_nothing_still_has_a_page() -> None:
    nothing = dict.fromkeys(("p50", "p90", "p95", "p99", "p99.9", "max", "mean")) | {"count": 0, "censored": 0}
    material = pages_sample.material(
        "INCONCLUSIVE", 1.0, objectives=[], reasons=["Nothing was measured: no call was made"],
        latency_ms={"overall": {"response": nothing, "service": nothing}, "methods": {}},
        totals={
            "rpcs": 0, "other_rpcs": 3, "planned": 0, "journeys": 0, "orders": 0, "seats_sold": 0,
            "outcomes": dict.fromkeys(("ok", "refused", "failed", "unknown", "unimplemented"), 0),
        },
        rate={"planned_per_s": None, "achieved_per_s": 0.0, "rpcs_per_s": 0.0},
        oversell={"definite": 0, "possible": 0, "contended_seats": 0, "witnesses": []},
        generator={
            "arrivals_late": 0, "arrivals_dropped": 0, "lag_ms": dict.fromkeys(("p50", "p99", "max")),
            "start_delay_ms": dict.fromkeys(("p50", "p99", "max")),
            "cpu_seconds": 0.0, "cpu_us_per_rpc": None, "lost_workers": 0, "processes": [],
        },
    )  # fmt: skip
    material = dataclasses.replace(
        material, series=EMPTY_SERIES, response=Times((), (), ()), service=Times((), (), ()),
        funnel=(), endings={}, slow=(), failed=(), processes=(), meta={"t0_ns": 0},
        heat=None, lines={}, seconds=range(0), events=(), sections=(),
    )  # fmt: skip
    text = shown(html.page(material))
    assert "Nothing was recorded over time" in text
    assert "No call of a journey was answered" in text
    assert "Ended it was killed: the run file does not say that it ended" in text


def test_a_witness_is_drawn_as_calls_in_time() -> None:
    text = shown(page_of(pages_sample.broken))
    assert "definite double sale · critical · found 2 times Seat A-12 of evt_2025_1001 was sold twice" in text
    assert "ConfirmReservation +214 ms, took 61 ms ok · CONFIRMED · order ord_90aa" in text


def test_further_witnesses_are_kept_closed_and_an_objective_says_why_it_failed() -> None:
    finding = pages_sample.finding()
    finding["witnesses"] = [finding["witness"]] * 12
    objective = pages_sample.objective(
        "Enough answers", "p(95)<500", "response_ms", None, 500, verdict="INCONCLUSIVE", reason="12 samples, 200 needed"
    )
    page = shown(html.page(pages_sample.material("FAIL", findings=[finding], objectives=[objective])))
    assert "9 more witnesses" in page
    assert page.count("CreateReservation +9 ms") == 10
    assert "12 samples, 200 needed" in page


def test_the_samples_of_these_tests_are_reports_as_the_schema_pins_them() -> None:
    schema = json.loads((Path(html.__file__).parents[1] / "schema.json").read_text(encoding="utf-8"))
    for material in (pages_sample.material(), pages_sample.broken(), pages_sample.undecided()):
        jsonschema.validate(material.summary, schema, jsonschema.Draft202012Validator)


def test_a_long_run_with_many_findings_stays_under_two_megabytes() -> None:
    """Findings and calls are cut off with a count of what is left out; nothing goes missing silently."""
    finding = pages_sample.finding()
    finding["witness"]["calls"] *= 60
    material = pages_sample.material("FAIL", 1.0, findings=[finding] * 4000)
    material = dataclasses.replace(material, series=pages_sample.series(14.8, 300))
    page = html.page(material)
    assert len(page.encode()) < 2_000_000
    assert "3,970 more findings in report.json" in shown(page)
    assert "216 more calls in report.json" in shown(page)


def test_broken_objectives_come_first() -> None:
    page = shown(page_of(pages_sample.broken))
    assert page.index("No seat is sold twice") < page.index("Error rate")


def test_the_command_is_written_so_that_it_can_be_pasted() -> None:
    material = pages_sample.material()
    material = dataclasses.replace(material, meta={**material.meta, "command": ["tacorush", "run", "my flow.yaml"]})
    assert "<pre>tacorush run &#39;my flow.yaml&#39;</pre>" in html.page(material)


def test_the_first_reasons_stand_on_the_first_screen_and_the_others_can_be_unfolded() -> None:
    page = html.page(pages_sample.material("FAIL", reasons=[f"reason {number}" for number in range(7)]))
    head, _, folded = page.partition("<details><summary>3 more reasons</summary>")
    assert [number for number in range(7) if f"<li>reason {number}</li>" in head] == [0, 1, 2, 3]
    assert [number for number in range(7) if f"<li>reason {number}</li>" in folded] == [4, 5, 6]
