"""The rules about money: paid_without_order and charged_twice."""

from __future__ import annotations

import pytest

from reports.audit import charged_twice, paid_without_order
from tacorush.evidence.records import Claim
from tests.unit.told_claims import (
    EVENT,
    at,
    bought,
    cancel,
    charge,
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


def paid(**held: int) -> list[Claim]:
    """A hold until 60 s, paid from 100 to 110 ms."""
    return [hold("rsv_1", "A-1", 0, **held), intent("rsv_1", "pay-1", 50), charge("pay-1", 100)]


def test_a_paid_reservation_without_an_order_is_caught() -> None:
    """Confirmed in time, denied, and read back as still held."""
    claims = [*paid(), sale("rsv_1", "", "", 200, **denied("INTERNAL", outcome="failed")), read("rsv_1", "HOLD", 900)]
    (violation,) = found(paid_without_order.RULE, *claims)
    assert violation.certainty == "definite"
    assert violation.message == "Reservation rsv_1 was paid (pay-1) and confirmed in time, but it became no order."
    assert violation.witness == {
        "event": EVENT,
        "seats": ["A-1"],
        "reservations": ["rsv_1"],
        "intents": ["pay-1"],
        "users": ["user-of-rsv_1"],
        "hold_ends_ns": at(60_000),
        "calls": [shown(claims[0]), shown(claims[2]), shown(claims[3]), shown(claims[4])],
    }


def test_a_paid_reservation_that_somebody_else_cancelled_is_possible() -> None:
    """An operator may have, for a reason; whether the money comes back is another rule's."""
    refused = sale("rsv_1", "", "", 200, **denied("FAILED_PRECONDITION"))
    (violation,) = found(paid_without_order.RULE, *paid(), refused, read("rsv_1", "CANCELLED", 900))
    assert violation.certainty == "possible"


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([sale("rsv_1", "ord_1", "A-1", 200)], []),
        ([sale("rsv_1", "", "", 200, **lost()), read("rsv_1", "CONFIRMED", 900)], []),
        ([sale("rsv_1", "", "", 200, **denied()), sale("rsv_1", "ord_1", "A-1", 400)], []),
        ([], []),
        ([sale("rsv_1", "", "", 60, **denied("PAYMENT_NOT_APPROVED")), read("rsv_1", "HOLD", 900)], []),
        ([sale("rsv_1", "", "", 200, **denied("UNSENT")), read("rsv_1", "HOLD", 900)], []),
        ([sale("rsv_1", "", "", 200, **denied("INVALID_ARGUMENT")), read("rsv_1", "HOLD", 900)], []),
        ([sale("rsv_1", "", "", 61_000, **denied("RESERVATION_EXPIRED")), read("rsv_1", "EXPIRED", 62_000)], []),
        ([cancel("rsv_1", 150), sale("rsv_1", "", "", 200, **denied()), read("rsv_1", "CANCELLED", 900)], []),
        ([sale("rsv_1", "", "", 200, **denied()), void("pay-1", 300), read("rsv_1", "HOLD", 900)], []),
        (
            [
                sale("rsv_1", "", "", 200, **denied()),
                read("rsv_1", "HOLD", 900),
                payment_read("pay-1", "REFUNDED", 900),
            ],
            [],
        ),
        ([sale("rsv_1", "", "", 200, **denied("RATE_LIMITED")), read("rsv_1", "HOLD", 900)], ["possible"]),
        ([sale("rsv_1", "", "", 200, **denied())], ["possible"]),
        ([sale("rsv_1", "", "", 200, **denied()), read("rsv_1", "HOLD", 205)], ["possible"]),
        ([sale("rsv_1", "", "", 200, **lost()), read("rsv_1", "HOLD", 900)], ["possible"]),
        ([sale("rsv_1", "", "", 200, **lost()), read("rsv_1", "EXPIRED", 900)], ["definite"]),
        ([sale("rsv_1", "", "", 58_900, **denied()), read("rsv_1", "HOLD", 59_500)], ["definite"]),
        ([sale("rsv_1", "", "", 59_500, **denied()), read("rsv_1", "HOLD", 59_700)], ["possible"]),
        ([sale("rsv_1", "", "", 58_990, **denied()), read("rsv_1", "HOLD", 59_000)], ["definite"]),
        ([sale("rsv_1", "", "", 58_991, **denied()), read("rsv_1", "HOLD", 59_001)], ["possible"]),
        ([sale("rsv_1", "", "", 110, **denied()), read("rsv_1", "HOLD", 120)], ["definite"]),
        ([sale("rsv_1", "", "", 109, **denied()), read("rsv_1", "HOLD", 120)], []),
        ([sale("rsv_1", "", "", 200, **denied()), read("rsv_1", "HOLD", 209)], ["possible"]),
        ([sale("rsv_1", "", "", 60_001, **lost()), read("rsv_1", "HOLD", 62_000)], []),
        ([sale("rsv_1", "", "", 60_000, **lost()), read("rsv_1", "HOLD", 62_000)], ["possible"]),
        ([sale("rsv_1", "", "", 200, **denied("RESERVATION_EXPIRED")), read("rsv_1", "HOLD", 900)], ["definite"]),
        ([sale("rsv_1", "", "", 59_500, **denied("RESERVATION_EXPIRED")), read("rsv_1", "EXPIRED", 62_000)], []),
        ([sale("rsv_1", "", "", 200, **denied()), read("rsv_1", "", 900, **lost())], ["possible"]),
        ([sale("rsv_1", "", "", 60_999, **denied("INTERNAL")), read("rsv_1", "HOLD", 62_000)], ["possible"]),
        ([sale("rsv_1", "", "", 61_000, **denied("INTERNAL")), read("rsv_1", "HOLD", 62_000)], []),
    ],
    ids=[
        "confirmed",
        "unanswered but confirmed",
        "confirmed at the second try",
        "never asked for",
        "asked for before it was paid",
        "never sent",
        "the harness at fault",
        "too late",
        "cancelled",
        "voided",
        "refunded",
        "told to come later",
        "never read back",
        "read while it was asked for",
        "unanswered and still held",
        "unanswered and expired",
        "just in time",
        "within the skew of the end",
        "answered at the end less the skew",
        "answered after it",
        "asked for as soon as it was paid",
        "asked for before",
        "read before the answer",
        "unanswered and too late",
        "unanswered at the end",
        "told in time that it is too late",
        "told within the skew of the end that it is too late",
        "asked again without an answer",
        "told another no within the skew of the end",
        "told another no when it was certainly over",
    ],
)
def test_a_payment_is_weighed_against_what_became_of_its_confirmation(claims: list[Claim], expected: list[str]) -> None:
    """Definite only where nothing but a lost order is left to explain it."""
    assert [each.certainty for each in found(paid_without_order.RULE, *paid(), *claims)] == expected


