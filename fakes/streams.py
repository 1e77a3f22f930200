"""The three server streams: first what is, then each change, until the thing that is watched or the client has gone.

A stream of a queue looks at its waiter's standing whenever the line of the event moves, at most once in `SETTLE_S`, and
once a second in any case, because readiness comes with time too; it tells what is different from what it told last. It
ends when the waiting token dies. Streams of reservations and of payments tell every change; they end with the client.
A message that somebody sent to the user or to the session comes in whichever of its streams are open, as type MESSAGE.
What cannot be watched is refused as a native status, because a stream's messages have no `error`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from contracts.messages import errors_pb2, payment_pb2, queue_pb2, websocket_pb2
from fakes.answers import timestamp
from fakes.changes import MessageSent, PaymentChanged, QueueMoved, ReservationChanged, SystemChanged
from fakes.failures import Refused, required

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fakes.changes import Change, Topic
    from fakes.payments import Payment
    from fakes.platform import Platform
    from fakes.reservations import Reservation
    from fakes.timing import Cancellable
    from fakes.waiting_room import Standing
    from tacorush.wire.serving import Call

SETTLE_S = 0.05
"""How long moves of a line are gathered before its streams look again; times the time scale."""
LOOK_S = 1.0
"""How often a stream of a queue looks again in any case; times the time scale."""

Opener: TypeAlias = Callable[["Platform", "Call", Any], object]
"""Begins to serve one stream; raises Refused for what cannot be watched."""

_GONE = frozenset({queue_pb2.QUEUE_STATUS_EXPIRED, queue_pb2.QUEUE_STATUS_LEFT, queue_pb2.QUEUE_STATUS_ERROR})

PAYMENT_EVENTS: Mapping[payment_pb2.PaymentStatus, websocket_pb2.PaymentEventType] = {
    payment_pb2.PAYMENT_STATUS_UNSPECIFIED: websocket_pb2.PAYMENT_EVENT_TYPE_UNSPECIFIED,
    payment_pb2.PAYMENT_STATUS_PENDING: websocket_pb2.PAYMENT_EVENT_TYPE_CREATED,
    payment_pb2.PAYMENT_STATUS_PROCESSING: websocket_pb2.PAYMENT_EVENT_TYPE_PROCESSING,
    payment_pb2.PAYMENT_STATUS_COMPLETED: websocket_pb2.PAYMENT_EVENT_TYPE_COMPLETED,
    payment_pb2.PAYMENT_STATUS_FAILED: websocket_pb2.PAYMENT_EVENT_TYPE_FAILED,
    payment_pb2.PAYMENT_STATUS_CANCELLED: websocket_pb2.PAYMENT_EVENT_TYPE_FAILED,
    payment_pb2.PAYMENT_STATUS_EXPIRED: websocket_pb2.PAYMENT_EVENT_TYPE_FAILED,
    payment_pb2.PAYMENT_STATUS_REFUNDED: websocket_pb2.PAYMENT_EVENT_TYPE_REFUNDED,
}
"""A payment's status to the kind of event that tells of it; the contract has no kind for no payment but FAILED."""


