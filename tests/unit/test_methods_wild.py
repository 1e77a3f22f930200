"""Whatever a client sends, every method answers: in words, under a trace, and never with an exception."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.descriptor import FieldDescriptor

from contracts.catalogue import METHODS
from tests.unit.ticket_desk import EVENT, SHORT, Desk

if TYPE_CHECKING:
    from google.protobuf.message import Message

UNARY = sorted(method.name for method in METHODS.values() if not method.streams)
NUMBERS = (0, 1, 2, 5, 11, 99, -1, 2**31 - 1, -(2**31))
TEXTS = ("", "x", "A-1", "true", "-1", "é" * 300, "VIP-1-1", EVENT)


def fill(message: Message, chance: Random, known: dict[str, list[str]]) -> None:
    """Sets about two thirds of the fields: to values that exist somewhere, or to extremes."""
    fields: Any = message.DESCRIPTOR.fields
    for field in fields:
        if chance.random() < 0.33:
            continue
        if field.type == FieldDescriptor.TYPE_MESSAGE and field.message_type.GetOptions().map_entry:
            getattr(message, field.name)[chance.choice(["replicas", "service", "off", "event_id"])] = chance.choice(
                TEXTS
            )
        elif field.type == FieldDescriptor.TYPE_MESSAGE and not field.is_repeated:
            getattr(message, field.name).SetInParent()
            fill(getattr(message, field.name), chance, known)
        elif field.type != FieldDescriptor.TYPE_MESSAGE:
            values = [value(field, chance, known) for _ in range(2 if field.is_repeated else 1)]
            if field.is_repeated:
                getattr(message, field.name).extend(values)
            else:
                setattr(message, field.name, values[0])


def value(field: Any, chance: Random, known: dict[str, list[str]]) -> Any:
    if field.type == FieldDescriptor.TYPE_BOOL:
        return chance.random() < 0.5
    if field.type == FieldDescriptor.TYPE_STRING:
        return chance.choice([*known.get(field.name, ()), *known.get(field.name, ()), *TEXTS])
    return chance.choice(NUMBERS)


@pytest.mark.parametrize("name", UNARY)
def test_any_request_is_answered(name: str) -> None:
    """200 wild requests to one method, on a platform where things have happened; then a ticket can still be bought."""
    desk, chance, method = Desk(), Random(name), METHODS[name]
    sold, paid, _ = desk.buy("ann")
    held = desk.reserve("ben").reservation_id
    known = {
        "event_id": [EVENT],
        "user_id": ["ann", "ben"],
        "reservation_id": [sold, held],
        "payment_intent_id": [paid, desk.intent(held, "ben")],
        "waiting_token": [desk.do("queue/JoinQueue", event_id=EVENT, user_id="eve").waiting_token],
        "service": list(SHORT.values()),
        "target_service": list(SHORT.values()),
        "config_key": ["extensions", "eta_margin", "duplicate_join_s"],
        "reason": ["CANCELLED"],
    }
    short = next(short for short, full in SHORT.items() if full == method.service) + "/" + method.short
    for _ in range(200):
        request = method.request()
        fill(request, chance, known)
        fields = {field.name: sent for field, sent in request.ListFields() if field.name != "idempotency_key"}
        answer = desk.ask(short, **fields)
        assert not answer.HasField("error") or (answer.error.message and answer.error.trace_id)
        desk.time.advance(0.1)
    desk.platform.controls.maintenance = False
    desk.platform.queue.admitting = True
    desk.time.advance(60)
    assert desk.buy("last", quantity=1)[2]
