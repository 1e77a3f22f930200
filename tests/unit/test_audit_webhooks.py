"""The rules about webhooks: webhook_lost, webhook_twice, webhook_forged, webhook_contradicts."""

from __future__ import annotations

from typing import Any

import pytest

from reports.audit import webhook_contradicts, webhook_forged, webhook_lost, webhook_twice
from reports.audit.history import Mailbox
from tacorush.evidence.records import Claim
from tests.unit.told_claims import MS, at, charge, denied, found, intent, lost, payment_read, shown, webhook

URL = ("http://127.0.0.1:1/webhooks/payments",)
OPENED = intent("rsv_1", "pay_1", 0, wanted=URL)
PAID = charge("pay_1", 100)
CAME = webhook("pay_1", "COMPLETED", 300)
FORGED: dict[str, Any] = {"outcome": "failed", "effect": "did_not", "code": "FORGED"}


def listening(until_ms: float = 35_110, came: int = 1) -> Mailbox:
    """A mailbox that was open for 35 s after PAID was answered, to the millisecond."""
    return Mailbox(at(until_ms), 35_000 * MS, came)


def test_webhook_lost_caught() -> None:
    (violation,) = found(webhook_lost.RULE, OPENED, PAID, mailbox=listening())
    assert (violation.certainty, violation.message) == (
        "definite",
        "Payment pay_1 was COMPLETED, and no webhook told of it in 35.0 s.",
    )
    assert violation.witness == {
        "reservations": ["rsv_1"],
        "intents": ["pay_1"],
        "users": ["somebody"],
        "calls": [shown(OPENED), shown(PAID)],
    }


def test_a_mailbox_to_which_nothing_came_at_all_may_be_out_of_reach() -> None:
    (violation,) = found(webhook_lost.RULE, OPENED, PAID, mailbox=listening(came=0))
    assert violation.certainty == "possible"


@pytest.mark.parametrize(
    "settled",
    [payment_read("pay_1", "COMPLETED", 100), charge("pay_1", 100, "FAILED"), payment_read("pay_1", "FAILED", 100)],
    ids=["read as paid", "failed", "read as failed"],
)
def test_a_payment_is_settled_by_any_answer_that_says_so(settled: Claim) -> None:
    (violation,) = found(webhook_lost.RULE, OPENED, settled, mailbox=listening())
    assert violation.witness["calls"][-1] == shown(settled)


def test_the_first_answer_that_says_so_counts() -> None:
    later = payment_read("pay_1", "COMPLETED", 30_000)
    (violation,) = found(webhook_lost.RULE, OPENED, later, PAID, mailbox=listening())
    assert violation.witness["calls"] == [shown(OPENED), shown(PAID)]


@pytest.mark.parametrize(
    ("claims", "mailbox"),
    [
        ((OPENED, PAID, CAME), listening()),
        ((OPENED, PAID, webhook("pay_1", "REFUNDED", 300)), listening()),
        ((OPENED, PAID), None),
        ((OPENED, PAID), listening(35_109)),
        ((intent("rsv_1", "pay_1", 0), PAID), listening()),
        ((intent("rsv_1", "pay_1", 0, wanted=URL, **denied()), PAID), listening()),
        ((OPENED, charge("pay_1", 100, "PROCESSING")), listening()),
        ((OPENED, charge("pay_1", 100, **lost())), listening()),
        ((OPENED,), listening()),
    ],
    ids=[
        "told",
        "told of what came after",
        "nobody listened",
        "the mailbox closed a millisecond too early",
        "nobody asked to be told",
        "the opening was refused",
        "not settled yet",
        "perhaps settled",
        "never paid",
    ],
)
def test_webhook_lost_near_miss(claims: tuple[Claim, ...], mailbox: Mailbox | None) -> None:
    assert found(webhook_lost.RULE, *claims, mailbox=mailbox) == []


@pytest.mark.parametrize(
    "told",
    [
        webhook("pay_1", "COMPLETED", 300, **FORGED),
        webhook("pay_1", "PENDING", 300),
        webhook("pay_2", "COMPLETED", 300),
    ],
    ids=["forged", "not of its end", "of another payment"],
)
def test_a_webhook_that_does_not_tell_of_the_end_is_none(told: Claim) -> None:
    assert len(found(webhook_lost.RULE, OPENED, PAID, told, mailbox=listening())) == 1


def test_webhook_twice_caught() -> None:
    first = webhook("pay_1", "COMPLETED", 300, attempt=1, reservation="rsv_1")
    again = webhook("pay_1", "COMPLETED", 310, attempt=1, reservation="rsv_1")
    (violation,) = found(webhook_twice.RULE, OPENED, PAID, first, again)
    assert (violation.certainty, violation.message) == (
        "definite",
        "Payment pay_1 was told as COMPLETED again after it was acknowledged (event whk-of-pay_1, attempt 1).",
    )
    assert violation.witness == {
        "reservations": ["rsv_1"],
        "intents": ["pay_1"],
        "calls": [shown(first), shown(again)],
    }


