"""The rules about how holds and orders end: hold_ended_early, seats_leaked, order_cancelled and refund_due."""

from __future__ import annotations

import pytest

from reports.audit import hold_ended_early, order_cancelled, refund_due, seats_leaked
from tacorush.evidence.records import Claim
from tests.unit.told_claims import (
    EVENT,
    MS,
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

HELD = hold("rsv_1", "A-1", 0)
PAID = [HELD, intent("rsv_1", "pay-1", 20), charge("pay-1", 30, amount=50_000, currency="KRW")]
RAN_OUT = denied("RESERVATION_EXPIRED")
GONE = denied("NOT_FOUND")


def test_a_hold_that_ran_out_before_its_end_is_caught() -> None:
    told = read("rsv_1", "EXPIRED", 20_000)
    (violation,) = found(hold_ended_early.RULE, HELD, told)
    assert (violation.certainty, violation.count) == ("definite", 1)
    assert violation.message == "The hold of reservation rsv_1 had run out 40.0 s before its stated end."
    assert violation.witness == {
        "event": EVENT,
        "seats": ["A-1"],
        "reservations": ["rsv_1"],
        "users": ["user-of-rsv_1"],
        "hold_ends_ns": at(60_000),
        "calls": [shown(HELD), shown(told)],
    }


def test_a_hold_that_nobody_knows_before_its_end_is_caught() -> None:
    longer = claim("extend", 100, reservation="rsv_1", expires_ns=at(90_000))
    told = claim("extend", 70_000, reservation="rsv_1", **GONE)
    (violation,) = found(hold_ended_early.RULE, HELD, longer, told)
    assert violation.message == "The hold of reservation rsv_1 was gone 20.0 s before its stated end."
    assert violation.witness["calls"] == [shown(HELD), shown(longer), shown(told)]


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([HELD, read("rsv_1", "EXPIRED", 58_989)], 1),
        ([HELD, read("rsv_1", "EXPIRED", 58_990)], 0),
        ([HELD, read("rsv_1", "NOT_FOUND", 500)], 1),
        ([HELD, read("rsv_1", "", 500, **GONE)], 1),
        ([HELD, read("rsv_1", "CANCELLED", 500)], 0),
        ([HELD, read("rsv_1", "EXPIRED", 500, **lost())], 0),
        ([HELD, sale("rsv_1", "", "", 500, **RAN_OUT)], 1),
        ([HELD, sale("rsv_1", "", "", 500, **GONE)], 0),
        ([HELD, claim("extend", 500, reservation="rsv_1", **RAN_OUT)], 1),
        ([HELD, cancel("rsv_1", 500, **GONE)], 1),
        ([HELD, cancel("rsv_1", 500, **RAN_OUT)], 1),
        ([HELD, claim("hold", 500, reservation="rsv_1", **GONE)], 0),
        ([HELD, cancel("rsv_1", 300), read("rsv_1", "NOT_FOUND", 500)], 0),
        ([HELD, cancel("rsv_1", 300, **lost()), read("rsv_1", "NOT_FOUND", 500)], 0),
        ([HELD, cancel("rsv_1", 300, **denied("RATE_LIMITED")), read("rsv_1", "NOT_FOUND", 500)], 1),
        ([HELD, intent("rsv_1", "", 500, **RAN_OUT)], 1),
        ([HELD, intent("rsv_1", "", 500, **lost(code="NOT_FOUND"))], 1),
        ([HELD, intent("rsv_1", "", 58_995, **RAN_OUT)], 0),
        ([HELD, intent("rsv_1", "", 500, **GONE), intent("rsv_1", "pay-1", 600)], 0),
        ([HELD, intent("rsv_1", "", 500, **denied("FAILED_PRECONDITION"))], 0),
        ([*PAID, read("rsv_1", "NOT_FOUND", 500)], 1),
        ([HELD, intent("rsv_1", "pay-1", 20), read("rsv_1", "NOT_FOUND", 500)], 1),
        ([HELD, intent("rsv_1", "pay-1", 20, status="EXPIRED"), read("rsv_1", "NOT_FOUND", 500)], 0),
        ([*PAID[:2], charge("pay-1", 30, **denied("PAYMENT_FAILED")), read("rsv_1", "EXPIRED", 500)], 0),
        ([*PAID[:2], charge("pay-1", 30, **lost()), read("rsv_1", "EXPIRED", 500)], 0),
        ([*PAID, void("pay-1", 300), read("rsv_1", "EXPIRED", 500)], 0),
        ([*bought("rsv_1", "ord_1", "A-1"), read("rsv_1", "NOT_FOUND", 500)], 0),
        ([HELD, read("rsv_1", "NOT_FOUND", 500), read("rsv_1", "PENDING", 600)], 0),
        ([HELD, read("rsv_1", "PENDING", 400), read("rsv_1", "NOT_FOUND", 410)], 1),
        ([hold("rsv_1", "A-1", 0, expires_ns=0), read("rsv_1", "EXPIRED", 500)], 0),
    ],
    ids=[
        "just before the end less the skew",
        "at the end less the skew",
        "not found",
        "denied as not found",
        "cancelled by somebody",
        "never answered",
        "a confirmation is told so",
        "a confirmation does not find something",
        "an extension is told so",
        "a cancellation finds nothing",
        "a cancellation is told so",
        "another hold is told so",
        "cancelled",
        "perhaps cancelled",
        "not cancelled",
        "a payment cannot be opened",
        "a payment finds nothing",
        "a payment cannot be opened, just before",
        "a payment was opened later",
        "a payment is refused",
        "paid",
        "a payment was opened",
        "a payment ran out",
        "the card failed",
        "the payment was not answered",
        "the payment was voided",
        "an order",
        "seen alive later",
        "seen alive just before",
        "no end is stated",
    ],
)
def test_an_early_end_is_weighed_by_who_may_have_ended_it(claims: list[Claim], expected: int) -> None:
    assert len(found(hold_ended_early.RULE, *claims)) == expected


