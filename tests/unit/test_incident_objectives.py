"""Incidents that an objective catches: evidence as they leave it fails exactly it; the nearest that is allowed passes.

Each row is what the incident adds to a healthy run, in every second, and what is nearest to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.told_claims import at, bought, hold, read
from tests.unit.written_run import CHECK, JOIN, SECONDS, STEPS, healthy, judged

if TYPE_CHECKING:
    from tests.unit.written_run import Written

STATUS = "gateway.v1.QueueService/GetQueueStatus"


def failing(run: Written) -> list[str]:
    """The objectives of production.yaml that a run fails."""
    return [result.name for result in judged(run).run.results if result.verdict == "FAIL"]


def worst_of(run: Written, name: str) -> str:
    """The verdict of one objective of production.yaml."""
    return next(result.verdict for result in judged(run).run.results if result.name == name)


def calls_of(method: str, *values_ms: float, seconds: int = SECONDS, outcome: str = "ok", code: str = "OK") -> Written:
    """A healthy run with so many further calls of one method in each of its first seconds."""
    run = healthy()
    for second in range(seconds):
        run.call(second, *values_ms, method=method, outcome=outcome, code=code)
    return run


def with_calls(*values_ms: float, every: int = 1, outcome: str = "ok", code: str = "OK") -> Written:
    """A healthy run with so many further calls of every step in each `every`-th second; it has 25 of each already."""
    run = healthy()
    for second in range(0, SECONDS, every):
        for method in STEPS:
            run.call(second, *values_ms, method=method, outcome=outcome, code=code)
    return run


@pytest.mark.incident("slow")
def test_one_answer_in_ten_550_ms_late_is_caught() -> None:
    assert "P95 of all calls" in failing(with_calls(550, 550, 550))


@pytest.mark.incident("slow")
def test_one_answer_in_ten_late_within_the_promise_is_a_near_miss() -> None:
    assert [name for name in failing(with_calls(450, 450, 450)) if name != "P95 of calls to the inventory"] == []


@pytest.mark.incident("errors", "error-inside-ok")
def test_one_call_in_twenty_failed_is_caught() -> None:
    """INTERNAL is an error whether it is the status or lies in the message: both are written down as failed."""
    assert failing(with_calls(10, outcome="failed", code="INTERNAL")) == ["Error rate"]


@pytest.mark.incident("errors")
def test_one_call_in_five_hundred_failed_is_a_near_miss() -> None:
    assert failing(with_calls(10, every=20, outcome="failed", code="INTERNAL")) == []


@pytest.mark.incident("error-inside-ok")
def test_one_call_in_twenty_refused_by_the_rules_is_a_near_miss() -> None:
    """An error inside OK that says that somebody else was first is the platform at work."""
    assert failing(with_calls(10, outcome="refused", code="INVENTORY_CONFLICT")) == []


def test_joins_fail_is_caught_though_all_who_are_in_are_served_well() -> None:
    assert failing(calls_of(JOIN, *[2] * 25, outcome="failed", code="INTERNAL")) == ["Error rate"]


def test_joins_fail_for_who_has_joined_already_is_a_near_miss() -> None:
    """Who joins twice is told that he stands in line: the platform at work."""
    assert failing(calls_of(JOIN, *[2] * 25, outcome="refused", code="ALREADY_EXISTS")) == []


def test_blocking_scan_everybody_waiting_behind_it_is_caught() -> None:
    """One second in four stands still: what comes in it waits, up to the whole of it."""
    assert "P95 of all calls" in failing(with_calls(*[700] * 20, every=4))


def test_blocking_scan_of_a_moment_is_a_near_miss() -> None:
    assert failing(with_calls(*[90] * 20, every=4)) == []


def test_slow_shard_one_event_in_six_is_caught() -> None:
    assert failing(calls_of(JOIN, 550, 550, 550, 550)) == ["P95 of joining the queue"]


def test_slow_shard_that_is_slower_within_the_promise_is_a_near_miss() -> None:
    assert failing(calls_of(JOIN, 480, 480, 480, 480)) == []


def test_slow_status_of_20_s_is_caught() -> None:
    """The caller has given up at its deadline; that is a lower bound, and ranks above every answer."""
    gone = calls_of(STATUS, *[600] * 8, outcome="unknown", code="DEADLINE_EXCEEDED")
    assert worst_of(gone, "P95 of looking at the queue") == "FAIL"


def test_slow_status_once_in_fifty_is_a_near_miss() -> None:
    """P95 bears it."""
    gone = calls_of(STATUS, 600, seconds=20, outcome="unknown", code="DEADLINE_EXCEEDED")
    assert worst_of(gone, "P95 of looking at the queue") == "PASS"


def test_connection_storm_calls_that_were_cut_off_are_caught() -> None:
    assert worst_of(with_calls(5, outcome="unknown", code="UNAVAILABLE"), "Availability") == "FAIL"


def test_connection_storm_that_costs_no_call_is_a_near_miss() -> None:
    """Connections that are replaced while nothing is on them are no outage."""
    run = healthy()
    run.written_counters["wire.connections"] = 500
    assert failing(run) == []


def test_goaway_storm_answers_that_never_came_are_caught() -> None:
    assert worst_of(with_calls(5, outcome="unknown", code="CANCELLED"), "Availability") == "FAIL"


def test_goaway_storm_beyond_which_one_call_was_not_sent_is_a_near_miss() -> None:
    """A single call that a GOAWAY left unsent, in ten thousand."""
    run = healthy()
    run.call(3, 1, outcome="failed", code="UNSENT")
    assert failing(run) == []


def test_brown_out_of_four_seconds_is_caught_though_it_recovers() -> None:
    run = healthy()
    for second in range(10, 20):
        for method in STEPS:
            run.call(second, *[10] * 12, method=method, outcome="failed", code="UNAVAILABLE")
    assert worst_of(run, "Availability") == "FAIL"


def test_brown_out_that_sheds_a_call_or_two_is_a_near_miss() -> None:
    run = healthy()
    run.call(10, 10, 10, outcome="failed", code="UNAVAILABLE")
    assert "Availability" not in failing(run)


def test_health_lies_are_caught_by_the_calls_that_fail_beside_it() -> None:
    run = calls_of(JOIN, *[2] * 25, outcome="failed", code="UNAVAILABLE")
    assert worst_of(run, "Availability") == "FAIL"


def test_health_lies_before_the_load_are_a_near_miss() -> None:
    """What failed before T0 is no part of the load."""
    run = healthy()
    run.call(-1, *[2] * 25, kind="preflight", outcome="failed", code="UNAVAILABLE")
    assert failing(run) == []


def test_service_withdrawn_under_load_is_caught() -> None:
    run = healthy()
    run.call(20, 1, 1, method=CHECK, outcome="unimplemented", code="UNIMPLEMENTED")
    assert failing(run) == ["Methods withdrawn"]


def test_service_withdrawn_from_the_start_is_a_near_miss() -> None:
    """A target that never served a method lacks it; it did not take it away."""
    run = healthy()
    for second in range(SECONDS):
        run.call(second, 1, method="gateway.v1.QueueService/LeaveQueue", outcome="unimplemented", code="UNIMPLEMENTED")
    assert failing(run) == []


def test_limiter_starvation_is_caught() -> None:
    assert failing(calls_of(STATUS, *[1] * 25, outcome="refused", code="RATE_LIMITED")) == ["Rate limited"]


def test_limiter_starvation_that_is_a_limiter_at_work_is_a_near_miss() -> None:
    """A few calls too many are turned away, and the next go through; other refusals are none of its business."""
    run = calls_of(STATUS, 1, seconds=10, outcome="refused", code="RATE_LIMITED")
    run.call(5, *[1] * 200, outcome="refused", code="INVENTORY_CONFLICT")
    assert failing(run) == []


def test_crash_restart_that_forgets_an_order_and_sells_its_seat_again_is_caught() -> None:
    """The first order is not found any more; nobody had cancelled it, so both stand."""
    run = healthy()
    run.written_claims += bought("rsv_old", "ord_old", "B-1", 0)
    run.written_claims += bought("rsv_new", "ord_new", "B-1", 9000)
    run.written_claims.append(read("rsv_old", "", 30_000, code="NOT_FOUND", outcome="failed", effect="may_have"))
    assert "Seats sold twice" in failing(run)


def test_crash_restart_that_loses_holds_alone_is_a_near_miss() -> None:
    """Who held the seat had not bought it, and his hold would have run out: somebody else may."""
    run = healthy()
    run.written_claims.append(hold("rsv_old", "B-1", 0, expires_ns=at(8000)))
    run.written_claims += bought("rsv_new", "ord_new", "B-1", 9000)
    assert failing(run) == []
