"""What changed, told to whoever listens: the streams, the webhooks, the worker.

A change names its topics; a listener subscribes to topics. Telling costs one look-up a topic when nobody listens.
A listener is called synchronously, in order of subscription, after the state has changed; it must neither raise nor
block. Waiting rooms tell that a line moved, not where each waiter stands: who shows a position asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from contracts.messages.payment_pb2 import PaymentStatus
    from contracts.messages.reservation_pb2 import ReservationStatus
    from contracts.messages.websocket_pb2 import (
        MessagePriority,
        MessageType,
        ReservationEventType,
        SystemEventType,
    )
    from fakes.payments import Payment

Topic: TypeAlias = tuple[str, str]
"""A kind of thing (queue, reservation, payment, user, session, settled) and which one; `settled` has no which."""


@dataclass(frozen=True, slots=True)
class QueueMoved:
    """People joined, left or were admitted, or a waiter's own state changed."""

    event: str

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The queue of the event."""
        return (("queue", self.event),)


@dataclass(frozen=True, slots=True)
class SystemChanged:
    """Something about a whole event changed."""

    event: str
    kind: SystemEventType
    message: str

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The queue of the event."""
        return (("queue", self.event),)


@dataclass(frozen=True, slots=True)
class ReservationChanged:
    """A reservation got another status, or another end of its hold."""

    reservation: str
    user: str
    old: ReservationStatus
    new: ReservationStatus
    hold_expires_at: float
    kind: ReservationEventType
    message: str

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The reservation and the reservations of its user."""
        return (("reservation", self.reservation), ("reservations of", self.user))


@dataclass(frozen=True, slots=True)
class PaymentChanged:
    """A payment got another status."""

    intent: str
    user: str
    old: PaymentStatus
    new: PaymentStatus
    message: str

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The payment and the payments of its user."""
        return (("payment", self.intent), ("payments of", self.user))


@dataclass(frozen=True, slots=True)
class PaymentSettled:
    """A payment is to be announced by webhook: it reached a final status, or an operator asked to announce it again."""

    webhook_id: str
    payment: Payment
    """The platform's record, which may have moved on."""
    status: PaymentStatus
    """The status to announce."""
    at: float

    @property
    def topics(self) -> tuple[Topic, ...]:
        """All settlements."""
        return (("settled", ""),)


@dataclass(frozen=True, slots=True)
class MessageSent:
    """Somebody sent a user, or one session, a message."""

    message_id: str
    user: str
    session: str
    kind: MessageType
    title: str
    content: str
    at: float
    priority: MessagePriority
    data: Mapping[str, str] = field(default_factory=dict)

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The user's messages, or those of one session."""
        return (("messages of user", self.user),) if self.user else (("messages of session", self.session),)


Change: TypeAlias = QueueMoved | SystemChanged | ReservationChanged | PaymentChanged | PaymentSettled | MessageSent
Listener: TypeAlias = "Callable[[Change], None]"


class Changes:
    """Who listens to what."""

    def __init__(self) -> None:
        self._listeners: dict[Topic, list[Listener]] = {}

    def subscribe(self, topics: Iterable[Topic], listener: Listener) -> Callable[[], None]:
        """Tells `listener` every change of any of the topics; the answer ends that, and may be called twice."""
        subscribed = tuple(dict.fromkeys(topics))
        for topic in subscribed:
            self._listeners.setdefault(topic, []).append(listener)

        def unsubscribe() -> None:
            for topic in subscribed:
                left = [other for other in self._listeners.get(topic, ()) if other is not listener]
                if left:
                    self._listeners[topic] = left
                else:
                    self._listeners.pop(topic, None)

        return unsubscribe

    def publish(self, change: Change) -> int:
        """Tells a change; returns how many listeners heard it. One that listens to two of its topics hears it once."""
        listeners = self._listeners
        heard = {id(listener): listener for topic in change.topics for listener in listeners.get(topic, ())}
        for listener in heard.values():
            listener(change)
        return len(heard)

    def listening(self, topic: Topic) -> bool:
        """Whether anybody listens to a topic; who changes things often asks before making a change to tell."""
        return topic in self._listeners
