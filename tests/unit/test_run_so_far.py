"""A run while it goes on: figures of the last seconds, the way to a ticket, objectives as the verdict has them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reports.judgement import judge_evidence
from reports.live import told
from reports.live.snapshot import DRAINING, DRIVING, ENDED, LATER, OPEN, READY, Snapshot, Station
from reports.live.so_far import SETTLED_S, SoFar, final
from reports.objectives import words
from reports.objectives.file import load
from reports.verdicts import FAIL, PASS
from tacorush.evidence.packed_claims import PackedClaims
from tacorush.evidence.tail import News
from tests.unit.told_claims import T0_NS, bought, claim, denied, lost
from tests.unit.written_run import CREATE, JOIN, PRODUCTION, Written, healthy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tacorush.evidence.records import Claim

AUDITED = {objective.name for objective in load(PRODUCTION) if not objective.about.timed}
"""What only the audit at the end decides."""


def going_on(run: Written, slo: str = "") -> Written:
    """The run as its file has it before its end."""
    text = slo or Path(PRODUCTION).read_text(encoding="utf-8")
    run.meta = {name: value for name, value in run.meta.items() if name != "ended"} | {"slo_text": text}
    return run


def news(run: Written, since: int = -(2**31), claims: Sequence[Claim] | None = None, until: int = 2**31) -> News:
    """What a look at the run's file finds in the seconds from `since` until before `until`."""
    cells = sorted((row for row in run.written_cells if since <= row[0].second < until), key=lambda row: row[0].second)
    arrivals = [row for row in run.written_arrivals if since <= row.second < until]
    told_claims = run.written_claims if claims is None else claims
    packed = PackedClaims(told_claims)
    return News(run.meta, cells, arrivals, [(packed.octets(), len(packed))] if told_claims else [])


def snapshot(run: Written, second: float = 40) -> Snapshot:
    """How a run stands that was looked at once, in a second of it."""
    so_far = SoFar()
    so_far.take(news(run))
    return so_far.snapshot(T0_NS + round(second * 1e9))


def test_objectives_stand_as_the_verdict_has_them() -> None:
    """Where a run ended now, each that needs no audit would come out as it stands, figure and words alike."""
    run = going_on(healthy().call(20, *[900.0] * 60, method=CREATE))
    now = snapshot(run)
    results = {result.name: result for result in judge_evidence(run, load(PRODUCTION)).run.results}
    shown = {row.name: row for row in now.standings if row.state != LATER}
    assert shown.keys() == results.keys() - AUDITED
    for name, row in shown.items():
        verdict = results[name].verdict
        expected = OPEN if verdict not in (PASS, FAIL) else verdict
        assert (row.state, row.measured, row.why) == (expected, words.known(results[name].row), results[name].reason)
    assert {row.state for row in shown.values()} >= {PASS}


def test_what_came_in_bit_by_bit_stands_as_what_came_at_once() -> None:
    """Seconds that come in again, larger, count once."""
    run = going_on(healthy())
    so_far = SoFar()
    for second in range(1, 41):
        first = second == 1
        so_far.take(news(run, so_far.since, None if first else (), until=second))
    assert so_far.snapshot(T0_NS + 40 * 10**9) == snapshot(run)
    assert so_far.since == 39 - SETTLED_S


def test_an_objective_turns_red_when_calls_grow_slow_and_green_when_they_are_quick() -> None:
    slo = "objectives: [{name: quick, metric: response_ms, expression: p(95)<500}]"
    run = Written(meta=healthy().meta)
    for second in range(20):
        run.call(second, *[10.0] * 100)
    assert [row.state for row in snapshot(going_on(run, slo)).standings] == [PASS]
    for second in range(20):
        run.call(second, *[900.0] * 100)
    assert [row.state for row in snapshot(run).standings] == [FAIL]


def test_an_objective_with_few_samples_is_not_sure_yet() -> None:
    slo = "objectives: [{name: quick, metric: response_ms, expression: p(95)<500}]"
    run = Written(meta=healthy().meta).call(0, 10.0, 20.0)
    assert [row.state for row in snapshot(going_on(run, slo)).standings] == [OPEN]


def test_oversell_is_red_as_soon_as_a_seat_has_two_orders_and_else_waits_for_the_audit() -> None:
    run = going_on(healthy())
    before = snapshot(run)
    assert (before.oversold, before.sold) == (0, 200)
    assert [row.state for row in before.standings if row.name == "Seats sold twice"] == [LATER]
    run.written_claims += bought("rsv_x", "ord_x", "A-7", 39_000)
    now = snapshot(run)
    assert now.oversold == 1
    assert [(row.state, row.measured) for row in now.standings if row.name == "Seats sold twice"] == [(FAIL, "1")]


def test_the_way_counts_each_journey_once_at_each_station() -> None:
    """Twice the same claims, as of a retry: no more people for it."""
    run = going_on(Written(meta=healthy().meta))
    run.call(1, 10.0, method=JOIN).written_claims += bought("rsv_1", "ord_1", "A-1", 100)
    so_far = SoFar()
    so_far.take(news(run))
    so_far.take(news(run, so_far.since))
    assert so_far.snapshot(T0_NS).stations == (
        Station("Began", 0), Station("Admitted", 0), Station("Held seats", 1), Station("Paid", 1),
        Station("Got the ticket", 1),
    )  # fmt: skip


