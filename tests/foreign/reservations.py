"""Reservations and the inventory, both over one book of holds."""

from __future__ import annotations

from collections.abc import Iterable

import grpc

from contracts.messages import inventory_pb2, reservation_pb2, types_pb2
from tests.foreign.answers import Clock, invalid, missing, new_id, not_now, page_of, refuse, stamp
from tests.foreign.holds import CANCELLED, CONFIRMED, EXPIRED, HOLD, Hold, Holds
from tests.foreign.payments import Payments
from tests.foreign.seats import Hall, messages, total
from tests.foreign.waiting import WaitingRoom

USUAL_EXTENSION_S = 30
MOST_EXTENSION_S = 300


class Reservations:
    """ReservationService."""

    def __init__(self, holds: Holds, waiting: WaitingRoom, payments: Payments) -> None:
        self._holds = holds
        self._waiting = waiting
        self._payments = payments

    def create(self, request: reservation_pb2.CreateReservationRequest) -> reservation_pb2.CreateReservationResponse:
        """HOLD, for who has a reservation token that is good."""
        hall = self._holds.hall(request.event_id)
        if not request.user_id:
            invalid("user_id is empty")
        admission = self._waiting.check(request.reservation_token, request.event_id, request.user_id)
        seats = self._holds.choose(hall, request.seat_ids, request.quantity)
        admission.used = True
        hold = self._holds.take(new_id(), hall, request.user_id, seats, direct=False)
        return reservation_pb2.CreateReservationResponse(
            reservation_id=hold.id,
            status=hold.status,
            hold_expires_at=hold.expires_at(),
            reserved_seats=messages(seats),
            total_amount=total(seats),
        )

    def get(self, request: reservation_pb2.GetReservationRequest) -> reservation_pb2.GetReservationResponse:
        """The reservation as it stands now."""
        hold = self._holds.find(request.reservation_id, request.user_id)
        return reservation_pb2.GetReservationResponse(reservation=hold.message())

    def confirm(self, request: reservation_pb2.ConfirmReservationRequest) -> reservation_pb2.ConfirmReservationResponse:
        """An order, for a hold that lasts and a payment of it that is complete."""
        hold = self._holds.find(request.reservation_id, request.user_id)
        self._holds.must_hold(hold)
        if not self._payments.paid(request.payment_intent_id, hold.id):
            not_now("this reservation is not paid")
        self._holds.sell(hold, request.payment_intent_id)
        return reservation_pb2.ConfirmReservationResponse(
            order_id=hold.order_id,
            status=hold.status,
            confirmed_at=stamp(hold.updated),
            confirmed_seats=messages(hold.seats),
        )

    def cancel(self, request: reservation_pb2.CancelReservationRequest) -> reservation_pb2.CancelReservationResponse:
        """Gives the seats of a hold back; an order stays."""
        hold = self._holds.find(request.reservation_id, request.user_id)
        self._holds.must_hold(hold)
        self._holds.release(hold, CANCELLED)
        return reservation_pb2.CancelReservationResponse(
            status=hold.status, cancelled_at=stamp(hold.updated), released_seats=messages(hold.seats)
        )

    def list(self, request: reservation_pb2.ListReservationsRequest) -> reservation_pb2.ListReservationsResponse:
        """A user's reservations."""
        if not request.user_id:
            invalid("user_id is empty")
        found = [
            hold
            for hold in self._holds.of_user(request.user_id)
            if (not request.event_id or hold.hall.event_id == request.event_id)
            and (not request.status or hold.status == request.status)
        ]
        page, more = page_of(found, request.pagination.page, request.pagination.page_size)
        return reservation_pb2.ListReservationsResponse(
            reservations=[hold.message() for hold in page],
            page_info=types_pb2.PageInfo(total_count=len(found), has_next_page=more),
        )

    def extend(self, request: reservation_pb2.ExtendHoldRequest) -> reservation_pb2.ExtendHoldResponse:
        """A hold lasts longer by what is asked, 30 s when nothing is."""
        hold = self._holds.find(request.reservation_id, request.user_id)
        self._holds.must_hold(hold)
        seconds = request.extension_seconds or USUAL_EXTENSION_S
        if not 1 <= seconds <= MOST_EXTENSION_S:
            invalid(f"a hold is extended by 1 to {MOST_EXTENSION_S} s")
        self._holds.extend(hold, seconds)
        return reservation_pb2.ExtendHoldResponse(
            new_expires_at=hold.expires_at(), extended_seconds=seconds, extension_allowed=True
        )