@pytest.mark.parametrize("fields", [{"attempt": 0}, {"attempt": 1, "trace": ""}], ids=["no attempt", "no event"])
def test_where_attempts_or_events_are_not_told_it_is_possible(fields: dict[str, Any]) -> None:
    both = [webhook("pay_1", "COMPLETED", ms, **fields) for ms in (300, 400)]
    (violation,) = found(webhook_twice.RULE, *both)
    assert (violation.certainty, violation.message) == (
        "possible",
        "Payment pay_1 may have been told as COMPLETED again after it was acknowledged (without saying which attempt "
        "it is).",
    )
    assert violation.witness["calls"] == [shown(each) for each in both]


def test_an_event_told_three_times_is_one_violation() -> None:
    told = [webhook("pay_1", "COMPLETED", ms, attempt=1) for ms in (300, 400, 500)]
    assert len(found(webhook_twice.RULE, *told)) == 1


@pytest.mark.parametrize(
    "second",
    [
        webhook("pay_1", "COMPLETED", 1300, attempt=2),
        webhook("pay_1", "COMPLETED", 309.9, attempt=1),
        webhook("pay_1", "REFUNDED", 1300, attempt=1),
        webhook("pay_1", "COMPLETED", 1300, attempt=1, trace="whk_2"),
        webhook("pay_2", "COMPLETED", 1300, attempt=1, trace="whk-of-pay_1"),
        webhook("pay_1", "COMPLETED", 1300, attempt=1, **FORGED),
    ],
    ids=[
        "the next attempt",
        "begun before the answer",
        "what came after",
        "another event",
        "another payment",
        "forged",
    ],
)
def test_webhook_twice_near_miss(second: Claim) -> None:
    """A platform that did not get our answer must try again, and says so."""
    assert found(webhook_twice.RULE, webhook("pay_1", "COMPLETED", 300, attempt=1), second) == []


def test_webhook_forged_caught() -> None:
    forged = [webhook("pay_1", "COMPLETED", ms, **FORGED) for ms in (300, 1300)]
    (violation,) = found(webhook_forged.RULE, OPENED, *forged, CAME)
    assert (violation.certainty, violation.message) == (
        "definite",
        "A webhook told that payment pay_1 is COMPLETED, and its signature is wrong.",
    )
    assert violation.witness == {
        "reservations": ["rsv_1"],
        "intents": ["pay_1"],
        "calls": [shown(OPENED), *(shown(each) for each in forged)],
    }


def test_two_forged_events_of_one_payment_are_two_violations() -> None:
    forged = [webhook("pay_1", "", ms, trace=f"whk_{ms}", **FORGED) for ms in (300, 1300)]
    first, second = found(webhook_forged.RULE, OPENED, *forged)
    assert first.message == "A webhook told that payment pay_1 is there, and its signature is wrong."
    assert (first.witness["calls"][1:], second.witness["calls"][1:]) == ([shown(forged[0])], [shown(forged[1])])


@pytest.mark.parametrize(
    "claims",
    [
        (OPENED, CAME),
        (OPENED, webhook("pay_9", "COMPLETED", 300, **FORGED)),
        (intent("rsv_1", "pay_1", 0, **denied()), webhook("pay_1", "COMPLETED", 300, **FORGED)),
        (OPENED, webhook("pay_1", "", 300, **(FORGED | {"code": "UNREADABLE"}))),
    ],
    ids=["genuine", "of a payment that nobody opened", "of one that was refused", "unreadable"],
)
def test_webhook_forged_near_miss(claims: tuple[Claim, ...]) -> None:
    """A stranger may post what he likes to an open port."""
    assert found(webhook_forged.RULE, *claims) == []


@pytest.mark.parametrize(
    ("said", "word"),
    [(PAID, "FAILED"), (payment_read("pay_1", "FAILED", 100), "COMPLETED"), (charge("pay_1", 900), "FAILED")],
    ids=["a charge", "a read", "a charge that was answered later"],
)
def test_webhook_contradicts_caught(said: Claim, word: str) -> None:
    told = webhook("pay_1", word, 300)
    (violation,) = found(webhook_contradicts.RULE, OPENED, said, told, payment_read("pay_1", said.status, 5000))
    assert (violation.certainty, violation.message) == (
        "definite",
        f"A webhook told that payment pay_1 is {word}, and the platform says that it is {said.status}.",
    )
    assert violation.witness["reservations"] == ["rsv_1"]
    assert (violation.witness["intents"], violation.witness["users"]) == (["pay_1"], ["somebody"])
    chain = sorted([told, said], key=lambda each: each.sent_ns)
    if said.action == "charge":
        assert violation.witness["calls"] == [shown(each) for each in chain]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (PAID, CAME),
        (payment_read("pay_1", "PENDING", 100), CAME),
        (PAID, webhook("pay_1", "REFUNDED", 300)),
        (payment_read("pay_1", "CANCELLED", 900), CAME),
        (charge("pay_1", 100, **lost()), webhook("pay_1", "FAILED", 300)),
        (PAID, webhook("pay_1", "FAILED", 300, **FORGED)),
        (PAID, webhook("pay_2", "FAILED", 300)),
    ],
    ids=["the same", "before it had settled", "given back", "cancelled", "never answered", "forged", "of another"],
)
def test_webhook_contradicts_near_miss(said: Claim, told: Claim) -> None:
    assert found(webhook_contradicts.RULE, OPENED, said, told) == []
