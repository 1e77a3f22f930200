"""Reservations: seats held for a user, paid for, confirmed into an order; or given up, in one of several ways.

Guarantees: a reservation and its seats end together; an order exists exactly when a payment of the same amount is
COMPLETED, which is refunded whenever the reservation ends otherwise. Seats are the ledger's, money is the payments';
this file keeps the two in step and remembers what was asked.

    PENDING (or HOLD) --confirm--> CONFIRMED --refund--> REFUNDED
        |  |  `--the hold runs out--> EXPIRED
        |  `-----the payment failed--> FAILED
        `--------cancel-------------> CANCELLED

A reservation that ended without an order can be read for some hours, then it is forgotten with its payments.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from contracts.messages import errors_pb2
from contracts.messages.payment_pb2 import PAYMENT_STATUS_COMPLETED
from contracts.messages.reservation_pb2 import (
    RESERVATION_STATUS_CANCELLED,
    RESERVATION_STATUS_CONFIRMED,
    RESERVATION_STATUS_EXPIRED,
    RESERVATION_STATUS_FAILED,
    RESERVATION_STATUS_HOLD,
    RESERVATION_STATUS_PENDING,
    RESERVATION_STATUS_REFUNDED,
    RESERVATION_STATUS_UNSPECIFIED,
    ReservationStatus,
)
from contracts.messages.websocket_pb2 import (
    RESERVATION_EVENT_TYPE_CANCELLED,
    RESERVATION_EVENT_TYPE_CONFIRMED,
    RESERVATION_EVENT_TYPE_CREATED,
    RESERVATION_EVENT_TYPE_EXPIRED,
    RESERVATION_EVENT_TYPE_UNSPECIFIED,
    SYSTEM_EVENT_TYPE_EVENT_SOLD_OUT,
)
from fakes.changes import ReservationChanged, SystemChanged
from fakes.failures import Refused, invalid, missing, not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from contracts.messages.reservation_pb2 import ReservationMetadata
    from contracts.messages.websocket_pb2 import ReservationEventType
    from fakes.changes import Changes
    from fakes.configuration import Configuration
    from fakes.events import Event
    from fakes.faults import Faults
    from fakes.journal import Journal
    from fakes.ledger import Ledger
    from fakes.payments import Payment, Payments

SERVICE = "reservation.v1.ReservationService"
HOLDING = frozenset({RESERVATION_STATUS_PENDING, RESERVATION_STATUS_HOLD})
"""The statuses in which seats are held."""

_NAMES = {value: name.removeprefix("RESERVATION_STATUS_").lower() for name, value in ReservationStatus.items()}
_COUNTS = {value: f"{name}_total" for value, name in _NAMES.items()}
_KINDS: Mapping[int, ReservationEventType] = {
    RESERVATION_STATUS_PENDING: RESERVATION_EVENT_TYPE_CREATED,
    RESERVATION_STATUS_HOLD: RESERVATION_EVENT_TYPE_CREATED,
    RESERVATION_STATUS_CONFIRMED: RESERVATION_EVENT_TYPE_CONFIRMED,
    RESERVATION_STATUS_CANCELLED: RESERVATION_EVENT_TYPE_CANCELLED,
    RESERVATION_STATUS_FAILED: RESERVATION_EVENT_TYPE_CANCELLED,
    RESERVATION_STATUS_REFUNDED: RESERVATION_EVENT_TYPE_CANCELLED,
    RESERVATION_STATUS_EXPIRED: RESERVATION_EVENT_TYPE_EXPIRED,
}


@dataclass(slots=True, eq=False)
class Reservation:
    """One reservation, whatever became of it."""

    id: str
    event: str
    user: str
    status: ReservationStatus
    seats: tuple[int, ...]
    """Indexes in the event's hall; kept after they were given up."""
    amount: int
    created: float
    updated: float
    expires: float
    metadata: ReservationMetadata | None
    extensions: int = 0
    intent: str = ""
    """The payment it was confirmed with, else the latest that was opened for it."""
    order: str = ""
    confirmed: float = 0.0

    @property
    def holding(self) -> bool:
        """Whether it holds seats that are not sold."""
        return self.status in HOLDING