def test_a_hold_whose_end_is_not_known_leaves_it_possible() -> None:
    """It cannot be said that the confirmation came in time."""
    claims = [*paid(expires_ns=0), sale("rsv_1", "", "", 200, **denied()), read("rsv_1", "HOLD", 900)]
    assert [each.certainty for each in found(paid_without_order.RULE, *claims)] == ["possible"]


def test_an_order_that_nobody_knows_of_is_said_to_be_unknown() -> None:
    (violation,) = found(paid_without_order.RULE, *paid(), sale("rsv_1", "", "", 200, **denied()))
    assert violation.message == "Reservation rsv_1 was paid (pay-1) and confirmed in time, but no order is known."


def test_an_unpaid_reservation_that_is_denied_is_a_near_miss() -> None:
    """Its card failed, so there is no order to get."""
    claims = [hold("rsv_1", "A-1", 0), intent("rsv_1", "pay-1", 50), charge("pay-1", 100, **denied("PAYMENT_FAILED"))]
    claims += [sale("rsv_1", "", "", 200, **denied("PAYMENT_NOT_APPROVED")), read("rsv_1", "HOLD", 900)]
    assert found(paid_without_order.RULE, *claims) == []


def test_a_reservation_paid_twice_is_caught() -> None:
    """Two intents, both completed, neither given back."""
    second = [intent("rsv_1", "pay-2", 300), charge("pay-2", 350)]
    (violation,) = found(charged_twice.RULE, *bought("rsv_1", "ord_1", "A-1"), *second)
    assert violation.certainty == "definite"
    assert violation.message == "Reservation rsv_1 was charged 2 times: by pay-of-rsv_1 and pay-2."
    first = bought("rsv_1", "ord_1", "A-1")
    assert violation.witness == {
        "reservations": ["rsv_1"],
        "intents": ["pay-of-rsv_1", "pay-2"],
        "users": ["somebody", "user-of-rsv_1"],
        "calls": [shown(first[1]), shown(first[2]), shown(second[0]), shown(second[1])],
    }


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([charge("pay-2", 350, **denied("PAYMENT_FAILED"))], []),
        ([charge("pay-2", 350, **denied("RATE_LIMITED"))], []),
        ([charge("pay-2", 350, **lost()), payment_read("pay-2", "PENDING", 360)], []),
        ([charge("pay-2", 350, **lost()), payment_read("pay-2", "PENDING", 359)], ["possible"]),
        ([], []),
        ([charge("pay-2", 350), void("pay-2", 400)], []),
        ([charge("pay-2", 350), payment_read("pay-2", "REFUNDED", 900)], []),
        ([charge("pay-2", 350, **lost())], ["possible"]),
        ([charge("pay-2", 350, "PROCESSING")], ["possible"]),
        ([charge("pay-2", 350, **lost()), payment_read("pay-2", "PENDING", 900)], []),
        ([charge("pay-2", 350, **lost()), payment_read("pay-2", "PENDING", 352)], ["possible"]),
        ([charge("pay-2", 350, **lost()), payment_read("pay-2", "", 900, **lost())], ["possible"]),
        ([charge("pay-2", 350, **lost()), payment_read("pay-2", "COMPLETED", 900)], ["definite"]),
    ],
    ids=[
        "the other card failed",
        "told to come later",
        "read when the answer was due",
        "read just before",
        "opened and left",
        "voided",
        "refunded",
        "never answered",
        "under way",
        "read as not charged",
        "read too early",
        "read without an answer",
        "read as charged",
    ],
)
def test_a_second_payment_is_weighed_by_what_became_of_it(claims: list[Claim], expected: list[str]) -> None:
    """Only a second completed payment takes the money twice."""
    second = intent("rsv_1", "pay-2", 300)
    violations = found(charged_twice.RULE, *bought("rsv_1", "ord_1", "A-1"), second, *claims)
    assert [each.certainty for each in violations] == expected


