"""The figures of a run: which calls each covers, how censored ones rank, and what the intervals hold."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reports.audit.history import History
from reports.audit.totals import contended_seats
from reports.calls import RESPONSE, SERVICE, Calls
from reports.distribution import MS, Distribution, Figure, rank_of
from reports.figures import figures
from reports.resampling import (
    DRAWS,
    MOST_BLOCKS,
    Interval,
    block_length,
    draw_weights,
    levels,
    mean_interval,
    share_interval,
)
from tacorush.evidence.histogram import RELATIVE_ERROR, ROUNDING_NS, Histogram
from tacorush.evidence.records import PREFLIGHT, READBACK, ArrivalSecond, ProcessInfo
from tests.unit.told_claims import bought, denied, hold, lost, read
from tests.unit.written_run import CREATE, JOIN, Written, times


def calls(run: Written) -> Calls:
    return Calls.of(run).of_journeys


def test_latency_covers_ok_refused_and_calls_that_hit_their_deadline() -> None:
    """Errors, other unknowns and unimplemented calls have no place in it, nor have pre-flight and read-back."""
    run = Written()
    run.call(0, 10, 20).call(0, 30, outcome="refused", code="INVENTORY_CONFLICT")
    run.call(0, 600, outcome="unknown", code="DEADLINE_EXCEEDED")
    run.call(0, 5000, outcome="unknown", code="CONNECTION_LOST").call(0, 5000, outcome="failed", code="INTERNAL")
    run.call(0, 5000, outcome="unimplemented", code="UNIMPLEMENTED")
    run.call(0, 5000, kind=PREFLIGHT).call(0, 5000, kind=READBACK)
    latency = calls(run).latency(RESPONSE)
    assert (latency.count, latency.answered, latency.censored) == (4, 3, 1)
    assert latency.mean.censored
    assert latency.mean.value == pytest.approx(165, rel=0.001)
    assert latency.largest.value == pytest.approx(600, rel=0.001)


def test_the_two_clocks_are_kept_apart() -> None:
    """A call is counted once, and timed on each clock."""
    run = Written().call(0, 10, 10)
    run.written_cells[1] = (run.written_cells[1][0], times(4, 4))
    found = calls(run)
    assert found.count == 2
    assert found.latency(RESPONSE).quantile(1).value == pytest.approx(10, rel=0.001)
    assert found.latency(SERVICE).quantile(1).value == pytest.approx(4, rel=0.001)


def test_the_largest_is_at_least_the_longest_answer_whatever_the_deadlines() -> None:
    """A call that hit its deadline of 250 ms does not hide an answer after 590 ms."""
    assert Distribution.of([times(10, 590)], [times(250)]).largest == pytest.approx((590, True), rel=0.001)
    assert Distribution.of([times(10, 90)], [times(250)]).largest == pytest.approx((250, True), rel=0.001)


def test_a_percentile_among_censored_calls_is_a_lower_bound_whatever_its_number() -> None:
    """A deadline of 250 ms ranks above an answer after 400 ms."""
    found = Distribution.of([times(*[10] * 94, 400)], [times(*[250] * 5)])
    assert found.quantile(0.94) == pytest.approx((10, False), rel=0.001)
    assert found.quantile(0.95) == pytest.approx((400, False), rel=0.001)
    assert found.quantile(0.96) == pytest.approx((250, True), rel=0.001)
    assert found.largest.censored


def test_of_nothing_there_is_no_figure() -> None:
    """Nothing measured is not zero."""
    nothing = Distribution.of([])
    assert nothing.quantile(0.5) == nothing.mean == nothing.largest == Figure(None)
    with pytest.raises(ValueError, match="a quantile lies above 0 and up to 1, not at 0"):
        nothing.quantile(0)


@given(st.lists(st.integers(1_000, 10**10), min_size=1, max_size=60), st.sampled_from([0.5, 0.9, 0.95, 0.99, 1.0]))
@example([1_551, 2_000], 0.5)
def test_a_quantile_is_the_sample_of_its_rank(values: list[int], q: float) -> None:
    """Within the histograms' error of 0.1 % and half a nanosecond, against a sorted list."""
    found = Distribution.of([Histogram(values)]).quantile(q).value
    exact = sorted(values)[rank_of(q, len(values)) - 1]
    assert found is not None
    assert abs(round(found * MS) - exact) <= RELATIVE_ERROR * exact + ROUNDING_NS