def test_the_first_word_that_a_hold_is_gone_is_shown_with_the_ends_that_were_stated() -> None:
    """Later words repeat it, and an extension that states no end has moved none."""
    told, again = cancel("rsv_1", 500, **GONE), read("rsv_1", "EXPIRED", 900)
    (violation,) = found(hold_ended_early.RULE, HELD, claim("extend", 100, reservation="rsv_1"), told, again)
    assert violation.witness["calls"] == [shown(HELD), shown(told)]


def test_the_first_who_cannot_open_a_payment_is_shown() -> None:
    """The second is told the same, which is no word that it stands."""
    first, second = (intent("rsv_1", "", ms, **GONE) for ms in (500, 600))
    (violation,) = found(hold_ended_early.RULE, HELD, first, second)
    assert violation.witness["calls"] == [shown(HELD), shown(first)]


def test_a_hold_that_outlives_its_end_is_caught() -> None:
    held = hold("rsv_1", "A-1 A-2", 0)
    told = read("rsv_1", "PENDING", 92_001)
    (violation,) = found(seats_leaked.RULE, held, told)
    assert (violation.certainty, violation.count) == ("definite", 2)
    assert violation.message == "Reservation rsv_1 still held 2 seats 32.0 s after its stated end."
    assert violation.witness == {
        "event": EVENT,
        "seats": ["A-1", "A-2"],
        "reservations": ["rsv_1"],
        "users": ["user-of-rsv_1"],
        "hold_ends_ns": at(60_000),
        "calls": [shown(held), shown(told)],
    }


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([HELD, read("rsv_1", "HOLD", 92_001)], 1),
        ([HELD, read("rsv_1", "PENDING", 92_000)], 0),
        ([HELD, read("rsv_1", "EXPIRED", 99_000)], 0),
        ([HELD, read("rsv_1", "PENDING", 99_000, **lost())], 0),
        ([HELD, claim("extend", 100, reservation="rsv_1", **lost()), read("rsv_1", "PENDING", 99_000)], 0),
        ([HELD, claim("extend", 100, reservation="rsv_1"), read("rsv_1", "PENDING", 99_000)], 0),
        ([HELD, claim("extend", 100, reservation="rsv_1", **denied()), read("rsv_1", "PENDING", 99_000)], 1),
        ([HELD, claim("extend", 9, reservation="rsv_1", expires_ns=at(9**5)), read("rsv_1", "HOLD", 99_000)], 1),
        ([HELD, read("rsv_1", "HOLD", 99_000, expires_ns=at(90_000))], 0),
        ([HELD, sale("rsv_1", "", "", 500, **lost()), read("rsv_1", "PENDING", 99_000)], 0),
        ([HELD, sale("rsv_1", "", "", 500, **denied()), read("rsv_1", "PENDING", 99_000)], 1),
        ([hold("rsv_1", "A-1", 0, expires_ns=0), read("rsv_1", "PENDING", 99_000)], 0),
        ([hold("rsv_1", "", 0), read("rsv_1", "PENDING", 99_000)], 1),
    ],
    ids=[
        "held",
        "within what is allowed",
        "ended",
        "never answered",
        "perhaps extended",
        "extended without a new end",
        "not extended",
        "extended for less",
        "its end is moved",
        "perhaps sold",
        "not sold",
        "no end is stated",
        "no seat is named",
    ],
)
def test_a_hold_that_outlives_its_end_is_weighed_by_what_may_have_moved_it(claims: list[Claim], expected: int) -> None:
    assert len(found(seats_leaked.RULE, *claims)) == expected


