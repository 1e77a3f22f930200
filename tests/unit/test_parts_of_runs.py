"""Objectives about a part of a run: phases, seconds, windows, recovery, warm-up, budgets, availability."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from reports.judgement import judge_evidence
from reports.objectives.file import read
from reports.objectives.result import Result
from tacorush.evidence.histogram import Histogram
from tacorush.evidence.records import ArrivalSecond, CellKey
from tests.unit.told_claims import bought
from tests.unit.written_run import MS, Written, healthy

PHASES = [
    {"name": "before", "from_s": 0.0, "to_s": 20.0},
    {"name": "peak", "from_s": 20.0, "to_s": 40.0},
    {"name": "after", "from_s": 40.0, "to_s": 100.0},
]


def result(run: Written, **fields: Any) -> Result:
    """What becomes of one objective with these fields."""
    row = {"name": "asked", "metric": "response_ms", **{name.rstrip("_"): value for name, value in fields.items()}}
    if "recovers" not in row:
        row.setdefault("expression", "p(95)<500")
    (found,) = judge_evidence(run, read(yaml.safe_dump({"objectives": [row]}), "here")).run.results
    return found


def spike(slow_s: range = range(20, 40), slow_ms: float = 900, seconds: int = 100, calls: int = 60) -> Written:
    """Quick all the time, slow from second to second."""
    run = Written(meta={"mode": "open", "duration_s": seconds, "phases": PHASES, "t0_ns": 0})
    run.meta["ended"] = {"how": "completed", "at_ns": seconds * 10**9}
    for second in range(seconds):
        run.call(second, *[slow_ms if second in slow_s else 20.0 + second % 3] * calls)
        run.written_arrivals.append(ArrivalSecond(second, planned=10, started=9 if second in slow_s else 10))
    return run


def test_a_phase_is_judged_by_itself() -> None:
    """Slow at the peak alone: the peak fails, before and after pass, the whole is between."""
    verdicts = {phase: result(spike(), during=phase).verdict for phase in ("before", "peak", "after")}
    assert verdicts == {"before": "PASS", "peak": "FAIL", "after": "PASS"}
    found = result(spike(), where={"phase": "peak", "method": "JoinQueue"})
    assert (found.verdict, found.measured.samples, found.part) == ("FAIL", 1200, "during peak (20–40 s)")
    assert found.reason.startswith("P95 900 ms during peak (20–40 s), asked for < 500 ms; missed in 20 ")


def test_a_phase_that_the_run_does_not_have_tells_nothing() -> None:
    """A mistyped name never passes; what there is stands beside."""
    found = result(spike(), during="peek")
    assert (found.verdict, found.reason) == (
        "INCONCLUSIVE",
        "the run has no phase 'peek'; it has before, peak, after",
    )
    run = spike()
    del run.meta["phases"]
    assert result(run, during="peak").reason == "the run has no phase 'peak'; it has none"


def test_from_second_to_second_only_what_was_answered_then_counts() -> None:
    """The first second counts, the last does not."""
    assert result(spike(), from_="20s", to="40s").measured.samples == 1200
    assert result(spike(), from_=0, to="20s").verdict == "PASS"
    assert result(spike(), from_=0, to="21s", expression="max<500").verdict == "FAIL"
    assert result(spike(), from_="39s", to="45s", expression="max<500").verdict == "FAIL"
    found = result(spike(), from_="40s")
    assert (found.verdict, found.part) == ("PASS", "from 40 s on")
    assert result(spike(), from_="100s").reason == "the run ends before it begins, after 100 s"


def test_a_warm_up_does_not_count() -> None:
    """Slow in the first five seconds: without them all is well."""
    run = spike(range(5))
    assert result(run, expression="max<500").verdict == "FAIL"
    assert result(run, expression="max<500", warmup="5s").verdict == "PASS"
    assert result(run, expression="max<500", warmup="4s").verdict == "FAIL"
    assert result(run, every="10s", warmup="5s").windows.total == 9  # type: ignore[union-attr]


def test_arrivals_and_journeys_have_parts_too() -> None:
    """Nine of ten arrivals started at the peak; tickets later than others."""
    run = spike()
    achieved = {"metric": "achieved_rate", "expression": "rate>=0.95"}
    assert result(run, **achieved).verdict == "PASS"
    assert result(run, **achieved, during="peak").measured.value == 0.9
    for second, ending in ((10, "ticket"), (30, "failed")):
        key = CellKey(second, "journey.total", "buyer", ending, "paying", "response")
        run.written_cells.append((key, Histogram([100 * MS] * 400)))
    journeys = {"metric": "journeys", "expression": "rate>=0.5", "where": {"outcome": "ticket"}}
    assert result(run, **journeys, during="before").measured.value == 1
    assert result(run, **journeys, during="peak").measured.value == 0


@pytest.mark.parametrize(
    ("metric", "measure"),
    [("admission_wait_ms", "journey.admission_wait"), ("time_to_ticket_ms", "journey.time_to_ticket")],
)
def test_times_of_journeys_are_judged(metric: str, measure: str) -> None:
    """Of one kind, and of one ending."""
    run = spike()
    for second in range(100):
        for kind, value in (("buyer", 2000), ("bot", 9000)):
            key = CellKey(second, measure, kind, "ticket", "paying", "response")
            run.written_cells.append((key, Histogram([value * MS] * 5)))
    assert result(run, metric=metric, expression="p(95)<3000", where={"journey": "buyer"}).verdict == "PASS"
    assert result(run, metric=metric, expression="p(95)<3000").verdict == "FAIL"
    assert result(run, metric=metric, expression="med<3000", where={"journey": "bot"}).measured.value == pytest.approx(
        9000, rel=0.001
    )
    assert result(run, metric=metric, expression="min>1990").verdict == "PASS"
    assert result(run, metric=metric, expression="max<1", where={"outcome": "failed"}).verdict == "INCONCLUSIVE"


def test_every_window_is_judged_and_none_may_miss_unless_it_is_said() -> None:
    """Two windows of ten are slow."""
    found = result(spike(), every="10s")
    assert (found.verdict, found.windows and (found.windows.missed, found.windows.total)) == ("FAIL", (2, 10))
    assert found.reason == ("2 of 10 windows of 10 s missed; worst at 20–30 s: 900 ms, asked for < 500 ms")
    assert result(spike(), every="10s, at most 1 window of 10 may miss").verdict == "FAIL"
    found = result(spike(), every="10s, at most 2 windows of 10 may miss")
    assert (found.verdict, found.part) == ("PASS", "every 10s, at most 2 windows of 10 may miss")
    assert found.measured.value == pytest.approx(22, rel=0.001)
    assert result(spike(), every="10s", during="after").verdict == "PASS"


def test_a_window_of_too_few_samples_passes_nothing_and_fails_nothing() -> None:
    """40 calls in a window, and a P95 needs 200."""
    found = result(spike(range(0), calls=4), every="10s")
    assert (found.verdict, found.windows and found.windows.open) == ("INCONCLUSIVE", 10)
    assert found.reason == (
        "0 of 10 windows of 10 s missed, 10 cannot be told; at 0–10 s 40 samples where 200 are needed: drive faster, "
        "or ask for longer windows"
    )
    assert result(spike(range(0), calls=4), every="50s").verdict == "PASS"
    assert result(spike(), every="200s").reason == ("no window of 200 s fits: drive longer, or ask for shorter windows")


def test_some_open_windows_do_not_keep_from_failing_or_passing_what_is_known() -> None:
    """What may miss may be open; what missed for certain missed."""
    run = spike(range(20, 40), seconds=60)
    run.written_cells = [(key, tally) for key, tally in run.written_cells if key.second >= 10]
    assert result(run, every="10s", during="before").verdict == "INCONCLUSIVE"
    assert result(run, every="10s, at most 1 window of 2 may miss", during="before").verdict == "PASS"
    assert result(run, every="10s, at most 1 window of 6 may miss", to="60s").verdict == "FAIL"


def test_recovery_is_the_time_until_all_windows_hold_again() -> None:
    """The peak ends at 40 s; slow until second 55."""
    recovers = "p(95)<500 within 30s after peak"
    found = result(spike(range(20, 55)), recovers=recovers)
    assert (found.verdict, found.measured.value, found.interval) == ("PASS", 20, (20, 20))
    assert found.reason == "p(95)<500 held again 20 s after peak, asked for within 30 s"
    assert (found.unit, found.threshold, found.comparison, found.text) == ("s", 30, "<=", recovers)
    found = result(spike(range(20, 75)), recovers=recovers)
    assert (found.verdict, found.interval) == ("FAIL", (40, 40))
    assert found.reason == "p(95)<500 held again no sooner than 40 s after peak, asked for within 30 s"
    assert result(spike(range(20, 100)), recovers=recovers).reason == (
        "p(95)<500 did not hold again until the end, asked for within 30 s after peak"
    )
    assert result(spike(range(20, 30)), recovers=recovers).measured.value == 0
    assert result(
        spike(range(20, 47)), recovers="p(95)<500 within 8s after 40s", every="1s", expression=None
    ).verdict == ("INCONCLUSIVE")


def test_a_recovery_that_the_run_is_too_short_for_tells_nothing() -> None:
    """Nor one after a phase that it does not have, nor one in windows of too few samples."""
    found = result(spike(), recovers="p(95)<500 within 90s after peak")
    assert (found.verdict, found.reason) == (
        "INCONCLUSIVE",
        "the load goes on for 60 s after peak: drive at least 100 s after it",
    )
    assert result(spike(), recovers="p(95)<500 within 9s after dawn").verdict == "INCONCLUSIVE"
    found = result(spike(range(0), calls=4), recovers="p(95)<500 within 30s after peak")
    assert (found.verdict, found.interval) == ("INCONCLUSIVE", (0, 60))


def test_availability_is_told_by_calls_and_by_seconds() -> None:
    """One second in ten without an answer at all, among many more calls before it: 1 % of calls, 10 % of seconds."""
    run = Written(meta={"mode": "open", "duration_s": 100})
    for second in range(100):
        if second % 10 == 9:
            run.call(second, *[250.0] * 5, outcome="unknown", code="DEADLINE_EXCEEDED")
        else:
            run.call(second, *[10.0] * 55)
    share = {"metric": "availability", "expression": "rate>=0.97"}
    assert result(run, **share).verdict == "PASS"
    found = result(run, **share, by="seconds")
    assert (found.verdict, found.measured.value, found.measured.samples) == ("FAIL", 0.9, 100)


def test_a_budget_burns_by_the_share_that_goes_wrong() -> None:
    """2 % of errors are twice a budget of 1 %, and half of one of 4 %."""
    run = Written(meta={"mode": "open", "duration_s": 100, "ended": {"how": "completed", "at_ns": 100 * 10**9}})
    run.meta["t0_ns"] = 0
    for second in range(100):
        run.call(second, *[10.0] * 98).call(second, 10.0, 10.0, outcome="failed", code="UNAVAILABLE")
    for metric in ("errors", "availability"):
        asked = {"metric": metric, "expression": "burn<1"}
        found = result(run, **asked, budget=0.01)
        assert (found.verdict, found.unit) == ("FAIL", "×")
        assert found.measured.value == pytest.approx(2)
        assert found.reason.startswith("2 × (1.7–2.35 ×)")
        found = result(run, **asked, budget=0.04)
        assert found.verdict == "PASS"
        assert found.measured.value == pytest.approx(0.5)
    assert result(run, metric="errors", expression="burn<3", budget=0.01, every="50s").verdict == "PASS"


def test_a_census_says_what_would_have_shown() -> None:
    """Among two contended seats little would have, among calls more."""
    run = healthy()
    assert result(run, metric="oversell", expression="count==0").reason.endswith("so that none was put to the test")
    for number in range(2):
        run.written_claims += bought(f"rsv_{number}", f"ord_{number}", f"A-{number}", 0)[:1]
    assert result(run, expression="max<500").reason == (
        "16 ms, as asked for < 500 ms, of 10,000 samples; more than 0.03 % would have shown (95 %) beyond it"
    )


def test_the_confidence_asked_for_widens_the_interval() -> None:
    """90, 95 and 99 %."""
    run = Written(meta={"mode": "open"})
    for second in range(60):
        run.call(second, *[10.0 + (second * 7 + number * 3) % 50 for number in range(20)])
    widths = []
    for confidence in (0.9, 0.95, 0.99):
        low, high = result(run, expression="avg<500", confidence=confidence).interval
        assert low is not None
        assert high is not None
        widths.append(high - low)
    assert widths == sorted(widths)
    assert widths[0] < widths[-1]
