"""The rules about holds: held_twice and seats_held_differ."""

from __future__ import annotations

import pytest

from reports.audit import held_twice, seats_held_differ
from tacorush.evidence.records import Claim
from tests.unit.told_claims import (
    EVENT,
    at,
    bought,
    cancel,
    charge,
    claim,
    denied,
    found,
    hold,
    intent,
    lost,
    payment_read,
    read,
    sale,
    shown,
    void,
)

SECOND = 10**9


def test_a_seat_held_for_two_at_once_is_caught() -> None:
    """Both holds were answered long before either could end; the earlier stands first in the witness."""
    first, second = hold("rsv_1", "A-1 A-2", 0), hold("rsv_2", "A-2 A-3", 500)
    (violation,) = found(held_twice.RULE, first, second)
    assert (violation.certainty, violation.count) == ("definite", 1)
    assert violation.message == "Seat A-2 of evt_1 was held twice at once: for rsv_1 and for rsv_2."
    assert violation.witness == {
        "event": EVENT,
        "seat": "A-2",
        "reservations": ["rsv_1", "rsv_2"],
        "users": ["user-of-rsv_1", "user-of-rsv_2"],
        "stood_until_ns": [at(59_000), at(59_500)],
        "calls": [shown(first), shown(second)],
    }


def test_the_witness_shows_what_became_of_both() -> None:
    order, other = bought("rsv_1", "ord_1", "A-1"), [hold("rsv_2", "A-1", 500), cancel("rsv_2", 900)]
    (violation,) = found(held_twice.RULE, *order, *other)
    assert violation.witness["calls"] == [shown(order[0]), shown(order[3]), *map(shown, other)]


def test_a_long_hold_is_compared_with_all_that_come_after_it() -> None:
    """The one in between was given up before the last began; the first still stood."""
    between = [hold("rsv_2", "A-1", 100), cancel("rsv_2", 120)]
    (violation,) = found(held_twice.RULE, hold("rsv_1", "A-1", 0), *between, hold("rsv_3", "A-1", 500))
    assert violation.witness["reservations"] == ["rsv_1", "rsv_2"]
    early = [hold("rsv_2", "A-1", 0), cancel("rsv_2", 5)]
    (violation,) = found(held_twice.RULE, hold("rsv_1", "A-1", 0), *early, hold("rsv_3", "A-1", 500))
    assert violation.witness["reservations"] == ["rsv_1", "rsv_3"]


FIRST = hold("rsv_1", "A-1", 0)
PAID = [intent("rsv_1", "pay-1", 20), charge("pay-1", 30)]
OTHER = [intent("rsv_1", "pay-2", 25), charge("pay-2", 35, **denied("FAILED_PRECONDITION"))]
LATE = sale("rsv_1", "", "", 61_000, **denied("RESERVATION_EXPIRED"))
DECLINED = [intent("rsv_1", "pay-1", 20), charge("pay-1", 30, **denied("PAYMENT_FAILED"))]