def test_an_order_that_is_cancelled_like_a_hold_is_caught() -> None:
    claims, gone = bought("rsv_1", "ord_1", "A-1"), cancel("rsv_1", 210)
    (violation,) = found(order_cancelled.RULE, *claims, gone, payment_read("pay-of-rsv_1", "COMPLETED", 900))
    assert (violation.certainty, violation.count) == ("definite", 1)
    assert violation.message == "Order ord_1 was cancelled like a hold, and its money was not given back."
    assert violation.witness == {
        "event": EVENT,
        "seats": ["A-1"],
        "orders": ["ord_1"],
        "reservations": ["rsv_1"],
        "intents": ["pay-of-rsv_1"],
        "users": ["user-of-rsv_1"],
        "calls": [shown(claims[0]), shown(claims[3]), shown(gone)],
    }


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([cancel("rsv_1", 300), payment_read("pay-of-rsv_1", "COMPLETED", 900)], 1),
        ([cancel("rsv_1", 300), payment_read("pay-of-rsv_1", "REFUNDED", 900)], 0),
        ([cancel("rsv_1", 300), void("pay-of-rsv_1", 400, **lost())], 0),
        ([cancel("rsv_1", 209)], 0),
        ([cancel("rsv_1", 300, **denied("FAILED_PRECONDITION"))], 0),
        ([cancel("rsv_1", 300, **lost())], 0),
        ([cancel("rsv_1", 300, method="reservation.v1.InventoryService/ReleaseHold")], 0),
        ([], 0),
    ],
    ids=["paid", "refunded", "perhaps voided", "under way", "refused", "unanswered", "another method", "never"],
)
def test_a_cancelled_order_is_weighed_by_what_became_of_its_money(claims: list[Claim], expected: int) -> None:
    assert len(found(order_cancelled.RULE, *bought("rsv_1", "ord_1", "A-1"), *claims)) == expected


def test_a_cancelled_order_whose_payment_nobody_asked_for_afterwards_may_have_been_refunded() -> None:
    before, gone = payment_read("pay-of-rsv_1", "COMPLETED", 205), cancel("rsv_1", 300)
    (violation,) = found(order_cancelled.RULE, *bought("rsv_1", "ord_1", "A-1"), before, gone)
    assert violation.certainty == "possible"
    assert violation.message == "Order ord_1 was cancelled like a hold, and its money may not have been given back."


def test_an_order_is_compared_with_its_cancellation_by_clocks_that_may_differ() -> None:
    claims = [HELD, sale("rsv_1", "", "A-1", 200), cancel("rsv_1", 310)]
    (violation,) = found(order_cancelled.RULE, *claims, hosts_skew_ns=10**8)
    assert violation.message.startswith("Order rsv_1 was")
    assert found(order_cancelled.RULE, *claims, hosts_skew_ns=10**8 + 1) == []
    assert found(order_cancelled.RULE, HELD, cancel("rsv_1", 310)) == []


def test_money_that_is_kept_for_what_ran_out_is_caught() -> None:
    ended, kept = read("rsv_1", "EXPIRED", 61_000), payment_read("pay-1", "COMPLETED", 92_011)
    (violation,) = found(refund_due.RULE, *PAID, ended, kept)
    assert (violation.certainty, violation.count) == ("definite", 1)
    assert violation.message == (
        "Reservation rsv_1 ended without an order, and 50,000 KRW (pay-1) was still kept 31.0 s later."
    )
    assert violation.witness == {
        "event": EVENT,
        "reservations": ["rsv_1"],
        "intents": ["pay-1"],
        "users": ["user-of-rsv_1"],
        "calls": [shown(HELD), shown(PAID[2]), shown(ended), shown(kept)],
    }