class _QueueStream:
    """One waiter's stream, or, without a token, one that only tells of the event."""

    def __init__(self, platform: Platform, call: Call, request: websocket_pb2.StreamQueueUpdatesRequest) -> None:
        self._platform = platform
        self._call = call
        self._token = request.waiting_token
        waiter = platform.queue.find(self._token) if self._token else None
        self._event = waiter.event if waiter else request.event_id
        required(event_id=self._event)
        platform.queue.stats(platform.now(), self._event)
        self._ended = False
        self._told: Standing | None = None
        self._next: Cancellable | None = None
        self._next_at = 0.0
        topics = [("queue", self._event), *_messages_to(waiter.user if waiter else "", request.session_id)]
        unsubscribe = platform.changes.subscribe(topics, self._hear)
        call.on_end(unsubscribe)
        call.on_end(self._stop)
        if waiter:
            self._look()
        else:
            self._system(SystemChanged(self._event, websocket_pb2.SYSTEM_EVENT_TYPE_UNSPECIFIED, "watching"))

    def _hear(self, change: Change) -> None:
        if isinstance(change, QueueMoved):
            self._look_within(SETTLE_S)
        elif isinstance(change, SystemChanged):
            self._system(change)
            self._look_within(SETTLE_S)
        elif isinstance(change, MessageSent):
            update = websocket_pb2.SystemUpdate(event_id=self._event, message=_text(change))
            self._send(websocket_pb2.EVENT_TYPE_MESSAGE, change.message_id, system_update=update)

    def _stop(self) -> None:
        self._ended = True
        if self._next is not None:
            self._next.cancel()

    def _look_within(self, seconds: float) -> None:
        """Looks again after this long, or earlier if that is planned already."""
        if self._ended or not self._token:
            return
        when = self._platform.now() + seconds * self._platform.configuration.current.time_scale
        if self._next is not None:
            if self._next_at <= when:
                return
            self._next.cancel()
        self._next_at = when
        self._next = self._platform.agenda.at(when, self._look)

    def _look(self) -> None:
        self._next = None
        try:
            standing = self._platform.queue.standing(self._platform.now(), self._token)
        except Refused:
            self._call.finish()
            return
        if _differs(standing, self._told):
            self._told = standing
            self._tell(standing)
        if standing.status in _GONE:
            self._call.finish()
        else:
            self._look_within(LOOK_S)

    def _tell(self, standing: Standing) -> None:
        kind = websocket_pb2.QUEUE_EVENT_TYPE_POSITION_CHANGED
        if standing.status in _GONE:
            kind = websocket_pb2.QUEUE_EVENT_TYPE_TOKEN_EXPIRED
        elif standing.ready:
            kind = websocket_pb2.QUEUE_EVENT_TYPE_ADMISSION_READY
        update = websocket_pb2.QueueUpdate(
            waiting_token=self._token,
            position=standing.position,
            eta_seconds=standing.eta_s,
            event_type=kind,
            admission_ready=standing.ready,
            expires_at=timestamp(standing.expires),
        )
        self._send(websocket_pb2.EVENT_TYPE_QUEUE_UPDATE, self._token, queue_update=update)

    def _system(self, change: SystemChanged) -> None:
        stats = self._platform.queue.stats(self._platform.now(), self._event)
        per_s = self._platform.configuration.current.admission_per_s
        update = websocket_pb2.SystemUpdate(
            event_id=self._event,
            total_waiting=stats.waiting,
            admission_rate=round(min(per_s, 2**31 - 1)),
            event_type=change.kind,
            message=change.message,
        )
        self._send(websocket_pb2.EVENT_TYPE_SYSTEM_UPDATE, self._event, system_update=update)

    def _send(self, kind: websocket_pb2.EventType, correlation: str, **update: Any) -> None:
        self._call.send(
            websocket_pb2.StreamQueueUpdatesResponse(
                type=kind, timestamp=timestamp(self._platform.now()), correlation_id=correlation, **update
            )
        )


class _ReservationStream:
    """A user's reservations, all or those named."""

    def __init__(self, platform: Platform, call: Call, request: websocket_pb2.StreamReservationUpdatesRequest) -> None:
        required(user_id=request.user_id)
        self._platform = platform
        self._call = call
        named = [platform.reservations.find(name, request.user_id) for name in request.reservation_ids]
        topics = [("reservation", reservation.id) for reservation in named] or [("reservations of", request.user_id)]
        topics += _messages_to(request.user_id, request.session_id)
        call.on_end(platform.changes.subscribe(topics, self._hear))
        for reservation in named or platform.reservations.of_user(request.user_id):
            self._send(websocket_pb2.EVENT_TYPE_RESERVATION_UPDATE, reservation.id, _as_it_is(reservation))

    def _hear(self, change: Change) -> None:
        if isinstance(change, ReservationChanged):
            update = websocket_pb2.ReservationUpdate(
                reservation_id=change.reservation,
                old_status=change.old,
                new_status=change.new,
                hold_expires_at=timestamp(change.hold_expires_at),
                message=change.message,
                event_type=change.kind,
            )
            self._send(websocket_pb2.EVENT_TYPE_RESERVATION_UPDATE, change.reservation, update)
        elif isinstance(change, MessageSent):
            update = websocket_pb2.ReservationUpdate(message=_text(change))
            self._send(websocket_pb2.EVENT_TYPE_MESSAGE, change.message_id, update)

    def _send(self, kind: websocket_pb2.EventType, correlation: str, update: websocket_pb2.ReservationUpdate) -> None:
        self._call.send(
            websocket_pb2.StreamReservationUpdatesResponse(
                type=kind,
                reservation_update=update,
                timestamp=timestamp(self._platform.now()),
                correlation_id=correlation,
            )
        )