class Wish(NamedTuple):
    """What a client wants to reserve: named seats, or so many of the best."""

    event: str
    user: str
    seats: Sequence[str] = ()
    quantity: int = 0
    metadata: ReservationMetadata | None = None
    reservation: str = ""
    """The id that it shall have; empty for a new one."""
    expires: float | None = None
    """When the hold shall end, at the latest when the platform's own life of a hold has passed."""


class Reservations:
    """All reservations, by id and by user."""

    def __init__(
        self,
        events: Mapping[str, Event],
        ledger: Ledger,
        payments: Payments,
        configuration: Configuration,
        changes: Changes,
        journal: Journal,
        faults: Faults,
        new_id: Callable[[str], str],
        wake_by: Callable[[float], None] = lambda when: None,  # noqa: ARG005
    ) -> None:
        """`wake_by` is told each deadline at which `expire_due` wants to be called at the latest."""
        self._events = events
        self._ledger = ledger
        self._payments = payments
        self._configuration = configuration
        self._changes = changes
        self._journal = journal
        self._faults = faults
        self._new_id = new_id
        self._wake_by = wake_by
        self._reservations: dict[str, Reservation] = {}
        self._by_user: dict[str, dict[str, Reservation]] = {}
        self._ended: deque[tuple[float, str]] = deque()

    def reserve(self, now: float, wish: Wish) -> Reservation:
        """Holds seats for a user, all or none. Refuses as the ledger does, INVALID_ARGUMENT, ALREADY_EXISTS."""
        if not (wish.event and wish.user):
            raise missing("user_id" if wish.event else "event_id")
        settings = self._configuration.current
        quantity = self._quantity(wish, settings.seats_at_most)
        reservation_id = wish.reservation or self._new_id("rsv")
        if reservation_id in self._reservations:
            raise Refused(errors_pb2.ERROR_CODE_ALREADY_EXISTS, f"there is a reservation {reservation_id} already")
        expires = min(now + settings.hold_s, now + settings.hold_s if wish.expires is None else wish.expires)
        ends = now + self._faults.hold_life_s(reservation_id, expires - now)
        if wish.seats:
            hold = self._ledger.hold(now, reservation_id, wish.event, wish.seats, ends)
        else:
            hold = self._ledger.hold_best(now, reservation_id, wish.event, quantity, ends)
        event = self._events[wish.event]
        reservation = Reservation(
            id=reservation_id,
            event=wish.event,
            user=wish.user,
            status=settings.hold_status,
            seats=hold.seats,
            amount=self._faults.total_of(reservation_id, event.price_of(hold.seats)),
            created=now,
            updated=now,
            expires=expires,
            metadata=wish.metadata,
        )
        self._reservations[reservation_id] = reservation
        self._by_user.setdefault(wish.user, {})[reservation_id] = reservation
        self._wake_by(ends)
        self._tell(reservation, RESERVATION_STATUS_UNSPECIFIED, "seats are held")
        if not self._ledger.available(wish.event):
            self._changes.publish(SystemChanged(wish.event, SYSTEM_EVENT_TYPE_EVENT_SOLD_OUT, "no seat is free"))
        return reservation

    def find(self, reservation_id: str, user: str | None = None) -> Reservation:
        """A reservation, of this user when one is given. Refuses NOT_FOUND and FORBIDDEN."""
        reservation = self._reservations.get(reservation_id)
        if reservation is None:
            raise not_found("reservation", reservation_id) if reservation_id else missing("reservation_id")
        if user is not None and user != reservation.user:
            raise Refused(errors_pb2.ERROR_CODE_FORBIDDEN, f"{reservation_id} belongs to another user")
        return reservation

    def known(self, reservation_id: str) -> Reservation | None:
        """The reservation of an id, if there is one."""
        return self._reservations.get(reservation_id)

    def of_user(self, user: str) -> list[Reservation]:
        """The reservations of a user, oldest first."""
        return list(self._by_user.get(user, {}).values())

    def holding(self, event: str = "") -> list[Reservation]:
        """All that hold seats, of one event or of all."""
        return [r for r in self._reservations.values() if r.holding and event in ("", r.event)]

    def payable(self, reservation_id: str, user: str) -> Reservation:
        """A reservation that its user can pay for. Refuses as `find`, RESERVATION_EXPIRED, FAILED_PRECONDITION."""
        if not user:
            raise missing("user_id")
        reservation = self.find(reservation_id, user)
        self._require_holding(reservation)
        return reservation

    def extend(self, now: float, reservation_id: str, user: str, seconds: float) -> tuple[Reservation, float]:
        """Extends a hold, by 0 for the documented time; returns by how much. Refuses a second time."""
        reservation = self.payable(reservation_id, user)
        settings = self._configuration.current
        if seconds < 0:
            raise invalid("extension_seconds", f"extension_seconds cannot be {seconds:g}")
        if reservation.extensions >= settings.extensions:
            message = f"the hold of {reservation_id} was extended already"
            raise Refused(errors_pb2.ERROR_CODE_FAILED_PRECONDITION, message)
        added = min(seconds or settings.extension_s, settings.extension_s)
        self._ledger.extend(now, reservation_id, reservation.expires + added)
        reservation.extensions += 1
        reservation.expires += added
        reservation.updated = now
        self._wake_by(reservation.expires)
        self._publish(reservation, reservation.status, RESERVATION_EVENT_TYPE_UNSPECIFIED, "the hold was extended")
        return reservation, added

    def confirm(self, now: float, reservation_id: str, user: str, intent: str) -> Reservation:
        """Sells the seats against a COMPLETED payment. Who confirms a confirmed one gets the order that is.

        Refuses PAYMENT_NOT_APPROVED, RESERVATION_EXPIRED, INVENTORY_CONFLICT, FAILED_PRECONDITION.
        """
        if not user:
            raise missing("user_id")
        reservation = self.find(reservation_id, user)
        if reservation.status == RESERVATION_STATUS_CONFIRMED and intent in ("", reservation.intent):
            return reservation
        self._require_holding(reservation)
        if not self._paid(reservation, intent) and not self._faults.overlook_unpaid(reservation_id, intent):
            message = f"{intent} has not paid for {reservation_id}" if intent else "no payment_intent_id was given"
            raise Refused(errors_pb2.ERROR_CODE_PAYMENT_NOT_APPROVED, message)
        if self._faults.refuse_order(reservation_id):
            raise Refused(errors_pb2.ERROR_CODE_INVENTORY_CONFLICT, f"the seats of {reservation_id} are another's")
        order = self._new_id("ord")
        if self._faults.feign_order(reservation_id):
            told: ReservationStatus = RESERVATION_STATUS_CONFIRMED
            return replace(reservation, status=told, order=order, intent=intent, confirmed=now)
        reservation.seats = self._ledger.confirm(now, reservation_id, order).seats
        reservation.order, reservation.intent, reservation.confirmed = order, intent, now
        self._journal.count(SERVICE, "orders_total")
        self._journal.count(SERVICE, "seats_sold_total", len(reservation.seats))
        self._move(now, reservation, RESERVATION_STATUS_CONFIRMED, f"order {order}")
        if self._faults.lose_order(reservation_id):
            self._drop(reservation)
        return reservation

    def close(self, now: float, reservation: Reservation, status: ReservationStatus, reason: str) -> list[Payment]:
        """Ends a reservation that holds seats: frees them and gives its money back. Returns the changed payments.

        Refuses FAILED_PRECONDITION when it holds none.
        """
        cancelled_order = status == RESERVATION_STATUS_CANCELLED and reservation.order
        if cancelled_order and self._faults.cancel_order(reservation.id):
            self._ledger.void(reservation.id)
            self._move(now, reservation, status, reason)
            return []
        if not reservation.holding:
            name = ReservationStatus.Name(reservation.status).removeprefix("RESERVATION_STATUS_")
            raise Refused(errors_pb2.ERROR_CODE_FAILED_PRECONDITION, f"{reservation.id} is {name} already")
        if status == RESERVATION_STATUS_CANCELLED and self._faults.keep_seats(reservation.id, len(reservation.seats)):
            self._ledger.keep(reservation.id)
        else:
            self._ledger.release(reservation.id)
        return self._finish(now, reservation, status, reason)

    def refund(self, now: float, reservation: Reservation, reason: str) -> list[Payment]:
        """Takes an order back: frees its seats and refunds its payment. Refuses FAILED_PRECONDITION without order."""
        if reservation.status != RESERVATION_STATUS_CONFIRMED:
            raise Refused(errors_pb2.ERROR_CODE_FAILED_PRECONDITION, f"{reservation.id} has no order")
        self._ledger.void(reservation.id)
        self._journal.count(SERVICE, "orders_refunded_total")
        return self._finish(now, reservation, RESERVATION_STATUS_REFUNDED, reason)

    def expire_due(self, now: float) -> float:
        """Ends every reservation whose hold has run out; returns when there is something to do next."""
        for hold in self._ledger.expire(now):
            reservation = self._reservations[hold.holder]
            self._finish(now, reservation, RESERVATION_STATUS_EXPIRED, "the hold has run out")
            if self._faults.forget_expired(hold.holder):
                self._drop(reservation)
        return self._ledger.next_end

    def __len__(self) -> int:
        return len(self._reservations)

    def _quantity(self, wish: Wish, at_most: int) -> int:
        quantity = wish.quantity or len(wish.seats)
        if wish.seats and quantity != len(wish.seats):
            raise invalid("quantity", f"quantity is {quantity}, but seat_ids names {len(wish.seats)}")
        if not 1 <= quantity <= at_most:
            raise invalid("quantity", f"quantity must be 1 to {at_most}, not {quantity}")
        return quantity

    def _require_holding(self, reservation: Reservation) -> None:
        if reservation.status == RESERVATION_STATUS_EXPIRED:
            message = f"the hold of {reservation.id} has run out"
            raise Refused(errors_pb2.ERROR_CODE_RESERVATION_EXPIRED, message)
        if not reservation.holding:
            name = ReservationStatus.Name(reservation.status).removeprefix("RESERVATION_STATUS_")
            raise Refused(errors_pb2.ERROR_CODE_FAILED_PRECONDITION, f"{reservation.id} is {name}")

    def _paid(self, reservation: Reservation, intent: str) -> bool:
        payment = self._payments.known(intent)
        if payment is None or payment.reservation != reservation.id:
            return False
        return payment.status == PAYMENT_STATUS_COMPLETED

    def _finish(self, now: float, reservation: Reservation, status: ReservationStatus, reason: str) -> list[Payment]:
        self._move(now, reservation, status, reason)
        self._ended.append((now, reservation.id))
        self._forget(now)
        return self._payments.abandon(reservation.id, reason)

    def _move(self, now: float, reservation: Reservation, status: ReservationStatus, message: str) -> None:
        old, reservation.status, reservation.updated = reservation.status, status, now
        self._tell(reservation, old, message)

    def _tell(self, reservation: Reservation, old: ReservationStatus, message: str) -> None:
        name = _NAMES[reservation.status]
        self._journal.count(SERVICE, _COUNTS[reservation.status])
        self._journal.log(SERVICE, f"{reservation.id} is {name}: {message}", reservation=reservation.id)
        self._publish(reservation, old, _KINDS[reservation.status], message)

    def _publish(
        self, reservation: Reservation, old: ReservationStatus, kind: ReservationEventType, message: str
    ) -> None:
        id_, user, listening = reservation.id, reservation.user, self._changes.listening
        if listening(("reservation", id_)) or listening(("reservations of", user)):
            self._changes.publish(
                ReservationChanged(id_, user, old, reservation.status, reservation.expires, kind, message)
            )

    def _forget(self, now: float) -> None:
        """Drops what ended long ago; at most two at a time, so that no call pays for an hour of others."""
        kept_s = self._configuration.current.retention_hours * 3600
        for _ in range(2):
            if not self._ended or now - self._ended[0][0] < kept_s:
                return
            reservation = self._reservations.get(self._ended.popleft()[1])
            if reservation is not None:
                self._payments.forget(reservation.id)
                self._drop(reservation)

    def _drop(self, reservation: Reservation) -> None:
        del self._reservations[reservation.id]
        mine = self._by_user[reservation.user]
        del mine[reservation.id]
        if not mine:
            del self._by_user[reservation.user]
