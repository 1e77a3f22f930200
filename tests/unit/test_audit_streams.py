"""The rules about streams: stream_silent, stream_out_of_order, stream_ended_early."""

from __future__ import annotations

from typing import Any

import pytest

from reports.audit import stream_ended_early, stream_out_of_order, stream_silent
from reports.audit.finding import Violation
from tacorush.evidence.records import Claim
from tests.unit.told_claims import at, cancel, charge, claim, found, lost, payment_read, read, sale, shown

LEFT = {"code": "HUNG_UP"}
OF_PAYMENT = {"reservation": "", "intent": "pay_1", "user": "ann"}


def stream(until_ms: float, **fields: Any) -> Claim:
    """A stream of one reservation that began at 0."""
    usual: dict[str, Any] = {"reservation": "rsv_1", "user": "ann", "event": "", "trace": "stream-1"}
    return claim("stream", 0, until_ms, **(usual | fields))


def update(status: str, ms: float, **fields: Any) -> Claim:
    """One message of that stream."""
    usual: dict[str, Any] = {"reservation": "rsv_1", "user": "ann", "event": "", "trace": "stream-1", "status": status}
    return claim("update", 0, ms, **(usual | fields))


SOLD = sale("rsv_1", "ord_1", "", 200)
"""Answered at 210 ms."""
PAID = charge("pay_1", 200)


def silent(*claims: Claim) -> list[Violation]:
    return found(stream_silent.RULE, *claims)


def test_stream_silent_caught() -> None:
    whole, last = stream(3210, **LEFT), update("HOLD", 20)
    (violation,) = silent(whole, update("PENDING", 10), last, SOLD, read("rsv_1", "CONFIRMED", 300))
    assert (violation.certainty, violation.message) == (
        "definite",
        "The stream of reservation rsv_1 told HOLD last, though it was CONFIRMED and the stream was open for another "
        "3.0 s.",
    )
    assert violation.witness == {
        "reservations": ["rsv_1"],
        "users": ["ann"],
        "calls": [shown(last), shown(whole), shown(SOLD)],
    }


def test_a_silent_stream_of_a_payment_is_caught() -> None:
    whole, last = stream(9000, **LEFT, **OF_PAYMENT), update("PROCESSING", 20, **OF_PAYMENT)
    (violation,) = silent(whole, last, PAID)
    assert violation.message.startswith("The stream of payment pay_1 told PROCESSING last, though it was COMPLETED and")
    assert violation.witness["intents"] == ["pay_1"]
    assert violation.witness["calls"] == [shown(last), shown(whole), shown(PAID)]


def test_a_stream_that_never_told_anything_is_caught() -> None:
    (violation,) = silent(stream(9000, **LEFT), read("rsv_1", "HOLD", 100))
    assert "told nothing last, though it was HOLD and" in violation.message


@pytest.mark.parametrize(
    "said",
    [cancel("rsv_1", 200), read("rsv_1", "EXPIRED", 200), sale("rsv_1", "ord_1", "", 200, status="")],
    ids=["a cancellation", "a read", "an order without a status"],
)
def test_any_answer_that_says_how_far_it_has_come_counts(said: Claim) -> None:
    assert len(silent(stream(9000, **LEFT), update("HOLD", 20), said)) == 1


@pytest.mark.parametrize(
    "said",
    [
        payment_read("pay_1", "REFUNDED", 200),
        payment_read("pay_1", "FAILED", 200, effect="did_not", code="PAYMENT_FAILED"),
    ],
    ids=["given back", "failed"],
)
def test_any_answer_about_a_payment_counts(said: Claim) -> None:
    assert len(silent(stream(9000, **LEFT, **OF_PAYMENT), update("PROCESSING", 20, **OF_PAYMENT), said)) == 1


@pytest.mark.parametrize(
    "claims",
    [
        (stream(9000, **LEFT), update("HOLD", 20), update("CONFIRMED", 8999), SOLD),
        (stream(3209.9, **LEFT), update("HOLD", 20), SOLD),
        (stream(9000, code="CONNECTION_LOST", effect="may_have"), update("HOLD", 20), SOLD),
        (stream(9000), update("HOLD", 20), SOLD),
        (stream(9000, **LEFT), update("HOLD", 20), sale("rsv_1", "", "", 200, **lost())),
        (stream(9000, **LEFT), update("HOLD", 20), read("rsv_1", "HOLD", 200)),
        (stream(9000, **LEFT), update("HOLD", 20), read("rsv_1", "", 200, code="NOT_FOUND", effect="may_have")),
        (stream(9000, **LEFT), update("HOLD", 20), sale("rsv_2", "ord_1", "", 200)),
        (stream(9000, reservation="", shown="w1", **LEFT), update("", 20, reservation="", shown="w1"), SOLD),
        (update("HOLD", 20), SOLD),
    ],
    ids=[
        "told in the end",
        "left a moment too early",
        "the connection was lost",
        "ended by the platform",
        "perhaps confirmed",
        "still held",
        "not found",
        "another reservation",
        "a stream of the queue",
        "a stream of which nobody knows how it ended",
    ],
)
def test_stream_silent_near_miss(claims: tuple[Claim, ...]) -> None:
    assert silent(*claims) == []