@pytest.mark.parametrize(
    ("first", "second_ms", "expected"),
    [
        ([FIRST], 58_989, 1),
        ([FIRST], 58_990, 0),
        ([FIRST, cancel("rsv_1", 300)], 289, 1),
        ([FIRST, cancel("rsv_1", 300)], 290, 0),
        ([FIRST, cancel("rsv_1", 300, **lost())], 500, 0),
        ([FIRST, cancel("rsv_1", 300, **denied("FAILED_PRECONDITION"))], 500, 1),
        ([FIRST, cancel("rsv_1", 300), read("rsv_1", "CANCELLED", 400)], 200, 1),
        ([FIRST, *PAID], 500, 1),
        ([FIRST, *DECLINED], 500, 0),
        ([FIRST, *DECLINED, read("rsv_1", "HOLD", 600)], 500, 1),
        ([FIRST, *PAID, void("pay-1", 300)], 500, 0),
        ([FIRST, *PAID, payment_read("pay-1", "REFUNDED", 300)], 500, 0),
        ([FIRST, *PAID, read("rsv_1", "EXPIRED", 61_000), payment_read("pay-1", "REFUNDED", 62_000)], 500, 1),
        ([FIRST, *PAID, LATE, payment_read("pay-1", "REFUNDED", 62_000)], 500, 1),
        ([FIRST, *PAID, read("rsv_1", "FAILED", 61_000), payment_read("pay-1", "REFUNDED", 62_000)], 500, 0),
        ([FIRST, *PAID, void("pay-1", 300), read("rsv_1", "EXPIRED", 61_000)], 500, 0),
        ([FIRST, *DECLINED, read("rsv_1", "EXPIRED", 61_000)], 500, 0),
        ([FIRST, *PAID, *OTHER, sale("rsv_1", "ord_1", "A-1", 300)], 70_000, 1),
        ([FIRST, *PAID, sale("rsv_1", "ord_1", "A-1", 30), *OTHER], 500, 0),
        ([FIRST, intent("rsv_1", "pay-1", 20)], 500, 1),
        ([FIRST, read("rsv_1", "EXPIRED", 400)], 500, 0),
        ([FIRST, read("rsv_1", "NOT_FOUND", 400)], 200, 0),
        ([FIRST, read("rsv_1", "PENDING", 300), read("rsv_1", "EXPIRED", 400)], 200, 1),
        ([FIRST, read("rsv_1", "EXPIRED", 61_000)], 500, 1),
        ([FIRST, read("rsv_1", "CANCELLED", 61_000)], 500, 0),
        ([FIRST, read("rsv_1", "HOLD", 600), read("rsv_1", "CANCELLED", 61_000)], 500, 1),
        ([FIRST, cancel("rsv_1", 600), read("rsv_1", "CANCELLED", 61_000)], 500, 1),
        ([FIRST, sale("rsv_1", "", "", 300, **denied("RESERVATION_EXPIRED"))], 500, 0),
        ([FIRST, sale("rsv_1", "ord_1", "A-1", 300)], 70_000, 1),
        ([FIRST, sale("rsv_1", "ord_1", "A-1", 300), cancel("rsv_1", 400)], 70_000, 0),
        ([FIRST, sale("rsv_1", "ord_1", "A-1", 59_500)], 59_300, 1),
        ([FIRST, sale("rsv_1", "ord_1", "A-1", 61_000)], 70_000, 0),
        ([FIRST, read("rsv_1", "CONFIRMED", 500)], 70_000, 1),
        ([FIRST, claim("extend", 100, reservation="rsv_1", expires_ns=at(90_000))], 70_000, 1),
        ([FIRST, claim("extend", 59_500, reservation="rsv_1")], 59_300, 1),
        ([FIRST, claim("extend", 59_500, reservation="rsv_1", **lost())], 59_300, 0),
        ([hold("rsv_1", "A-1", 0, expires_ns=0)], 500, 0),
        ([hold("rsv_1", "A-1", 0, expires_ns=0), read("rsv_1", "HOLD", 511)], 500, 1),
        ([hold("rsv_1", "A-1", 0, expires_ns=0), read("rsv_1", "HOLD", 510)], 500, 0),
        ([hold("rsv_1", "A-1", 0, **lost())], 500, 0),
        ([hold("rsv_1", "A-1", 0, event="evt_2")], 500, 0),
        ([hold("rsv_1", "", 0, quantity=1)], 500, 0),
        ([hold("rsv_1", "A-2", 0)], 500, 0),
    ],
    ids=[
        "just before its end less the skew",
        "at its end less the skew",
        "just before it was given up",
        "when it was given up",
        "it may have been given up",
        "it was not given up",
        "given up later, and read so",
        "paid and not confirmed",
        "its card failed",
        "its card failed and it is still held",
        "its payment was voided",
        "its payment was given back",
        "its payment was given back when it ran out",
        "its payment was given back when it was too late to confirm",
        "its payment was given back when it failed",
        "its payment was voided before it ran out",
        "its card failed before it ran out",
        "a second card failed before it became an order",
        "a second card failed when it was an order",
        "a payment was opened",
        "ended before its time",
        "ended before its time, perhaps before",
        "ended before its time, but not before",
        "ran out in its time",
        "cancelled by somebody else",
        "cancelled by somebody else, but not before",
        "cancelled by its owner, and not before",
        "told to have run out",
        "it became an order",
        "an order was cancelled",
        "confirmed within the skew of its end",
        "confirmed too late",
        "read as an order",
        "extended",
        "extended without a new end",
        "perhaps extended",
        "no end is stated",
        "no end is stated, but it stood later",
        "no end is stated, and it stood until then",
        "never answered",
        "of another event",
        "no seat is named",
        "another seat",
    ],
)
def test_two_holds_are_weighed_by_what_became_of_the_first(first: list[Claim], second_ms: int, expected: int) -> None:
    """Only where nothing but two holders is left to explain it."""
    assert len(found(held_twice.RULE, *first, hold("rsv_2", "A-1", second_ms))) == expected


@pytest.mark.parametrize(("ahead_ms", "expected"), [(0, 1), (1, 1), (300, 0)])
def test_holds_stand_as_much_shorter_as_the_platforms_clock_is_ahead(ahead_ms: int, expected: int) -> None:
    """A purchase beside them is dated after its answer, so their stated ends come too late by so much."""
    elsewhere = bought("rsv_9", "ord_9", "B-1")
    elsewhere[-1].stated_ns = at(210 + ahead_ms)
    claims = [FIRST, hold("rsv_2", "A-1", 58_800), *elsewhere]
    assert len(found(held_twice.RULE, *claims)) == expected


def test_money_that_went_back_because_a_hold_had_run_out_ended_nothing_before() -> None:
    """Who confirmed too late was told so, and refunded; until its end the hold stood."""
    late = sale("rsv_1", "", "", 61_000, **denied("RESERVATION_EXPIRED"))
    claims = [FIRST, *PAID, late, payment_read("pay-1", "REFUNDED", 62_000)]
    assert len(found(held_twice.RULE, *claims, hold("rsv_2", "A-1", 500))) == 1
    assert found(held_twice.RULE, *claims, hold("rsv_2", "A-1", 62_000)) == []


