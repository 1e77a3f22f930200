"""Incidents about idempotency keys do to a platform what they say, and count what came of it."""

from __future__ import annotations

from typing import Any

from fakes.incidents.planted import Planted
from tests.unit.ticket_desk import Desk


def desk_with(incident: str) -> tuple[Desk, Planted]:
    """A platform with one incident, which begins at once."""
    planted = Planted((incident,), 1, lambda: 0.0)
    return Desk(faults=planted), planted


def opened_twice(desk: Desk, after_s: float = 0.0, **other: Any) -> tuple[Any, Any]:
    """The answers to one opening of a payment, sent again with the same key after a while; `other` changes it."""
    wish = {"reservation_id": desk.reserve().reservation_id, "user_id": "ann", "idempotency_key": desk.key()}
    first = desk.do("payment/CreatePaymentIntent", **wish)
    desk.time.advance(after_s)
    return first, desk.ask("payment/CreatePaymentIntent", **wish | other)


def facts(planted: Planted) -> dict[str, int]:
    """What the incident counted, without what is 0."""
    ((_, counted),) = planted.facts().items()
    return {name: number for name, number in counted.items() if number}


def test_a_race_is_lost_within_its_milliseconds_and_no_later() -> None:
    desk, planted = desk_with("idempotency-race:p=1,ms=30")
    first, second = opened_twice(desk, after_s=0.02)
    assert first.payment_intent_id != second.payment_intent_id != ""
    assert facts(planted) == {"struck": 1, "keys_answered_otherwise": 1, "keys_done_twice": 1}
    first, second = opened_twice(desk_with("idempotency-race:p=1,ms=30")[0], after_s=0.031)
    assert first == second


def test_an_ignored_key_has_a_repetition_refused_that_finds_its_own_work_done() -> None:
    desk, planted = desk_with("key-ignored:p=1")
    reservation = desk.reserve().reservation_id
    intent = desk.intent(reservation)
    wish = {"payment_intent_id": intent, "idempotency_key": desk.key()}
    desk.do("payment/ProcessPayment", **wish)
    assert desk.refused("payment/ProcessPayment", **wish)[0] == "FAILED_PRECONDITION"
    assert facts(planted) == {"struck": 1, "keys_answered_otherwise": 1}


def test_a_repetition_that_brings_the_same_answer_is_not_counted_as_done_twice() -> None:
    desk, planted = desk_with("key-ignored:p=1")
    wish = {"reservation_id": "rsv_gone", "idempotency_key": desk.key()}
    assert desk.ask("inventory/ReleaseHold", **wish) == desk.ask("inventory/ReleaseHold", **wish)
    assert facts(planted) == {"struck": 1}


def test_a_key_is_forgotten_after_its_share_of_the_life_and_not_before() -> None:
    desk, planted = desk_with("key-forgotten:share=0.05")
    first, second = opened_twice(desk, after_s=15.1)
    assert first.payment_intent_id != second.payment_intent_id != ""
    assert facts(planted) == {"struck": 1, "keys_answered_otherwise": 1, "keys_done_twice": 1}
    first, second = opened_twice(desk_with("key-forgotten:share=0.05")[0], after_s=14.9)
    assert first == second


def test_an_accepted_conflict_serves_another_request_under_a_used_key_and_still_replays_the_same_one() -> None:
    desk, planted = desk_with("key-conflict-accepted")
    first, second = opened_twice(desk, scenario="PAYMENT_SCENARIO_DELAY")
    assert first.payment_intent_id != second.payment_intent_id != ""
    assert facts(planted) == {"struck": 1, "keys_answered_otherwise": 1, "keys_done_twice": 1}
    first, second = opened_twice(desk_with("key-conflict-accepted")[0])
    assert first == second


def test_a_missing_key_is_accepted_as_often_as_it_is_missing() -> None:
    desk, planted = desk_with("key-missing-accepted")
    reservation = desk.reserve().reservation_id
    intents = {desk.intent(reservation, idempotency_key="") for _ in range(3)}
    assert len(intents) == 3
    assert desk.refused("payment/CreatePaymentIntent", reservation_id="no", user_id="ann", idempotency_key="")
    assert facts(planted) == {"struck": 4, "done_without_key": 3}