def test_one_intent_with_two_payment_ids_is_caught() -> None:
    """A repeated charge has to bring the first payment again."""
    again = charge("pay-of-rsv_1", 120, payment="txn-other")
    (violation,) = found(charged_twice.RULE, *bought("rsv_1", "ord_1", "A-1"), again)
    assert violation.certainty == "definite"
    assert violation.message == "Intent pay-of-rsv_1 was charged 2 times: as txn-of-pay-of-rsv_1 and txn-other."
    assert violation.witness["payments"] == ["txn-of-pay-of-rsv_1", "txn-other"]


def test_a_replayed_charge_is_a_near_miss() -> None:
    """The same payment id twice is one payment, and so is another that was refused."""
    first = bought("rsv_1", "ord_1", "A-1")
    assert found(charged_twice.RULE, *first, charge("pay-of-rsv_1", 120)) == []
    refused = charge("pay-of-rsv_1", 120, payment="txn-other", **denied("FAILED_PRECONDITION"))
    assert found(charged_twice.RULE, *first, refused) == []


def test_what_may_have_been_charged_twice_is_said_so() -> None:
    second = [intent("rsv_1", "pay-2", 300), charge("pay-2", 350, **lost())]
    (violation,) = found(charged_twice.RULE, *bought("rsv_1", "ord_1", "A-1"), *second)
    assert violation.message == "Reservation rsv_1 may have been charged 2 times: by pay-of-rsv_1 and pay-2."


def test_two_charges_that_were_never_answered_are_a_near_miss() -> None:
    """Nobody is known to have paid even once."""
    claims = [each for name in ("pay-1", "pay-2") for each in (intent("rsv_1", name, 0), charge(name, 50, **lost()))]
    assert found(charged_twice.RULE, hold("rsv_1", "A-1", 0), *claims) == []


def test_an_answer_without_a_payment_id_and_an_intent_that_was_voided_are_near_misses() -> None:
    first, name = bought("rsv_1", "ord_1", "A-1"), "pay-of-rsv_1"
    assert found(charged_twice.RULE, *first, charge(name, 120, payment="")) == []
    assert found(charged_twice.RULE, *first, charge(name, 120, payment="txn-other"), void(name, 300)) == []
