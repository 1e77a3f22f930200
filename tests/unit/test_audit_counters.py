"""The rule counters_differ: the inventory's counters agree with each other and with what was sold."""

from __future__ import annotations

from typing import Any

import pytest

from reports.audit import audit, counters_differ
from reports.audit.finding import Violation
from reports.audit.history import DEFAULT_SKEW_NS, History
from reports.audit.inventory import Counts, Inventory, inventory_of, sections_of
from tacorush.evidence.records import Claim
from tests.unit.told_claims import EVENT, bought, cancel, denied, hold, lost, payment_read, read, shown

FRESH = Counts(100, 90, 2, 3, 5)
"""Somebody has bought before the run, somebody holds."""


def said(after: Counts | None, *claims: Claim, before: Counts | None = FRESH, sole: bool = False) -> list[Violation]:
    """What the rule says; the whole audit says nothing else."""
    history = History.of(claims, inventory={EVENT: Inventory(before, after)}, sole_buyer=sole)
    reports = [report for report in audit(history) if report.error or report.violations]
    assert [(report.rule.name, report.error) for report in reports if report.rule is not counters_differ.RULE] == []
    return [violation for report in reports for violation in report.violations]


def orders(number: int) -> list[Claim]:
    """So many orders of a seat each."""
    return [each for name in range(number) for each in bought(f"rsv_{name}", f"ord_{name}", f"A-{name}", name)]


@pytest.mark.incident("drifting-counters")
def test_orders_that_are_not_counted_are_caught() -> None:
    """Of five orders two stay counted as free; foreign buyers could only add to what is sold."""
    claims = orders(5)
    after = Counts(100, 90, 0, 3, 7)
    (violation,) = said(after, *claims)
    assert (violation.certainty, violation.count) == ("definite", 2)
    assert violation.message == "evt_1 counts 3 seats as sold, and this run alone has bought 5."
    assert violation.witness == {
        "event": EVENT,
        "bought": 5,
        "may_have": 5,
        **{f"{name}_before": value for name, value in FRESH._asdict().items()},
        **{f"{name}_after": value for name, value in after._asdict().items() if value},
        "calls": [shown(claim) for claim in claims[3::4][-3:]],
    }


@pytest.mark.incident("drifting-counters")
def test_counters_of_before_the_last_order_are_a_near_miss() -> None:
    """A cache may be behind, and says so; what is as old as the order to within the clocks' skew must know of it."""
    claims = orders(5)
    wrote_ns = max(claim.sent_ns for claim in claims if claim.action == "sale")
    for as_of_ns, off in ((wrote_ns - DEFAULT_SKEW_NS - 1, []), (wrote_ns - DEFAULT_SKEW_NS, [2]), (0, [2])):
        counted = Inventory(FRESH, Counts(100, 90, 0, 3, 7), as_of_ns)
        history = History.of(claims, inventory={EVENT: counted})
        assert [violation.count for violation in counters_differ.check(history)] == off


@pytest.mark.incident("drifting-counters")
def test_counters_that_foreign_buyers_move_are_a_near_miss() -> None:
    """Exactly what this run bought is no finding, nor is more than that where others may have bought it."""
    assert said(Counts(100, 85, 2, 8, 5), *orders(5)) == []
    assert said(Counts(100, 80, 3, 12, 5), *orders(5)) == []
    assert [violation.count for violation in said(Counts(100, 80, 3, 12, 5), *orders(5), sole=True)] == [5]


def given_back(number: int) -> list[Claim]:
    """So many reservations that were cancelled before they became orders."""
    return [
        each
        for name in range(number)
        for each in (hold(f"rsv_{name}", f"A-{name}", name), cancel(f"rsv_{name}", 100 + name))
    ]


@pytest.mark.incident("seats-kept-after-cancellation")
def test_seats_that_stay_taken_after_a_cancellation_are_caught_where_nobody_else_buys() -> None:
    (violation,) = said(Counts(100, 86, 6, 3, 5), *given_back(6), sole=True)
    assert (violation.certainty, violation.count) == ("definite", 4)
    assert violation.message == (
        "evt_1 counts 4 seats more as taken than before the load, and this run can have taken 0, "
        "though nobody else buys."
    )


@pytest.mark.incident("seats-kept-after-cancellation")
def test_seats_that_a_foreign_buyer_took_after_a_cancellation_are_a_near_miss() -> None:
    """So are seats that this run may hold still: not cancelled, or by a call that was never answered."""
    assert said(Counts(100, 86, 6, 3, 5), *given_back(6)) == []
    held = [hold("rsv_7", "B-1", 5), hold("", "B-2 B-3", 6, **lost()), hold("rsv_8", "B-4", 7)]
    kept = [*given_back(6), *held, cancel("rsv_8", 50, **lost()), hold("", "B-5", 9, **denied())]
    assert said(Counts(100, 86, 6, 3, 5), *kept, sole=True) == []
    (violation,) = said(Counts(100, 85, 7, 3, 5), *kept, sole=True)
    assert (violation.count, violation.witness["may_have"]) == (1, 4)


