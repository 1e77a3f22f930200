"""Each filter of each metric, on evidence in which it matters: the parts that it tells apart add up to the whole."""

from __future__ import annotations

import pytest
import yaml

from reports.judgement import judge_evidence
from reports.objectives.file import read
from reports.objectives.metrics import METRICS
from reports.objectives.result import Result
from tacorush.evidence.records import ArrivalSecond, CellKey
from tests.unit.written_run import CREATE, JOIN, Written, times

SECONDS = 30
PHASES = [
    {"name": name, "from_s": 10.0 * at, "to_s": 10.0 * at + 10} for at, name in enumerate(("before", "peak", "after"))
]
PARTS = {
    "method": ("JoinQueue", CREATE),
    "service": ("QueueService", "reservation.v1.ReservationService"),
    "journey": ("buyer", "leaver"),
    "phase": ("before", "peak", "after"),
}
"""Key of `where` to values that leave nothing of this run out, by full names and by short ones."""
OUTCOMES = {True: ("ok", "refused", "failed", "unknown"), False: ("ticket", "sold_out")}
"""What calls, and what journeys, came to in this run."""
ASKED = {"p": "p(50)<500", "avg": "avg<500", "rate": "rate<0.5", "count": "count>1"}
"""The first of these that a metric takes is asked of it."""


def driven() -> Written:
    """Every second has calls of two services by two kinds, in all outcomes, and journeys in two endings."""
    run = Written(meta={"mode": "open", "duration_s": SECONDS, "phases": PHASES})
    for second in range(SECONDS):
        run.written_arrivals.append(ArrivalSecond(second, planned=5, started=5))
        for number, kind in enumerate(PARTS["journey"], start=1):
            for method in (JOIN, CREATE):
                for outcome, code in (
                    ("ok", "OK"),
                    ("refused", "RATE_LIMITED"),
                    ("failed", "INTERNAL"),
                    ("unknown", "CANCELLED"),
                ):
                    run.call(
                        second,
                        *[10.0 * number] * (second + number),
                        method=method,
                        outcome=outcome,
                        code=code,
                        kind=kind,
                    )
            for measure in ("total", "admission_wait", "time_to_ticket"):
                for ending in OUTCOMES[False]:
                    key = CellKey(second, f"journey.{measure}", kind, ending, "paying", "response")
                    run.written_cells.append((key, times(*[10.0] * (second + 2 * number))))
    return run


def asked(metric: str, where: dict[str, str]) -> Result:
    expression = next(text for name, text in ASKED.items() if name in METRICS[metric].aggregations)
    row = {"name": "asked", "metric": metric, "expression": expression, "where": where}
    (found,) = judge_evidence(driven(), read(yaml.safe_dump({"objectives": [row]}), "here")).run.results
    return found


ROWS = [
    (name, key) for name, metric in METRICS.items() for key in sorted(metric.filters) if key not in ("rule", "outcome")
]


@pytest.mark.parametrize(("metric", "key"), ROWS)
def test_the_parts_of_a_filter_add_up_to_the_whole(metric: str, key: str) -> None:
    """And none of them is empty."""
    parts = [asked(metric, {key: value}).measured.samples for value in PARTS[key]]
    assert sum(parts) == asked(metric, {}).measured.samples
    assert all(parts)


CALLS = [name for name, metric in METRICS.items() if {"outcome", "method"} <= metric.filters]


@pytest.mark.parametrize("metric", [name for name in CALLS if METRICS[name].unit == "share"])
def test_the_outcomes_of_calls_add_up_to_all_calls(metric: str) -> None:
    parts = [asked(metric, {"outcome": outcome}).measured.samples for outcome in OUTCOMES[True]]
    assert sum(parts) == asked(metric, {}).measured.samples
    assert all(parts)


@pytest.mark.parametrize("metric", ["response_ms", "service_ms"])
def test_latency_is_of_calls_that_were_answered_ok_or_refused(metric: str) -> None:
    """So a filter for another outcome leaves nothing to measure."""
    counts = {outcome: asked(metric, {"outcome": outcome}).measured.samples for outcome in OUTCOMES[True]}
    assert counts["ok"] == counts["refused"] > 0
    assert counts["failed"] == counts["unknown"] == 0
    assert counts["ok"] + counts["refused"] == asked(metric, {}).measured.samples


@pytest.mark.parametrize("metric", ["admission_wait_ms", "time_to_ticket_ms"])
def test_times_of_journeys_can_be_told_by_how_they_ended(metric: str) -> None:
    parts = [asked(metric, {"outcome": ending}).measured.samples for ending in OUTCOMES[False]]
    assert sum(parts) == asked(metric, {}).measured.samples
    assert all(parts)


def test_the_endings_of_journeys_are_shares_of_one_whole() -> None:
    shares = [asked("journeys", {"outcome": ending}).measured.value for ending in OUTCOMES[False]]
    assert shares == [0.5, 0.5]


def test_several_filters_have_to_match_all() -> None:
    """By both at once a quarter of the calls, and of the method's the kind's own times."""
    found = asked("response_ms", {"method": "JoinQueue", "journey": "leaver", "phase": "peak", "outcome": "ok"})
    assert found.measured.samples == sum(second + 2 for second in range(10, 20))
    assert found.measured.value == pytest.approx(20, rel=0.002)