def test_who_is_let_in_is_on_the_way_at_once_and_who_is_denied_is_not() -> None:
    """A journey books how long it waited for admission when it ends, which may be minutes after it holds seats."""
    run = going_on(Written(meta=healthy().meta)).call(1, 10.0, method=JOIN)
    run.written_claims += [
        claim("admission", 100, journey=1, **denied("DENIED")),
        claim("admission", 200, journey=1, status="GRANTED"),
        claim("admission", 200, journey=2, **denied("DENIED")),
        claim("admission", 300, journey=3, **lost()),
    ]
    assert snapshot(run).stations[1] == Station("Admitted", 1)


def test_a_run_that_joins_no_queue_has_no_way() -> None:
    run = going_on(Written(meta=healthy().meta)).call(1, 10.0, method=CREATE)
    assert snapshot(run).stations == (Station("Began", 0),)


def test_figures_are_of_the_last_ten_whole_seconds() -> None:
    """What came before them, and the second that is not over, change nothing."""
    run = going_on(Written(meta=healthy().meta))
    run.call(0, *[9000.0] * 1000).call(30, *[9000.0] * 1000)
    for second in range(20, 30):
        run.call(second, *[10.0] * 99, 20.0).call(second, 5.0, outcome="failed", code="INTERNAL")
    now = snapshot(run)
    assert now.p50.value == pytest.approx(10, rel=0.01)
    assert now.calls_per_s == 101
    assert now.recent_errors == pytest.approx(1 / 101)


def test_calls_that_hit_their_deadline_rank_above_every_answer() -> None:
    run = going_on(Written(meta=healthy().meta)).call(1, *[10.0] * 90)
    run.call(1, *[250.0] * 10, outcome="unknown", code="DEADLINE_EXCEEDED").call(2, 10.0)
    assert told.tiles(snapshot(run))[2].value.startswith("≥ 250")


@pytest.mark.parametrize(
    ("second", "ended", "stage", "clock"),
    [
        (-1.0, False, READY, "0 s of 40 s"),
        (12.5, False, DRIVING, "12 s of 40 s, 28 s left"),
        (41.0, False, DRAINING, "40 s of 40 s"),
        (99.0, True, ENDED, "40 s of 40 s"),
    ],
)
def test_the_stage_and_the_time_left_follow_from_the_plan(second: float, ended: bool, stage: str, clock: str) -> None:
    run = going_on(healthy())
    run.meta |= {"ended": {"how": "completed", "at_ns": T0_NS + 42 * 10**9}} if ended else {}
    now = snapshot(run, second)
    assert (now.stage, told.clock(now)) == (stage, clock)


def test_a_phase_is_named_while_it_is_on_unless_it_is_the_whole_run() -> None:
    run = going_on(healthy())
    run.meta["phases"] = [{"name": "peak", "from_s": 10.0, "to_s": 20.0}]
    assert [snapshot(run, second).part for second in (5, 15, 25)] == ["", "peak", ""]
    run.meta["phases"] = [{"name": "peak", "from_s": 0.0, "to_s": 40.0}]
    assert snapshot(run, 15).part == ""


def test_the_course_of_a_long_run_has_few_steps() -> None:
    run = going_on(Written(meta=healthy().meta | {"duration_s": 3600}))
    for second in range(0, 1000, 2):
        run.call(second, 10.0)
    course = snapshot(run).course
    assert (course.width_s, len(course.starts), course.starts[-1]) == (20, 49, 960)
    assert len(course.p95) == len(course.planned) == len(course.errors) == 49


def test_the_last_snapshot_has_the_verdict_and_the_objectives_as_the_report_has_them() -> None:
    run = healthy()
    run.written_claims += bought("rsv_x", "ord_x", "A-7", 39_000)
    summary = judge_evidence(run, load(PRODUCTION)).summary
    last = final(snapshot(going_on(run)), summary)
    assert last.outcome is not None
    assert (last.outcome.verdict, last.oversold) == ("FAIL", 1)
    assert {row.name: row.state for row in last.standings} == {
        row["name"]: row["verdict"] for row in summary["objectives"]
    }
    assert list(last.outcome.reasons) == summary["reasons"]


def test_a_withdrawn_method_is_seen_while_the_run_goes_on() -> None:
    """Methods are told apart although their calls are merged for other objectives."""
    slo = "objectives: [{name: there, metric: withdrawn, expression: count==0}]"
    run = going_on(Written(meta=healthy().meta), slo).call(1, *[10.0] * 20).call(1, *[10.0] * 20, method=CREATE)
    assert [row.state for row in snapshot(run).standings] == [PASS]
    run.call(5, 1.0, method=CREATE, outcome="unimplemented", code="UNIMPLEMENTED")
    assert [(row.state, row.measured) for row in snapshot(run).standings] == [(FAIL, "1")]


def test_a_closed_loop_has_no_objective_about_planned_arrivals() -> None:
    slo = (
        "objectives: [{name: all, metric: achieved_rate, expression: rate>=0.99},"
        " {name: met, metric: errors, expression: rate<0.01}]"
    )
    run = going_on(healthy(), slo)
    run.meta["mode"] = "closed"
    assert [row.name for row in snapshot(run).standings] == ["met"]


def test_of_a_long_run_seconds_are_merged_as_the_verdict_merges_them() -> None:
    run = going_on(healthy(10))
    run.meta["duration_s"] = 3600
    so_far = SoFar()
    so_far.take(news(run))
    assert so_far.since == 0, "a step of 20 s that is not over comes in again"
    merged = so_far.snapshot(T0_NS + 10 * 10**9)
    fine = snapshot(replace(run, meta=run.meta | {"duration_s": 40}), 10)
    states: list[dict[str, Any]] = [{row.name: row.measured for row in each.standings} for each in (merged, fine)]
    assert states[0] == states[1]
