"""Bars of objectives and time lines of witnesses: where things lie, in per cent."""

from __future__ import annotations

from reports.pages.bars import Bar, bar_of
from reports.pages.timeline import MOST_CALLS, time_line
from tests.unit.pages_sample import T0_NS, finding, objective


def test_a_figure_that_should_be_small_is_drawn_from_zero() -> None:
    row = objective("a", "p(95)<500", "response_ms", 325, 500, interval=[260, 390])
    assert bar_of(row) == Bar(measured=50.0, low=40.0, high=60.0, threshold=76.92, good_from=0.0, good_to=76.92)


def test_a_figure_far_over_its_threshold_still_fits() -> None:
    bar = bar_of(objective("a", "p(95)<500", "response_ms", 5000, 500, interval=[4000, 6000]))
    assert bar is not None
    assert 0 < bar.threshold < bar.low < bar.measured < bar.high < 100


def test_a_share_that_should_be_large_is_drawn_around_its_threshold() -> None:
    """From zero on, 99.8 % and 99.9 % would be the same bar."""
    bar = bar_of(objective("a", "rate>=0.999", "availability", 0.998, 0.999, interval=[0.9975, 0.9985]))
    assert bar is not None
    assert bar.low < bar.measured < bar.high < bar.threshold == bar.good_from
    assert bar.threshold - bar.measured > 20
    assert bar.good_to == 100.0


def test_a_bar_without_an_interval_is_a_point() -> None:
    bar = bar_of(objective("a", "p(95)<500", "response_ms", 325, 500, interval=None))
    assert bar is not None
    assert bar.low == bar.measured == bar.high


def test_what_has_no_proportion_has_no_bar() -> None:
    assert bar_of(objective("a", "count==0", "oversell", 2, 0)) is None
    assert bar_of(objective("a", "count>=100", "orders", 120, 100)) is None
    assert bar_of(objective("a", "p(95)<500", "response_ms", None, 500)) is None


def test_calls_lie_where_they_ran_in_the_order_of_their_sends() -> None:
    witness = finding()["witness"]
    witness["calls"].reverse()
    witness["calls"][0] |= {"kind": "buyer", "effect": "may_have", "expires_ns": 5}
    line = time_line(witness, T0_NS)
    assert [(bar.name, bar.left, bar.width, bar.at, bar.took) for bar in line.bars] == [
        ("CreateReservation", 0.0, 8.0, "+0 ms", "22 ms"),
        ("CreateReservation", 3.27, 11.27, "+9 ms", "31 ms"),
        ("ConfirmReservation", 69.09, 16.0, "+190 ms", "44 ms"),
        ("ConfirmReservation", 77.82, 22.18, "+214 ms", "61 ms"),
    ]
    assert (line.start, line.length) == ("31.000 s", "275 ms")
    assert line.bars[3].facts[-1] == ("effect", "may_have")
    assert line.bars[0].said == "ok · HOLD"
    assert line.bars[0].facts == (("reservation", "rsv_11"), ("user", "user-812"))
    assert line.facts == (("event", "evt_2025_1001"), ("seat", "A-12"), ("orders", "ord_8f21, ord_90aa"))


def test_calls_are_found_however_deep_they_lie() -> None:
    call = {"method": "a/B", "sent_ns": 5, "answered_ns": 6}
    assert len(time_line({"sales": [{"first": call}, {"chain": [call, call]}]}).bars) == 3


def test_a_call_that_was_never_answered_has_no_length() -> None:
    (bar,) = time_line({"call": {"method": "a/B", "sent_ns": 5, "answered_ns": 0}}).bars
    assert (bar.left, bar.width, bar.took, bar.outcome) == (0.0, 0.0, "0 ms", "unknown")


def test_a_witness_without_calls_has_its_facts() -> None:
    line = time_line({"seat_ids": ["A-1", "A-2"], "held": 4, "settled": False, "nothing": ""})
    assert line.bars == ()
    assert line.facts == (("seat ids", "A-1, A-2"), ("held", "4"), ("settled", "no"))


def test_what_goes_without_saying_is_not_said() -> None:
    call = {"method": "a/B", "sent_ns": 5, "answered_ns": 6, "kind": "buyer", "effect": "happened", "expires_ns": 7}
    assert time_line({"call": call | {"order": "o1"}}).bars[0].facts == (("order", "o1"),)


def test_calls_that_are_not_drawn_are_counted() -> None:
    calls = [{"method": "a/B", "sent_ns": number, "answered_ns": number + 1} for number in range(MOST_CALLS + 7)]
    line = time_line({"calls": calls})
    assert (len(line.bars), line.left_out) == (MOST_CALLS, 7)