def test_only_a_reservation_that_is_read_as_ended_has_given_its_seats_back() -> None:
    """One that stands, that nobody knows any more, or whose payment failed, may have them still."""
    held = [hold(f"rsv_{number}", f"A-{number}", number) for number in range(3)]
    failed = payment_read("pay-2", "FAILED", 900, reservation="rsv_2")
    kept = [*held, read("rsv_0", "HOLD", 900), read("rsv_1", "NOT_FOUND", 900), failed]
    ended = [hold("rsv_3", "A-3", 3), read("rsv_3", "EXPIRED", 61_000)]
    for taken, off in ((3, []), (4, [1])):
        after = Inventory(FRESH, Counts(100, 90 - taken, 2 + taken, 3, 5))
        history = History.of([*kept, *ended], inventory={EVENT: after}, sole_buyer=True)
        assert [violation.count for violation in counters_differ.check(history)] == off


@pytest.mark.parametrize(
    ("before", "after", "off"),
    [
        (FRESH, Counts(100, 90, 2, 4, 5), 1),
        (None, Counts(100, 90, 2, 4, 5), 1),
        (FRESH, Counts(100, 89, 2, 3, 5), 1),
        (None, Counts(100, 89, 2, 3, 5), 0),
        (Counts(100, 80, 2, 3, 5), Counts(100, 89, 2, 3, 5), 0),
        (Counts(100, 95, 2, 3, 5), Counts(100, 94, 3, 3, 5), 0),
        (Counts(100, 80, 2, 3, 5), Counts(100, 91, 2, 3, 5), 1),
        (FRESH, Counts(100, -2, 2, 95, 5), 2),
        (Counts(100, 100, 0, 0, 0), Counts(100, 60, 0, 0, 0), 0),
        (FRESH, Counts(0, 90, 0, 0, 0), 0),
    ],
    ids=[
        "too many",
        "too many, never asked before",
        "too few",
        "never asked before, too few",
        "never added up",
        "too many before as well",
        "too few before, and then too many",
        "below none",
        "free alone",
        "no total",
    ],
)
def test_counters_that_come_to_something_else_than_there_is_are_caught(
    before: Counts | None, after: Counts, off: int
) -> None:
    """Where a platform counts all of them; one that tells how many are free alone is not judged by their sum."""
    found = said(after, before=before)
    assert [violation.count for violation in found] == ([off] if off else [])
    if off:
        assert found[0].certainty == "definite"
        counters = "one of its counters is below 0" if min(after) < 0 else f"its counters come to {after.sum}"
        assert found[0].message == f"evt_1 has 100 seats, and {counters}."


def test_more_free_seats_than_the_orders_leave_are_caught() -> None:
    """Where sales are not counted, but free seats are."""
    (violation,) = said(Counts(100, 97, 0, 0, 0), *orders(5), before=Counts(100, 100, 0, 0, 0))
    assert (violation.certainty, violation.count) == ("definite", 2)
    assert violation.message == (
        "evt_1 has 100 seats for sale: 97 are said to be free, and this run alone has bought 5."
    )


def test_a_seat_sold_twice_and_an_order_that_may_have_ended_are_not_held_against_the_counters() -> None:
    twice = [*bought("rsv_1", "ord_1", "A-1"), *bought("rsv_2", "ord_2", "A-1", 9)]
    history = History.of(twice, inventory={EVENT: Inventory(FRESH, Counts(100, 90, 4, 1, 5))})
    assert list(counters_differ.check(history)) == []
    ended = [
        *bought("rsv_3", "ord_3", "A-3"),
        read("rsv_3", "REFUNDED", 900),
        *bought("rsv_4", "ord_4", "A-4"),
        cancel("rsv_4", 900, **lost()),
        *bought("rsv_5", "ord_5", "A-5"),
        payment_read("pay-of-rsv_5", "REFUNDED", 900),
        *bought("rsv_6", "ord_6", "A-6"),
    ]
    history = History.of(ended, inventory={EVENT: Inventory(FRESH, Counts(100, 90, 4, 1, 5))})
    assert list(counters_differ.check(history)) == []


def test_events_of_which_nothing_was_counted_before_the_load_have_nothing_taken_since() -> None:
    counted = Inventory(None, Counts(100, 60, 0, 35, 5))
    history = History.of(orders(2), inventory={EVENT: counted}, sole_buyer=True)
    assert list(counters_differ.check(history)) == []


def test_events_of_which_nothing_is_counted_at_the_end_are_not_judged() -> None:
    assert said(None, *orders(2)) == []
    history = History.of(orders(2), inventory={"evt_9": Inventory(FRESH, FRESH), EVENT: Inventory(FRESH, None)})
    assert list(counters_differ.check(history)) == []


def test_what_is_counted_is_read_from_the_run_file() -> None:
    counts: dict[str, Any] = {"total": 10, "available": 7, "reserved": 0, "sold": 3, "blocked": 0}
    sections = [{"name": "VIP", "total": 4, "available": 4}, {"name": "", "total": 3}, {"name": "R", "total": 0}]
    event = {"id": "a", "total": 10, "sections": sections}
    meta = {
        "preflight": {"counters": {"a": counts}, "events": [event]},
        "inventory_after": {"b": {**counts, "as_of_ns": 5}},
    }
    told = Counts(10, 7, 0, 3, 0)
    assert inventory_of(meta) == {"a": Inventory(told, None), "b": Inventory(None, told, 5)}
    assert sections_of(meta) == {"a": {"VIP": 4}}
    assert inventory_of({}) == {}
    assert sections_of({}) == {}
