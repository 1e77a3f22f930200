"""One key, one body, one answer: at the keeper itself, and at every method that takes a key."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalogue import METHODS
from contracts.messages import queue_pb2, reservation_pb2, webhook_pb2
from fakes.expiring import Expiring
from fakes.faults import Faults
from fakes.idempotency import fingerprint
from tests.unit.ticket_desk import EVENT, SHORT, Desk

KEYED = sorted(
    next(short for short, full in SHORT.items() if full == method.service) + "/" + method.short
    for method in METHODS.values()
    if method.takes_key
)


def wishes(desk: Desk) -> dict[str, dict[str, Any]]:
    """For each method with a key a request that succeeds."""
    held = [desk.reserve(f"u{n}").reservation_id for n in range(8)]
    paid = [desk.pay(held[n], f"u{n}") for n in (0, 1, 2)]
    intents = [desk.intent(held[n], f"u{n}") for n in (3, 4)]
    desk.do("inventory/ReserveSeat", reservation_id="rsv_own", event_id=EVENT, quantity=1, user_id="own")

    def mine(n: int) -> dict[str, Any]:
        return {"reservation_id": held[n], "user_id": f"u{n}"}

    def new(user: str) -> dict[str, Any]:
        return {"event_id": EVENT, "user_id": user, "quantity": 1, "reservation_token": desk.admit(user)}

    return {
        "gateway/CreateReservation": new("v1"),
        "gateway/ConfirmReservation": mine(0) | {"payment_intent_id": paid[0]},
        "gateway/CancelReservation": mine(5),
        "gateway/CreatePaymentIntent": mine(6),
        "reservation/CreateReservation": new("v2"),
        "reservation/ConfirmReservation": mine(1) | {"payment_intent_id": paid[1]},
        "reservation/CancelReservation": mine(7),
        "reservation/ExtendHold": mine(3),
        "inventory/ReserveSeat": {"reservation_id": "rsv_new", "event_id": EVENT, "quantity": 1, "user_id": "w"},
        "inventory/CommitReservation": mine(2) | {"payment_intent_id": paid[2]},
        "inventory/ReleaseHold": {"reservation_id": "rsv_own"},
        "payment/CreatePaymentIntent": mine(4),
        "payment/ProcessPayment": {"payment_intent_id": intents[0]},
        "payment/CancelPayment": {"payment_intent_id": intents[1]},
    }


def state(desk: Desk) -> tuple[object, ...]:
    """What a repeated request must not change."""
    platform = desk.platform
    return platform.ledger.counts(EVENT), len(platform.reservations), len(platform.payments), platform.payments.money


def test_the_requests_below_cover_every_method_with_a_key() -> None:
    assert sorted(wishes(Desk())) == KEYED


@pytest.mark.parametrize("name", KEYED)
def test_the_same_key_and_body_gets_the_same_answer_and_does_nothing_twice(name: str) -> None:
    desk = Desk()
    wish = wishes(desk)[name] | {"idempotency_key": desk.key()}
    first = desk.do(name, **wish)
    before = state(desk)
    desk.time.advance(0.5)
    assert desk.do(name, **wish) == first
    assert state(desk) == before


@pytest.mark.parametrize("name", KEYED)
def test_a_key_is_required_well_formed_and_bound_to_its_request(name: str) -> None:
    desk = Desk()
    wish, other = wishes(desk)[name], wishes(Desk(seed=8))[name]
    assert desk.refused(name, **wish | {"idempotency_key": ""}) == (
        "IDEMPOTENCY_REQUIRED",
        "this call changes something: send a UUIDv4 as idempotency_key",
    )
    for bad in ("1", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", desk.key() + "0"):
        assert desk.refused(name, **wish | {"idempotency_key": bad}) == (
            "INVALID_ARGUMENT",
            f"idempotency_key must be a UUIDv4, not {bad!r}",
        )
    key = desk.key()
    desk.do(name, **wish, idempotency_key=key)
    changed = other if other != wish else wish | {"quantity": 2}
    assert desk.refused(name, **changed | {"idempotency_key": key}) == (
        "IDEMPOTENCY_CONFLICT",
        f"idempotency_key {key} was used with another request",
    )


def test_one_key_at_two_methods_is_a_conflict() -> None:
    desk = Desk()
    wish = {"reservation_id": desk.reserve().reservation_id, "user_id": "ann", "idempotency_key": desk.key()}
    desk.do("reservation/ExtendHold", **wish)
    assert desk.refused("reservation/CancelReservation", **wish)[0] == "IDEMPOTENCY_CONFLICT"


def test_the_case_of_a_key_does_not_matter() -> None:
    desk = Desk()
    wish = {"reservation_id": desk.reserve().reservation_id, "user_id": "ann"}
    key = "9B2D1C34-6F0A-4E8B-A1C2-0D3E4F5A6B7C"
    first = desk.do("reservation/ExtendHold", **wish, idempotency_key=key)
    request = wish | {"idempotency_key": key}
    assert desk.do("reservation/ExtendHold", **request) == first


def test_a_refusal_by_the_rules_is_repeated_and_a_transient_one_is_not() -> None:
    """A taken seat stays taken under one key, even when it became free; maintenance says nothing about a request."""
    desk = Desk()
    held = desk.reserve("ben", seat_ids=["A-1"]).reservation_id
    wish = {"event_id": EVENT, "user_id": "ann", "seat_ids": ["A-1"], "reservation_token": desk.admit()}
    key = desk.key()
    refusal = desk.ask("reservation/CreateReservation", **wish, idempotency_key=key)
    desk.do("reservation/CancelReservation", reservation_id=held, user_id="ben")
    assert desk.ask("reservation/CreateReservation", **wish, idempotency_key=key) == refusal
    fresh = desk.key()
    desk.platform.controls.maintenance = True
    assert desk.refused("reservation/CreateReservation", **wish, idempotency_key=fresh)[0] == "UNAVAILABLE"
    desk.platform.controls.maintenance = False
    desk.do("reservation/CreateReservation", **wish, idempotency_key=fresh)


def test_a_key_is_forgotten_after_300_s() -> None:
    desk = Desk()
    wish = {"reservation_id": "rsv_1", "event_id": EVENT, "quantity": 1, "user_id": "ann"}
    key = desk.key()
    first = desk.do("inventory/ReserveSeat", **wish, idempotency_key=key)
    desk.time.advance(299.9)
    assert desk.do("inventory/ReserveSeat", **wish, idempotency_key=key) == first
    desk.time.advance(0.1)
    assert desk.refused("inventory/ReserveSeat", **wish, idempotency_key=key)[0] == "ALREADY_EXISTS"
    assert len(desk.platform.idempotency) == 1


class Forgetful(Faults):
    """Takes every repeated key for a new one."""

    def forget_key(self, key: str, age_s: float, life_s: float) -> bool:
        return True


def test_a_forgotten_key_does_its_work_again() -> None:
    desk = Desk(faults=Forgetful())
    reservation = desk.reserve().reservation_id
    wish = {"reservation_id": reservation, "user_id": "ann", "idempotency_key": desk.key()}
    intents = {desk.do("payment/CreatePaymentIntent", **wish).payment_intent_id for _ in "12"}
    assert len(intents) == 2


def test_the_order_of_map_entries_does_not_make_another_request() -> None:
    data = [
        webhook_pb2.PaymentWebhookData(metadata=dict(pairs))
        for pairs in ([("a", "1"), ("b", "2")], [("b", "2"), ("a", "1")])
    ]
    assert fingerprint("m", data[0]) == fingerprint("m", data[1])


def test_the_method_is_part_of_the_request() -> None:
    request = queue_pb2.LeaveQueueRequest(waiting_token="w")
    assert fingerprint("a", request) != fingerprint("b", request)
    assert fingerprint("a", request) != fingerprint("a", reservation_pb2.ExtendHoldRequest(reservation_id="x"))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20)), max_size=60), st.integers(1, 30))
def test_an_expiring_mapping_equals_a_list_of_ends(steps: list[tuple[int, int]], life: int) -> None:
    """What is put is there until its end and not after it, and what has died does not pile up."""
    memory: Expiring[int, int] = Expiring()
    now, ends = 0.0, dict[int, tuple[float, int]]()
    for number, (key, gap) in enumerate(steps):
        now += gap
        memory.put(now, key, number, life)
        ends[key] = (now + life, number)
        for known, (end, value) in ends.items():
            assert memory.get(now, known) == (value if now < end else None)
            assert memory.get(end, known) is None
        assert len(memory) == sum(now < end for end, _ in ends.values())
    assert memory.clear() == sum(now < end for end, _ in ends.values())