def test_stream_out_of_order_caught() -> None:
    first, second = update("CONFIRMED", 20, expires_ns=at(9000)), update("HOLD", 30)
    (violation,) = found(stream_out_of_order.RULE, update("HOLD", 10), first, second)
    assert (violation.certainty, violation.message) == (
        "definite",
        "The stream of reservation rsv_1 told HOLD after CONFIRMED.",
    )
    assert violation.witness == {
        "reservations": ["rsv_1"],
        "users": ["ann"],
        "calls": [shown(first), shown(second)],
    }


def test_each_update_that_is_behind_is_one_violation() -> None:
    told = [
        update(word, ms, **OF_PAYMENT) for ms, word in enumerate(["PROCESSING", "PENDING", "COMPLETED", "PROCESSING"])
    ]
    first, second = found(stream_out_of_order.RULE, *told)
    assert first.message == "The stream of payment pay_1 told PENDING after PROCESSING."
    assert second.message == "The stream of payment pay_1 told PROCESSING after COMPLETED."
    assert second.witness["intents"] == ["pay_1"]


def place(number: int, ms: float, stated_ms: float | None, **fields: Any) -> Claim:
    stated = 0 if stated_ms is None else at(stated_ms)
    return update("WAITING", ms, reservation="", shown="w1", position=number, stated_ns=stated, **fields)


def test_a_place_that_comes_behind_a_newer_one_is_caught() -> None:
    newer, older = place(3, 10, 8), place(7, 20, 5)
    (violation,) = found(stream_out_of_order.RULE, newer, older)
    assert violation.message == "The stream of waiting token w1 told place 7 after place 3."
    assert violation.witness == {"users": ["ann"], "calls": [shown(newer), shown(older)]}


@pytest.mark.parametrize(
    "claims",
    [
        (update("HOLD", 10), update("CONFIRMED", 20), update("CONFIRMED", 30), update("REFUNDED", 40)),
        (update("CONFIRMED", 10), update("HOLD", 20, trace="stream-2")),
        (update("CONFIRMED", 10), update("HOLD", 20, reservation="rsv_2")),
        (update("CONFIRMED", 10), update("UNSPECIFIED", 20)),
        (update("COMPLETED", 10, **OF_PAYMENT), update("FAILED", 20, **OF_PAYMENT)),
        (place(3, 10, 8), place(7, 20, 9)),
        (place(3, 10, 8), place(3, 20, 5)),
        (place(7, 10, 8), place(3, 20, 5)),
        (place(3, 10, 8), place(7, 20, None)),
        (place(3, 10, None), place(7, 20, 8)),
    ],
    ids=[
        "in order",
        "of another stream",
        "of another reservation",
        "no word",
        "neither comes before the other",
        "a place that truly rose",
        "the same place",
        "a place that fell",
        "no time",
        "no time before",
    ],
)
def test_stream_out_of_order_near_miss(claims: tuple[Claim, ...]) -> None:
    assert found(stream_out_of_order.RULE, *claims) == []


@pytest.mark.incident("stream-ends-early")
def test_stream_ended_early_caught() -> None:
    whole, told = stream(500), update("HOLD", 10)
    (violation,) = found(stream_ended_early.RULE, whole, told)
    assert (violation.certainty, violation.message) == (
        "definite",
        "The stream of reservation rsv_1 was ended by the platform with OK when it had told HOLD.",
    )
    assert violation.witness == {"reservations": ["rsv_1"], "users": ["ann"], "calls": [shown(told), shown(whole)]}


def test_a_stream_of_a_payment_that_ends_with_nothing_told_is_caught() -> None:
    whole = stream(500, **OF_PAYMENT)
    (violation,) = found(stream_ended_early.RULE, whole)
    assert (
        violation.message == "The stream of payment pay_1 was ended by the platform with OK when it had told nothing."
    )
    assert violation.witness == {"intents": ["pay_1"], "users": ["ann"], "calls": [shown(whole)]}


@pytest.mark.incident("stream-ends-early")
@pytest.mark.parametrize(
    "claims",
    [
        (stream(500), update("HOLD", 10), update("CANCELLED", 20)),
        (stream(500, **LEFT), update("HOLD", 10)),
        (stream(500, code="UNAVAILABLE"), update("HOLD", 10)),
        (stream(500, reservation="", shown="w1"),),
    ],
    ids=["it had come to its end", "left by the harness", "ended with an error", "a stream of the queue"],
)
def test_stream_ended_early_near_miss(claims: tuple[Claim, ...]) -> None:
    assert found(stream_ended_early.RULE, *claims) == []


def test_answers_are_no_messages_of_a_stream() -> None:
    """What they contradict is judged by `read_back_differs`."""
    both = [read("rsv_1", "CONFIRMED", 200), read("rsv_1", "HOLD", 300)]
    assert found(stream_out_of_order.RULE, *both) == []