class _PaymentStream:
    """A user's payments, all or those named."""

    def __init__(self, platform: Platform, call: Call, request: websocket_pb2.StreamPaymentUpdatesRequest) -> None:
        required(user_id=request.user_id)
        self._platform = platform
        self._call = call
        named = [self._own(name, request.user_id) for name in request.payment_intent_ids]
        topics = [("payment", payment.intent) for payment in named] or [("payments of", request.user_id)]
        topics += _messages_to(request.user_id, request.session_id)
        call.on_end(platform.changes.subscribe(topics, self._hear))
        for payment in named or platform.payments.of_user(request.user_id):
            self._tell(payment.intent, payment.status, payment.status, "as it is")

    def _own(self, intent: str, user: str) -> Payment:
        payment = self._platform.payments.find(intent)
        if payment.user != user:
            raise Refused(errors_pb2.ERROR_CODE_FORBIDDEN, f"{intent} belongs to another user")
        return payment

    def _hear(self, change: Change) -> None:
        if isinstance(change, PaymentChanged):
            self._tell(change.intent, change.old, change.new, change.message)
        elif isinstance(change, MessageSent):
            update = websocket_pb2.PaymentUpdate(message=_text(change))
            self._send(websocket_pb2.EVENT_TYPE_MESSAGE, change.message_id, update)

    def _tell(self, intent: str, old: payment_pb2.PaymentStatus, new: payment_pb2.PaymentStatus, message: str) -> None:
        update = websocket_pb2.PaymentUpdate(
            payment_intent_id=intent, old_status=old, new_status=new, message=message, event_type=PAYMENT_EVENTS[new]
        )
        self._send(websocket_pb2.EVENT_TYPE_PAYMENT_UPDATE, intent, update)

    def _send(self, kind: websocket_pb2.EventType, correlation: str, update: websocket_pb2.PaymentUpdate) -> None:
        self._call.send(
            websocket_pb2.StreamPaymentUpdatesResponse(
                type=kind,
                payment_update=update,
                timestamp=timestamp(self._platform.now()),
                correlation_id=correlation,
            )
        )


OPENERS: Mapping[str, Opener] = {
    "gateway.v1.WebSocketService/StreamQueueUpdates": _QueueStream,
    "gateway.v1.WebSocketService/StreamReservationUpdates": _ReservationStream,
    "gateway.v1.WebSocketService/StreamPaymentUpdates": _PaymentStream,
}
"""The full name of each stream to what begins to serve it."""


def _differs(standing: Standing, told: Standing | None) -> bool:
    """Whether a client would want to know; that an announced wait shrinks with time alone is no news."""
    shown = (standing.status, standing.position, standing.ready)
    return told is None or shown != (told.status, told.position, told.ready)


def _messages_to(user: str, session: str) -> Iterable[Topic]:
    named = (("messages of user", user), ("messages of session", session))
    return [topic for topic in named if topic[1]]


def _as_it_is(reservation: Reservation) -> websocket_pb2.ReservationUpdate:
    return websocket_pb2.ReservationUpdate(
        reservation_id=reservation.id,
        old_status=reservation.status,
        new_status=reservation.status,
        hold_expires_at=timestamp(reservation.expires),
        message="as it is",
    )


def _text(change: MessageSent) -> str:
    return f"{change.title}: {change.content}" if change.title else change.content