def test_the_second_hold_must_have_stood_when_it_was_answered() -> None:
    """Given up before its answer, it may have come and gone before the first began."""
    assert found(held_twice.RULE, hold("rsv_1", "A-1", 0), hold("rsv_2", "A-1", 500), cancel("rsv_2", 505)) == []


def test_a_hold_that_somebody_else_may_have_cancelled_is_held_against_nobody() -> None:
    """It reads as cancelled, and its owner did so later, or perhaps not at all: an operator may have done it before."""
    first, second, seen = hold("rsv_1", "A-1", 0), hold("rsv_2", "A-1", 2000), read("rsv_1", "CANCELLED", 9000)
    assert found(held_twice.RULE, first, read("rsv_1", "CANCELLED", 1000), second, cancel("rsv_1", 3000)) == []
    assert found(held_twice.RULE, first, second, cancel("rsv_1", 5000, **lost()), seen) == []
    assert len(found(held_twice.RULE, first, second, cancel("rsv_1", 5000), seen)) == 1


@pytest.mark.parametrize(
    "tried",
    [hold("rsv_1", "A-1", 0, **lost()), hold("rsv_1", "A-1", 0, **denied()), hold("rsv_1", "", 0)],
    ids=["never answered", "denied", "granted without seats"],
)
def test_a_hold_stands_from_the_answer_that_granted_its_seats(tried: Claim) -> None:
    """An earlier try of the same reservation shows nothing of when it began, and is not shown as what granted it."""
    granted, between = hold("rsv_1", "A-1", 500), [hold("rsv_2", "A-1", 200), cancel("rsv_2", 300)]
    assert found(held_twice.RULE, tried, *between, granted) == []
    (violation,) = found(held_twice.RULE, tried, granted, hold("rsv_2", "A-1", 600))
    assert violation.witness["calls"][0] == shown(granted if tried.effect != "happened" else tried)


def test_hosts_whose_clocks_differ_need_a_longer_overlap() -> None:
    claims = [hold("rsv_1", "A-1", 0), cancel("rsv_1", 1000), hold("rsv_2", "A-1", 500)]
    assert found(held_twice.RULE, *claims, hosts_skew_ns=490 * 10**6) == []
    assert len(found(held_twice.RULE, *claims, hosts_skew_ns=489 * 10**6)) == 1


def test_an_event_that_nobody_names_is_said_to_be_unnamed() -> None:
    claims = [hold("rsv_1", "A-1", 0, event=""), hold("rsv_2", "A-1", 500, event="")]
    (violation,) = found(held_twice.RULE, *claims)
    assert violation.message.startswith("Seat A-1 of an unnamed event was held twice")


def test_other_seats_than_were_asked_for_are_caught() -> None:
    told = hold("rsv_1", "A-1 A-3", 0, wanted=("A-2", "A-1"))
    (violation,) = found(seats_held_differ.RULE, told)
    assert (violation.certainty, violation.count) == ("definite", 1)
    assert violation.message == "Reservation rsv_1 asked for seats A-1, A-2 and holds A-1, A-3."
    assert violation.witness == {
        "event": EVENT,
        "seats_wanted": ["A-1", "A-2"],
        "seats_held": ["A-1", "A-3"],
        "reservations": ["rsv_1"],
        "users": ["user-of-rsv_1"],
        "calls": [shown(told)],
    }


def test_fewer_seats_than_were_asked_for_are_caught() -> None:
    told = hold("", "A-1", 0, wanted=(), quantity=2, user="")
    (violation,) = found(seats_held_differ.RULE, told)
    assert violation.message == "Reservation (no id) asked for 2 seats and holds A-1."
    assert violation.witness == {"event": EVENT, "seats_held": ["A-1"], "calls": [shown(told)]}


def test_a_replayed_answer_is_told_once_and_holds_without_an_id_each() -> None:
    named = [hold("rsv_1", "A-1", ms, wanted=("A-2",)) for ms in (0, 50)]
    unnamed = [hold("", "A-1", ms, wanted=("A-2",)) for ms in (0, 50)]
    assert [len(found(seats_held_differ.RULE, *claims)) for claims in (named, unnamed)] == [1, 2]


@pytest.mark.parametrize(
    "told",
    [
        hold("rsv_1", "A-2 A-1", 0, wanted=("A-1", "A-2")),
        hold("rsv_1", "A-1 A-2", 0, wanted=()),
        hold("rsv_1", "A-1 A-2", 0, wanted=(), quantity=0),
        hold("rsv_1", "", 0, wanted=("A-1",)),
        hold("rsv_1", "A-2", 0, wanted=("A-1",), **denied()),
        hold("rsv_1", "A-2", 0, wanted=("A-1",), **lost()),
        read("rsv_1", "HOLD", 0, seats=("A-2",), wanted=("A-1",)),
    ],
    ids=["in another order", "as many", "nothing was asked for", "none are named", "denied", "unanswered", "a read"],
)
def test_what_was_asked_for_is_a_near_miss(told: Claim) -> None:
    assert found(seats_held_differ.RULE, told) == []