def test_a_rank_is_not_moved_by_rounding() -> None:
    """0.95 × 20 is 19, though floats make it a little more."""
    assert [rank_of(0.95, 20), rank_of(0.95, 21), rank_of(0.001, 5), rank_of(1.0, 7)] == [19, 20, 1, 7]


def test_errors_and_availability_count_what_they_are_defined_over() -> None:
    """An INTERNAL is an error but an answer; UNAVAILABLE, unsent and unknown calls are neither answered."""
    run = Written().call(0, *[10] * 6)
    run.call(0, 10, outcome="failed", code="INTERNAL").call(0, 10, outcome="failed", code="UNAVAILABLE")
    run.call(0, 10, outcome="failed", code="UNSENT").call(0, 10, outcome="unknown", code="CONNECTION_LOST")
    run.call(0, 10, outcome="unimplemented", code="UNIMPLEMENTED")
    found = calls(run)
    assert found.outcomes == {"ok": 6, "refused": 0, "failed": 3, "unknown": 1, "unimplemented": 1}
    assert (found.count, found.served) == (11, 10)
    assert found.codes["failed", "INTERNAL"] == 1


def test_the_figures_of_a_run_are_added_up_over_processes() -> None:
    """Arrivals, CPU, journeys; orders by answer or by read; rates inside the planned duration."""
    run = Written(meta={"duration_s": 10, "mode": "open"})
    run.written_arrivals = [ArrivalSecond(0, 5, 5, late=1), ArrivalSecond(0, 5, 4, dropped=1)]
    run.written_processes = [
        ProcessInfo("b", "worker", "h", 2, cpu_seconds=1.5, lost=True),
        ProcessInfo("a", "worker", "h", 1, cpu_seconds=2.0),
    ]
    run.call(0, 10, 10).call(10, 10).call(5, 10, kind=READBACK).call(-1, 10, kind=PREFLIGHT)
    run.call(5, 600, outcome="unknown", code="DEADLINE_EXCEEDED").call(5, 1, outcome="failed", code="UNSENT")
    run.journeys(3).journeys(2, "sold_out").journeys(4, "left", "browsing")
    claims = [*bought("rsv_1", "ord_1", "A-1 A-2"), hold("rsv_2", "A-3", 0), read("rsv_2", "CONFIRMED", 900)]
    found = figures(run, History.of(claims))
    assert found.arrivals == type(found.arrivals)(10, 9, 1, 1, first_late_s=0, first_dropped_s=0)
    assert (found.orders, found.seats_sold, found.claims) == (2, 3, 6)
    assert (found.cpu_seconds, found.lost, found.achieved_share) == (3.5, ["b"], 0.9)
    assert (found.paying, dict(found.paying_endings)) == (5, {"ticket": 3, "sold_out": 2})
    assert (found.counted.count, found.other.count, found.journeys.count) == (6, 1, 5)
    assert found.rpcs_answered == 3


def test_a_closed_loop_has_no_planned_rate() -> None:
    """Nobody planned arrivals, so nothing was or was not reached."""
    run = Written(meta={"mode": "closed"}, written_arrivals=[ArrivalSecond(0, 5, 5)])
    assert figures(run, History.of([])).achieved_share is None


