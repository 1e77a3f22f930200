"""Incidents about streams: what leaves, what does not, and what the incident counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from google.protobuf.message import Message

from contracts.messages import payment_pb2, websocket_pb2
from fakes.faults import Faults
from fakes.incidents.planted import Planted
from fakes.stream_faults import SpoiledCall

PAYMENTS = "/gateway.v1.WebSocketService/StreamPaymentUpdates"
QUEUE = "/gateway.v1.WebSocketService/StreamQueueUpdates"


class Wire:
    """A stream's call that keeps what left."""

    metadata: Mapping[str, str | bytes] = {}
    peer = "peer"

    def __init__(self, path: str) -> None:
        self.path = path
        self.left: list[Message] = []
        self.ended = ""

    def attach(self, initial: Any = (), trailing: Any = ()) -> None:
        raise NotImplementedError

    def answer(self, message: Message) -> None:
        raise NotImplementedError

    def fail(self, status: int, detail: str) -> None:
        self.ended = detail

    def send(self, message: Message) -> bool:
        if not self.ended:
            self.left.append(message)
        return not self.ended

    def finish(self) -> None:
        self.ended = "OK"

    def on_end(self, callback: Callable[[], None]) -> None:
        raise NotImplementedError


def told(word: str) -> websocket_pb2.StreamPaymentUpdatesResponse:
    status = payment_pb2.PaymentStatus.Value(f"PAYMENT_STATUS_{word}")
    return websocket_pb2.StreamPaymentUpdatesResponse(
        type=websocket_pb2.EVENT_TYPE_PAYMENT_UPDATE, payment_update={"payment_intent_id": "p", "new_status": status}
    )


WORDS = ("PENDING", "PROCESSING", "COMPLETED")


def sent(faults: Faults, *words: str, path: str = PAYMENTS) -> Wire:
    wire = Wire(path)
    call = SpoiledCall(wire, faults)
    for word in words:
        call.send(told(word))
    return wire


def words_of(wire: Wire) -> list[str]:
    names = [payment_pb2.PaymentStatus.Name(each.payment_update.new_status) for each in wire.left]  # type: ignore[attr-defined]
    return [name.removeprefix("PAYMENT_STATUS_") for name in names]


def planted(incident: str) -> Planted:
    return Planted((incident,), 1, lambda: 0.0)


def struck(incidents: Planted) -> int:
    ((_, facts),) = incidents.facts().items()
    return facts["struck"]


def test_without_incidents_everything_leaves_in_its_order() -> None:
    wire = sent(Faults(), *WORDS)
    assert (words_of(wire), wire.ended) == ([*WORDS], "")


def test_a_stream_that_falls_silent_does_so_after_its_first_message_and_for_good() -> None:
    incidents = planted("stream-silent:p=1,count=1")
    wire = sent(incidents, *WORDS)
    assert (words_of(wire), wire.ended, struck(incidents)) == (["PENDING"], "", 1)
    assert words_of(sent(incidents, *WORDS)) == [*WORDS]


def test_out_of_order_comes_the_update_before_once_more() -> None:
    incidents = planted("stream-out-of-order:p=1")
    wire = sent(incidents, *WORDS)
    assert words_of(wire) == ["PENDING", "PROCESSING", "PENDING", "COMPLETED", "PROCESSING"]
    assert struck(incidents) == 2
    assert words_of(sent(incidents, "PENDING", "PENDING")) == ["PENDING", "PENDING"]
    assert struck(incidents) == 2


def test_a_stream_that_ends_early_ends_with_ok_behind_an_update_of_no_end() -> None:
    incidents = planted("stream-ends-early:p=1")
    wire = sent(incidents, *WORDS)
    assert (words_of(wire), wire.ended, struck(incidents)) == (["PENDING"], "OK", 1)
    wire = sent(planted("stream-ends-early:p=1"), "COMPLETED")
    assert (words_of(wire), wire.ended) == (["COMPLETED"], "")


@pytest.mark.parametrize("incident", ["stream-silent", "stream-out-of-order", "stream-ends-early"])
def test_streams_of_the_queue_are_left_alone(incident: str) -> None:
    wire, incidents = Wire(QUEUE), planted(f"{incident}:p=1")
    call = SpoiledCall(wire, incidents)
    messages = [websocket_pb2.StreamQueueUpdatesResponse(queue_update={"position": place}) for place in (9, 8, 7)]
    for message in messages:
        call.send(message)
    assert (wire.left, wire.ended, struck(incidents)) == (messages, "", 0)
