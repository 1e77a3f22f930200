"""The rule wrong_total: what a reservation costs is what its seats cost, and that is what is paid."""

from __future__ import annotations

from typing import Any

import pytest

from reports.audit import audit, wrong_total
from reports.audit.history import History
from tacorush.evidence.records import Claim
from tests.unit.told_claims import EVENT, cancel, found, hold, intent, lost, payment_read, read, sale, shown

KRW: dict[str, Any] = {"currency": "KRW"}


def priced(amount: int, worth: int = 0, **fields: Any) -> Claim:
    """A hold of two seats with a total and, where told, what the seats cost."""
    return hold("rsv_1", "A-1 A-2", 0, amount=amount, worth=worth, **(KRW | fields))


def seen(word: str, ms: float, amount: int, **fields: Any) -> Claim:
    """A read of the reservation with a total."""
    return read("rsv_1", word, ms, amount=amount, **(KRW | fields))


FAIR = hold("rsv_0", "B-1", 0, amount=75_000, worth=75_000, **KRW)
"""Another reservation, whose total is what its seat costs: the platform puts no fee into every total."""


def rung(*claims: Claim) -> dict[str, int]:
    """The rules of the whole audit that found something, and how much."""
    reports = audit(History.of(claims))
    assert [report.error for report in reports if report.error] == []
    return {each.rule.name: sum(it.count for it in each.violations) for each in reports if each.violations}


@pytest.mark.incident("wrong-total")
def test_a_total_with_a_fee_in_it_is_caught() -> None:
    """Every read repeats it; it is one reservation."""
    claims = [priced(155_000, 150_000), seen("HOLD", 300, 155_000, worth=150_000)]
    assert rung(FAIR, *claims) == {"wrong_total": 1}
    (violation,) = found(wrong_total.RULE, FAIR, *claims)
    assert violation.certainty == "definite"
    assert violation.message == ("Reservation rsv_1 is said to cost 155,000 KRW, its seats 150,000 in the same answer.")
    assert violation.witness == {
        "event": EVENT,
        "seats": ["A-1", "A-2"],
        "reservations": ["rsv_1"],
        "users": ["user-of-rsv_1"],
        "calls": [shown(claims[0])],
    }


@pytest.mark.incident("wrong-total")
def test_a_price_that_went_up_before_the_hold_is_a_near_miss() -> None:
    """Total and seats agree in the answer that counts: it stays possible that the price was changed in time."""
    told = priced(155_000, 155_000, quoted=150_000)
    (violation,) = found(wrong_total.RULE, told)
    assert violation.certainty == "possible"
    assert violation.message == "Reservation rsv_1 is said to cost 155,000 KRW, its seats were shown for 150,000."
    assert rung(priced(150_000, 150_000, quoted=150_000), seen("CONFIRMED", 300, 150_000)) == {}


@pytest.mark.incident("wrong-total")
def test_a_fee_that_every_total_has_in_it_is_a_near_miss() -> None:
    """A booking fee stands at no seat, neither in the answer nor where the seats were shown; it must stay."""
    other = hold("rsv_2", "B-1", 0, amount=76_000, worth=75_000, **KRW)
    third = hold("rsv_3", "B-2", 0, amount=76_000, quoted=75_000, **KRW)
    ended = read("rsv_3", "CANCELLED", 300, amount=0, worth=75_000, **KRW)
    claims = [priced(152_000, 150_000), seen("CONFIRMED", 300, 152_000, worth=150_000), other, third, ended]
    assert rung(*claims) == {}
    assert found(wrong_total.RULE, *claims) == []
    later = seen("CONFIRMED", 300, 153_000, worth=150_000)
    (violation,) = found(wrong_total.RULE, *claims, later)
    assert violation.message == "Reservation rsv_1 was said to cost 152,000 KRW, and later 153,000 KRW."


