"""Who holds which seats and until when: the one book behind the reservations and the inventory."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from contracts.messages import reservation_pb2
from tests.foreign.answers import Clock, chance, invalid, missing, new_id, not_now, refuse, stamp
from tests.foreign.counts import Counts
from tests.foreign.seats import Hall, Seat, messages, total

HOLD = reservation_pb2.RESERVATION_STATUS_HOLD
CONFIRMED = reservation_pb2.RESERVATION_STATUS_CONFIRMED
CANCELLED = reservation_pb2.RESERVATION_STATUS_CANCELLED
EXPIRED = reservation_pb2.RESERVATION_STATUS_EXPIRED
MOST_SEATS = 10


@dataclass(slots=True)
class Hold:
    """Seats kept for one reservation, and what became of them."""

    id: str
    hall: Hall
    user_id: str
    seats: list[Seat]
    expires: int
    created: float
    updated: float
    direct: bool
    """Made by InventoryService.ReserveSeat, with no reservation of this platform behind it."""
    status: reservation_pb2.ReservationStatus = HOLD
    order_id: str = ""
    intent_id: str = ""

    def expires_at(self) -> Timestamp:
        """The end of the hold: a whole second."""
        return Timestamp(seconds=self.expires)

    def message(self) -> reservation_pb2.Reservation:
        """The reservation as the contract shows it."""
        return reservation_pb2.Reservation(
            reservation_id=self.id,
            event_id=self.hall.event_id,
            user_id=self.user_id,
            status=self.status,
            seats=messages(self.seats),
            quantity=len(self.seats),
            total_amount=total(self.seats),
            created_at=stamp(self.created),
            updated_at=stamp(self.updated),
            hold_expires_at=self.expires_at(),
            payment_intent_id=self.intent_id,
            order_id=self.order_id,
        )


class Holds:
    """All halls and all holds."""

    def __init__(
        self, halls: dict[str, Hall], hold_s: float, seed: int, double_sale_share: float, clock: Clock, counts: Counts
    ) -> None:
        self._halls = halls
        self._hold_s = hold_s
        self._double_sale_share = double_sale_share
        self._clock = clock
        self._counts = counts
        self._doubles = chance(seed, "double sales")
        self._offers = chance(seed, "offers")
        self._holds: dict[str, Hold] = {}
        self._ends: list[tuple[int, str]] = []

    def sweep(self, now: float) -> None:
        """Ends the holds that ran out: their seats are free again."""
        while self._ends and self._ends[0][0] <= now:
            _, hold_id = heapq.heappop(self._ends)
            hold = self._holds[hold_id]
            if hold.status == HOLD and hold.expires <= now:  # not confirmed, cancelled or extended meanwhile
                self.release(hold, EXPIRED)

    def hall(self, event_id: str) -> Hall:
        """The hall of an event."""
        if not event_id:
            invalid("event_id is empty")
        return self._halls.get(event_id) or missing("event")

    def find(self, hold_id: str, user_id: str = "") -> Hold:
        """A hold by its reservation, of this user when one is named."""
        hold = self._holds.get(hold_id) or missing("reservation")
        if user_id and hold.user_id != user_id:
            refuse(grpc.StatusCode.PERMISSION_DENIED, "somebody else's reservation")
        return hold

    def get(self, hold_id: str) -> Hold | None:
        """A hold by its reservation, if there is one."""
        return self._holds.get(hold_id)

    def of_user(self, user_id: str) -> list[Hold]:
        """A user's holds, the oldest first."""
        return [hold for hold in self._holds.values() if hold.user_id == user_id]

    def price(self, hold_id: str) -> int | None:
        """What a reservation costs; None for one that is not known here."""
        hold = self._holds.get(hold_id)
        return None if hold is None else sum(seat.price for seat in hold.seats)

    def offer(self, hall: Hall, quantity: int) -> list[Seat]:
        """Free seats at random, held for nobody: another buyer may be shown the same."""
        return hall.free.draw(self._offers, quantity)

    def choose(self, hall: Hall, seat_ids: Sequence[str], quantity: int) -> list[Seat]:
        """The seats asked for, or so many free ones: all of them, or a refusal."""
        if not 1 <= (len(seat_ids) or quantity) <= MOST_SEATS:
            invalid(f"a reservation has 1 to {MOST_SEATS} seats")
        return self._named(hall, seat_ids) if seat_ids else self._any(hall, quantity)

    def take(self, hold_id: str, hall: Hall, user_id: str, seats: list[Seat], direct: bool) -> Hold:
        """Holds the seats, up to a whole second at or after the hold's span."""
        now = self._clock()
        expires = math.ceil(now + self._hold_s)
        hold = Hold(hold_id, hall, user_id, seats, expires, created=now, updated=now, direct=direct)
        for seat in seats:
            self._counts.double_holds += not seat.free
            hall.hold(seat, hold_id)
        self._holds[hold_id] = hold
        heapq.heappush(self._ends, (expires, hold_id))
        self._counts.reservations += 1
        return hold

    def extend(self, hold: Hold, seconds: int) -> None:
        """Moves the end of a hold."""
        hold.expires += seconds
        hold.updated = self._clock()
        heapq.heappush(self._ends, (hold.expires, hold.id))

    def must_hold(self, hold: Hold) -> None:
        """Refuses for a hold that is over."""
        if hold.status == EXPIRED:
            not_now("the hold ran out")
        if hold.status != HOLD:
            not_now("this reservation is no longer held")

    def release(self, hold: Hold, status: reservation_pb2.ReservationStatus) -> None:
        """Gives the seats back."""
        for seat in hold.seats:
            hold.hall.release(seat, hold.id)
        hold.status = status
        hold.updated = self._clock()
        if status == EXPIRED:
            self._counts.expired += 1
        else:
            self._counts.cancelled += 1

    def sell(self, hold: Hold, intent_id: str) -> None:
        """Makes the hold an order: all its seats or none."""
        if any(hold.id not in seat.holders for seat in hold.seats):
            refuse(grpc.StatusCode.ABORTED, "the seats are no longer held for this reservation")
        for seat in hold.seats:
            hold.hall.sell(seat, hold.id)
            self._counts.seats_in_orders += 1
            self._counts.seats_sold += seat.orders == 1
            self._counts.seats_sold_twice += seat.orders == 2
        hold.status = CONFIRMED
        hold.order_id = new_id()
        hold.intent_id = intent_id
        hold.updated = self._clock()
        self._counts.orders += 1

    def _named(self, hall: Hall, seat_ids: Sequence[str]) -> list[Seat]:
        if len(set(seat_ids)) < len(seat_ids):
            invalid("a seat is named twice")
        seats = [hall.seats.get(seat_id) or missing("seat") for seat_id in seat_ids]
        taken = [seat.id for seat in seats if not seat.free]
        if taken and not self._let_through():
            refuse(grpc.StatusCode.ABORTED, f"somebody was faster: {', '.join(taken)}")
        return seats

    def _any(self, hall: Hall, quantity: int) -> list[Seat]:
        wrong = hall.taken.draw(self._offers, 1) if len(hall.taken) and self._let_through() else []
        if len(hall.free) < quantity - len(wrong):
            refuse(grpc.StatusCode.RESOURCE_EXHAUSTED, "not enough free seats")
        return wrong + hall.free.draw(self._offers, quantity - len(wrong))

    def _let_through(self) -> bool:
        return self._doubles.random() < self._double_sale_share
