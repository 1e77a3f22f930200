"""What the incidents about streams know of the messages: which tell of a reservation or payment, and of which end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contracts.messages import payment_pb2, reservation_pb2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from google.protobuf.message import Message

FOLLOWED = ("/StreamReservationUpdates", "/StreamPaymentUpdates")
"""How the paths of the streams end whose messages tell a status."""

_OPEN: Mapping[str, frozenset[int]] = {
    "reservation_update": frozenset(
        {reservation_pb2.RESERVATION_STATUS_PENDING, reservation_pb2.RESERVATION_STATUS_HOLD}
    ),
    "payment_update": frozenset({payment_pb2.PAYMENT_STATUS_PENDING, payment_pb2.PAYMENT_STATUS_PROCESSING}),
}


def status_of(message: Message) -> int:
    """The status that a message tells; 0 when it tells none."""
    update: Any = _update(message)
    return int(update.new_status) if update is not None else 0


def goes_on(message: Message) -> bool:
    """Whether a message tells a status that will still change."""
    return any(name in _OPEN and status_of(message) in _OPEN[name] for name in _names(message))


def _update(message: Message) -> Any:
    return next((getattr(message, name) for name in _names(message) if name in _OPEN), None)


def _names(message: Message) -> list[str]:
    return [name for name in _OPEN if name in message.DESCRIPTOR.fields_by_name and message.HasField(name)]