@pytest.mark.parametrize(
    "claims",
    [
        [priced(0, 150_000, currency="")],
        [priced(155_000)],
        [priced(155_000, 150_000, **lost())],
        [priced(150_000, 150_000), seen("CANCELLED", 300, 0, worth=150_000)],
        [priced(150_000, 150_000), seen("HOLD", 5, 155_000)],
        [priced(150_000, 150_000), seen("CONFIRMED", 300, 75_000, seats=("A-1",))],
        [priced(150_000, 150_000), seen("CONFIRMED", 300, 110, currency="USD")],
        [priced(150_000, 150_000), cancel("rsv_1", 100, amount=75_000, **KRW)],
        [intent("rsv_1", "pay-1", 50, amount=150_000, **KRW), payment_read("pay-1", "REFUNDED", 90, amount=0, **KRW)],
        [intent("rsv_1", "pay-1", 50, amount=150_000, **KRW), payment_read("pay-1", "COMPLETED", 90)],
        [
            intent("rsv_1", "pay-1", 50, amount=1, **(lost() | KRW)),
            payment_read("pay-1", "COMPLETED", 90, amount=2, **KRW),
        ],
    ],
    ids=[
        "no total",
        "no prices",
        "not answered",
        "a total of what has ended",
        "a read under way with the hold",
        "of other seats",
        "in another currency",
        "money given back",
        "a payment given back",
        "a payment without an amount",
        "a payment that nobody knows to be opened",
    ],
)
def test_what_is_not_told_or_is_another_thing_is_not_wrong(claims: list[Claim]) -> None:
    assert found(wrong_total.RULE, FAIR, *claims) == []
    assert rung(FAIR, *claims) == {}


def test_a_total_that_is_another_when_it_is_asked_for_again_is_caught() -> None:
    claims = [priced(150_000, 150_000), seen("HOLD", 300, 155_000)]
    (violation,) = found(wrong_total.RULE, *claims)
    assert (violation.certainty, violation.witness["calls"]) == ("definite", [shown(it) for it in claims])
    assert violation.message == "Reservation rsv_1 was said to cost 150,000 KRW, and later 155,000 KRW."
    assert rung(*claims) == {"wrong_total": 1}


def test_a_payment_of_another_amount_than_was_asked_for_is_caught() -> None:
    opened = intent("rsv_1", "pay-1", 50, amount=150_000, **KRW)
    paid = payment_read("pay-1", "COMPLETED", 90, amount=155_000, **KRW)
    (violation,) = found(wrong_total.RULE, priced(150_000), opened, paid)
    assert violation.certainty == "definite"
    assert violation.message == "Payment pay-1 was opened for 150,000 KRW and is one of 155,000 KRW."
    assert violation.witness["calls"] == [shown(opened), shown(paid)]
    assert violation.witness["intents"] == ["pay-1"]
    assert rung(priced(150_000), opened, paid) == {"wrong_total": 1}


def test_of_several_faults_the_one_that_is_certain_is_told() -> None:
    told = priced(155_000, 150_000, quoted=140_000)
    (violation,) = found(wrong_total.RULE, FAIR, told, seen("HOLD", 300, 160_000))
    assert (violation.certainty, violation.count) == ("definite", 1)


OPENED = intent("rsv_1", "pay-1", 50, amount=150_000)


@pytest.mark.parametrize(
    "claims",
    [
        [priced(150_000, 150_000, quoted=150_000), seen("HOLD", 300, 150_000)],
        [priced(150_000, 150_000), sale("rsv_1", "ord_1", "", 300, amount=155_000, **KRW)],
        [OPENED, payment_read("pay-1", "COMPLETED", 90, amount=150_000)],
        [OPENED, payment_read("pay-1", "COMPLETED", 90)],
        [intent("rsv_1", "pay-1", 50), payment_read("pay-1", "COMPLETED", 90, amount=150_000)],
    ],
    ids=["all agree", "a confirmation", "paid as asked", "paid without an amount", "opened without an amount"],
)
def test_amounts_that_agree_or_are_told_once_are_a_near_miss(claims: list[Claim]) -> None:
    assert found(wrong_total.RULE, *claims) == []


@pytest.mark.parametrize(
    "claims",
    [
        [priced(155_000, 150_000, currency="")],
        [priced(0, 150_000)],
        [priced(150_000), seen("HOLD", 300, 155_000, seats=("A-2", "A-1"))],
        [hold("rsv_1", "", 0, amount=150_000, **KRW), seen("HOLD", 300, 155_000, seats=("A-1",))],
        [priced(150_000, event=""), seen("HOLD", 300, 155_000)],
        [priced(150_000), seen("HOLD", 300, 155_000, event="")],
    ],
    ids=["without a currency", "of nothing", "in another order", "named later", "whose event is read", "held for it"],
)
def test_a_total_is_compared_as_far_as_it_is_told(claims: list[Claim]) -> None:
    (violation,) = found(wrong_total.RULE, FAIR, *claims)
    assert (violation.certainty, violation.witness["event"]) == ("definite", EVENT)
