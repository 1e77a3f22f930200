"""From the messages of a stream to claims: what each told of a reservation, a payment or a place in the queue."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from contracts.messages import websocket_pb2
from contracts.outcomes import HAPPENED, OK
from scenarios.grpc_ticketing.claims import PAYMENT_WORDS, RESERVATION_WORDS, nanoseconds, word
from tacorush.evidence.records import Claim

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from google.protobuf.message import Message

    from contracts.catalogue import Method
    from contracts.outcomes import Judged

HUNG_UP = "HUNG_UP"
"""Code of a stream that the harness left while it went on."""


def _of_reservation(claim: Claim, message: Any) -> None:
    update = message.reservation_update
    claim.reservation = update.reservation_id
    claim.status = word(RESERVATION_WORDS, update.new_status)
    claim.expires_ns = nanoseconds(update.hold_expires_at)


def _of_payment(claim: Claim, message: Any) -> None:
    update = message.payment_update
    claim.intent = update.payment_intent_id
    claim.status = word(PAYMENT_WORDS, update.new_status)


def _of_queue(claim: Claim, message: Any) -> None:
    update = message.queue_update
    claim.shown = update.waiting_token
    claim.position, claim.wait_s = update.position, update.eta_seconds
    claim.status = "READY" if update.admission_ready else "WAITING"


_TOLD: Mapping[int, Callable[[Claim, Any], None]] = MappingProxyType(
    {
        websocket_pb2.EVENT_TYPE_RESERVATION_UPDATE: _of_reservation,
        websocket_pb2.EVENT_TYPE_PAYMENT_UPDATE: _of_payment,
        websocket_pb2.EVENT_TYPE_QUEUE_UPDATE: _of_queue,
    }
)
"""Type of a message to what it tells; messages of other types say nothing that an audit needs."""


def update_of(method: Method, message: Any) -> Claim | None:
    """The claim of one message; None when it tells of nothing that was followed."""
    fill = _TOLD.get(message.type)
    if fill is None:
        return None
    claim = Claim("update", method.name, -1, "", outcome=OK, effect=HAPPENED, code="OK")
    fill(claim, message)
    claim.stated_ns = nanoseconds(message.timestamp)
    return claim


def end_of(method: Method, request: Message, judged: Judged, *, hung_up: bool, messages: int) -> Claim:
    """The claim of a stream as a whole: what was followed, how it ended, and how many messages it had."""
    claim = Claim("stream", method.name, -1, "", position=messages)
    claim.outcome, claim.effect, claim.code = judged
    if hung_up:
        claim.code = HUNG_UP
    asked: Any = request
    claim.reservation = _only(getattr(asked, "reservation_ids", ()))
    claim.intent = _only(getattr(asked, "payment_intent_ids", ()))
    claim.shown = getattr(asked, "waiting_token", "")
    return claim


def _only(names: Any) -> str:
    return str(names[0]) if len(names) == 1 else ""