class Inventory:
    """InventoryService: no sections anywhere."""

    def __init__(self, holds: Holds, payments: Payments, clock: Clock) -> None:
        self._holds = holds
        self._payments = payments
        self._clock = clock

    def check(self, request: inventory_pb2.CheckAvailabilityRequest) -> inventory_pb2.CheckAvailabilityResponse:
        """Which of the named seats are free, or as many free seats as asked for, at random."""
        hall = self._hall(request.event_id, request.section)
        if request.quantity < 0:
            invalid("quantity is negative")
        answer = inventory_pb2.CheckAvailabilityResponse(remaining_in_section=len(hall.free))
        if request.seat_ids:
            asked = [(seat_id, hall.seats.get(seat_id)) for seat_id in request.seat_ids]
            answer.available_seats.extend(seat.message() for _, seat in asked if seat is not None and seat.free)
            answer.unavailable_seat_ids.extend(name for name, seat in asked if seat is None or not seat.free)
            answer.available = not answer.unavailable_seat_ids
        else:
            answer.available_seats.extend(messages(self._holds.offer(hall, request.quantity)))
            answer.available = len(hall.free) >= max(1, request.quantity)
        return answer

    def reserve(self, request: inventory_pb2.ReserveSeatRequest) -> inventory_pb2.ReserveSeatResponse:
        """Holds seats under the caller's own reservation id."""
        hall = self._holds.hall(request.event_id)
        if not request.reservation_id:
            invalid("reservation_id is empty")
        if self._holds.get(request.reservation_id) is not None:
            refuse(grpc.StatusCode.ALREADY_EXISTS, "this reservation has its seats already")
        seats = self._holds.choose(hall, request.seat_ids, request.quantity)
        hold = self._holds.take(request.reservation_id, hall, request.user_id, seats, direct=True)
        return inventory_pb2.ReserveSeatResponse(
            hold_id=new_id(),
            reserved_seats=messages(seats),
            hold_expires_at=hold.expires_at(),
            status=inventory_pb2.HOLD_STATUS_ACTIVE,
        )

    def commit(self, request: inventory_pb2.CommitReservationRequest) -> inventory_pb2.CommitReservationResponse:
        """Sells what is held; a hold made by ReserveSeat knows of no payment and needs none."""
        hold = self._holds.find(request.reservation_id, request.user_id)
        self._must_match(hold, request.event_id, request.seat_ids)
        self._holds.must_hold(hold)
        if not hold.direct and not self._payments.paid(request.payment_intent_id, hold.id):
            not_now("this reservation is not paid")
        self._holds.sell(hold, request.payment_intent_id)
        return inventory_pb2.CommitReservationResponse(
            order_id=hold.order_id,
            sold_seats=messages(hold.seats),
            status=inventory_pb2.COMMIT_STATUS_SUCCESS,
            committed_at=stamp(hold.updated),
        )

    def release(self, request: inventory_pb2.ReleaseHoldRequest) -> inventory_pb2.ReleaseHoldResponse:
        """Gives held seats back; again is no harm."""
        answer = inventory_pb2.ReleaseHoldResponse(released_at=stamp(self._clock()))
        hold = self._holds.get(request.reservation_id)
        if hold is None:
            answer.status = inventory_pb2.RELEASE_STATUS_NOT_FOUND
            return answer
        self._must_match(hold, request.event_id, request.seat_ids)
        if hold.status == CONFIRMED:
            not_now("these seats are sold")
        if hold.status != HOLD:
            answer.status = inventory_pb2.RELEASE_STATUS_ALREADY_RELEASED
            return answer
        self._holds.release(hold, EXPIRED if request.reason == "EXPIRED" else CANCELLED)
        answer.status = inventory_pb2.RELEASE_STATUS_SUCCESS
        answer.released_seats.extend(messages(hold.seats))
        return answer

    def status(self, request: inventory_pb2.GetInventoryStatusRequest) -> inventory_pb2.GetInventoryStatusResponse:
        """The event and its totals."""
        hall = self._hall(request.event_id, request.section)
        stats = inventory_pb2.InventoryStats(
            total_seats=len(hall.seats),
            available_seats=len(hall.free),
            reserved_seats=hall.reserved,
            sold_seats=hall.sold,
            availability_percentage=100 * len(hall.free) / len(hall.seats),
            last_updated=stamp(self._clock()),
        )
        return inventory_pb2.GetInventoryStatusResponse(event=hall.event(), stats=stats)

    def _hall(self, event_id: str, section: str) -> Hall:
        return missing("section") if section else self._holds.hall(event_id)

    def _must_match(self, hold: Hold, event_id: str, seat_ids: Iterable[str]) -> None:
        if event_id and event_id != hold.hall.event_id:
            missing("reservation of this event")
        named = set(seat_ids)
        if named and named != {seat.id for seat in hold.seats}:
            refuse(grpc.StatusCode.ABORTED, "these are not the seats of this reservation")