KEPT = payment_read("pay-1", "COMPLETED", 99_000)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([*PAID, read("rsv_1", "EXPIRED", 61_000), payment_read("pay-1", "COMPLETED", 92_010)], 0),
        ([*PAID, cancel("rsv_1", 500), KEPT], 1),
        ([*PAID, cancel("rsv_1", 500, method="reservation.v1.InventoryService/ReleaseHold"), KEPT], 0),
        ([*PAID, cancel("rsv_1", 500, **lost()), KEPT], 0),
        ([*PAID, sale("rsv_1", "", "", 61_500, **RAN_OUT), KEPT], 1),
        ([*PAID, sale("rsv_1", "", "", 61_500, **denied()), KEPT], 0),
        ([*PAID, read("rsv_1", "CANCELLED", 500), KEPT], 1),
        ([*PAID, read("rsv_1", "NOT_FOUND", 500), KEPT], 0),
        ([*PAID, read("rsv_1", "PENDING", 500), KEPT], 0),
        ([*PAID, cancel("rsv_1", 500), KEPT, payment_read("pay-1", "REFUNDED", 99_500)], 0),
        ([*PAID, cancel("rsv_1", 500), KEPT, void("pay-1", 99_500, **lost())], 0),
        ([*PAID, cancel("rsv_1", 500), payment_read("pay-1", "COMPLETED", 99_000, **lost())], 0),
        ([*PAID[:2], cancel("rsv_1", 500), payment_read("pay-1", "PROCESSING", 99_000)], 0),
        ([*PAID[:2], cancel("rsv_1", 500), KEPT], 0),
        ([*PAID[:2], cancel("rsv_1", 500), KEPT, payment_read("pay-1", "COMPLETED", 140_000)], 1),
        ([*PAID, sale("rsv_1", "", "", 400, **lost()), cancel("rsv_1", 500), KEPT], 0),
        ([*PAID, sale("rsv_1", "", "", 400, **lost()), read("rsv_1", "CANCELLED", 500), KEPT], 1),
        ([*bought("rsv_1", "ord_1", "A-1"), cancel("rsv_1", 500)], 0),
        ([*PAID, sale("rsv_1", "ord_1", "A-1", 200), cancel("rsv_1", 500), KEPT], 0),
    ],
    ids=[
        "not for long enough",
        "cancelled",
        "released at the inventory",
        "perhaps cancelled",
        "told to have run out",
        "told another no",
        "read as cancelled",
        "not found",
        "still held",
        "refunded later",
        "perhaps voided later",
        "the read was not answered",
        "under way",
        "paid after its end, just so",
        "paid after its end, long ago",
        "perhaps sold",
        "not sold after all",
        "an order",
        "an order, and kept",
    ],
)
def test_money_that_is_kept_is_weighed_by_how_its_reservation_ended(claims: list[Claim], expected: int) -> None:
    assert len(found(refund_due.RULE, *claims)) == expected


def test_money_of_which_no_amount_is_told_is_owed_as_well() -> None:
    claims = [HELD, intent("rsv_1", "pay-1", 20), charge("pay-1", 30), cancel("rsv_1", 500), KEPT]
    (violation,) = found(refund_due.RULE, *claims)
    assert "and the money (pay-1) was still kept 98.5 s later" in violation.message


def test_a_leaked_hold_that_names_neither_seats_nor_their_number_counts_as_one() -> None:
    claims = [hold("rsv_1", "", 0, quantity=0), read("rsv_1", "HOLD", 92_001)]
    (violation,) = found(seats_leaked.RULE, *claims)
    assert violation.count == 1
    assert violation.message == "Reservation rsv_1 still held 1 seat 32.0 s after its stated end."


@pytest.mark.parametrize(("off_ms", "expected"), [(0, 1), (2500, 0), (-2500, 0)])
def test_a_platform_whose_clock_is_seen_to_be_off_is_not_blamed_for_ends_that_are_off_as_much(
    off_ms: int, expected: int
) -> None:
    """A purchase beside it is dated so; the hold ran out 2 s before its stated end, or is held 2.5 s after it."""
    elsewhere = bought("rsv_9", "ord_9", "B-1")
    elsewhere[-1].stated_ns = at((210 if off_ms > 0 else 0) + off_ms)
    gone = [HELD, read("rsv_1", "EXPIRED", 57_990), *elsewhere]
    assert len(found(hold_ended_early.RULE, *gone)) == expected
    kept = [HELD, read("rsv_1", "HOLD", 62_500), *elsewhere]
    assert len(found(seats_leaked.RULE, *kept, grace_ns=100 * MS)) == expected