def test_contended_seats_are_those_that_two_journeys_asked_to_hold() -> None:
    """Refused and unanswered requests count; the same journey twice, other actions and unsent ones do not."""
    claims = [
        hold("rsv_1", "A-1 A-2 A-3", 0, journey=1),
        hold("", "A-1", 5, journey=2, **denied()),
        hold("", "A-2", 5, journey=3, **lost()),
        hold("", "A-3", 5, journey=1, **denied()),
        hold("", "A-3", 5, journey=4, **denied("UNSENT", outcome="failed")),
        hold("rsv_5", "A-3", 5, journey=5, method="reservation.v1.InventoryService/ReserveSeat"),
        hold("rsv_6", "A-3", 5, journey=6, event="evt_2"),
    ]
    assert contended_seats(History.of(claims).table) == 2
    assert contended_seats(History.of(claims[:2]).table) == 1
    assert contended_seats(History.of([*claims[:1], *claims[3:]]).table) == 0


def test_calls_by_method_come_in_alphabetical_order() -> None:
    """So that the same run gives the same bytes."""
    run = Written().call(0, 10, method=CREATE).call(0, 10, method=JOIN)
    assert list(calls(run).by_method) == [JOIN, CREATE]


def test_drawn_runs_are_as_long_as_the_run_and_always_the_same() -> None:
    """Seeded: the same run has the same interval."""
    weights = draw_weights(40)
    assert weights.shape == (DRAWS, 40)
    assert set(weights.sum(axis=1)) == {40.0}
    assert (weights == draw_weights(40)).all()


def test_of_no_event_the_exact_bound_is_given() -> None:
    """3 calls in 1,000 would have shown, 95 %."""
    assert share_interval({}, {0: 500, 1: 500}) == pytest.approx((0, 0.00299), rel=0.01)
    assert share_interval({0: 1000}, {0: 1000}) == pytest.approx((0.99701, 1), rel=0.0001)
    assert share_interval({}, {}) == Interval(None, None)


def test_a_share_is_less_certain_when_its_errors_come_in_bursts() -> None:
    """The same number of errors, spread evenly and in one second."""
    total = dict.fromkeys(range(40), 100)
    even, burst = share_interval(dict.fromkeys(range(40), 2), total), share_interval({7: 80}, total)
    assert even == pytest.approx((0.0149, 0.0268), abs=0.001)
    assert even.low is not None
    assert burst.high is not None
    assert burst.high > 0.05
    assert burst.low is not None
    assert burst.low < even.low


def test_the_levels_around_a_quantile_hold_it_and_widen_with_dependence() -> None:
    """Half of all calls up to a value: in every second alike it is nearly sure, first all and then none it is not."""
    calls = dict.fromkeys(range(40), 100)
    alike = levels(dict.fromkeys(range(40), 50), calls, 0.5)
    halves = levels(dict.fromkeys(range(20), 100), calls, 0.5)
    assert alike[0] < 0.5 < alike[1]
    assert alike[1] - alike[0] < 0.06
    assert halves[1] - halves[0] > 0.5


def test_fewer_seconds_widen_an_interval_though_the_calls_are_as_many() -> None:
    """Of one second nothing is known about the next."""
    widths = []
    for seconds in (1, 5, 20, 100, 400):
        calls = dict.fromkeys(range(seconds), 4000 // seconds)
        low, high = levels(dict.fromkeys(range(seconds), 2000 // seconds), calls, 0.5)
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 8 * widths[-1]


def test_blocks_are_as_long_as_a_root_of_the_run_and_never_longer_than_it() -> None:
    """Künsch's blocks: long enough to hold a dependence, short enough that there are several."""
    assert [block_length(units) for units in (1, 2, 10, 100, 200)] == [1, 2, 4, 13, 18]


def test_a_long_run_is_cut_into_stretches() -> None:
    """An hour costs no more than MOST_BLOCKS seconds, and no call is lost."""
    seconds = range(3 * MOST_BLOCKS + 50)
    total = dict.fromkeys(seconds, 10)
    low, high = share_interval(dict.fromkeys(seconds, 1), total)
    assert low is not None
    assert high is not None
    assert low < 0.1 < high
    assert mean_interval(dict.fromkeys(seconds, 50.0), total) == pytest.approx((5.0, 5.0))
    low, high = mean_interval(dict.fromkeys(seconds, 50.0), total, scatter=3.0)
    assert low is not None
    assert high is not None
    assert high - low > 0.1
