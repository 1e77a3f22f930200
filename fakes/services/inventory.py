"""reservation.v1.InventoryService: seats, as the services behind the gateway see them.

Who reserves here has been admitted elsewhere: no token is asked for, and the caller names the reservation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.messages import errors_pb2, inventory_pb2
from contracts.messages.inventory_pb2 import (
    COMMIT_STATUS_FAILED_CONFLICT,
    COMMIT_STATUS_FAILED_EXPIRED,
    COMMIT_STATUS_FAILED_PAYMENT,
    COMMIT_STATUS_SUCCESS,
    HOLD_STATUS_ACTIVE,
    RELEASE_STATUS_ALREADY_RELEASED,
    RELEASE_STATUS_FAILED,
    RELEASE_STATUS_NOT_FOUND,
    RELEASE_STATUS_SUCCESS,
)
from contracts.messages.reservation_pb2 import (
    RESERVATION_STATUS_CANCELLED,
    RESERVATION_STATUS_CONFIRMED,
    RESERVATION_STATUS_EXPIRED,
    RESERVATION_STATUS_FAILED,
    ReservationMetadata,
)
from contracts.messages.types_pb2 import SEAT_STATUS_AVAILABLE
from fakes import answers
from fakes.failures import Refused, invalid, missing, required
from fakes.reservations import Wish

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fakes.box_office import BoxOffice
    from fakes.caller import Caller
    from fakes.platform import Platform
    from fakes.reservations import Reservation

LISTED_AT_MOST = 1000
"""Seats that one CheckAvailability lists or examines."""

_REASONS = {
    "": RESERVATION_STATUS_CANCELLED,
    "CANCELLED": RESERVATION_STATUS_CANCELLED,
    "EXPIRED": RESERVATION_STATUS_EXPIRED,
    "FAILED_PAYMENT": RESERVATION_STATUS_FAILED,
}
_COMMIT_FAILURES = {
    errors_pb2.ERROR_CODE_PAYMENT_NOT_APPROVED: COMMIT_STATUS_FAILED_PAYMENT,
    errors_pb2.ERROR_CODE_RESERVATION_EXPIRED: COMMIT_STATUS_FAILED_EXPIRED,
    errors_pb2.ERROR_CODE_INVENTORY_CONFLICT: COMMIT_STATUS_FAILED_CONFLICT,
}


class InventoryService:
    """Seats."""

    def __init__(self, platform: Platform, box_office: BoxOffice) -> None:
        self._platform = platform
        self._box_office = box_office

    def CheckAvailability(
        self, request: inventory_pb2.CheckAvailabilityRequest, caller: Caller
    ) -> inventory_pb2.CheckAvailabilityResponse:
        """Says which of the named seats are free, or lists so many free ones, others to every caller."""
        event_id, section, named = request.event_id, request.section, len(request.seat_ids)
        if not event_id:
            raise missing("event_id")
        asked = max(request.quantity, named)
        if request.quantity < 0 or asked > LISTED_AT_MOST:
            raise invalid("quantity", f"ask for 1 to {LISTED_AT_MOST} seats, not {asked}")
        if named:
            return self._named(request)
        platform, quantity = self._platform, request.quantity or 1
        free = platform.ledger.free(event_id, quantity, section=section, start=platform.chance.random())
        response = inventory_pb2.CheckAvailabilityResponse()
        response.available = len(free) >= quantity
        answers.put_seats(response.available_seats, platform.events[event_id], free, SEAT_STATUS_AVAILABLE)
        response.remaining_in_section = platform.ledger.available(event_id, section)
        return response

    def _named(self, request: inventory_pb2.CheckAvailabilityRequest) -> inventory_pb2.CheckAvailabilityResponse:
        ledger = self._platform.ledger
        event, see = request.event_id, self._platform.faults.show_free
        taken = [n for n in request.seat_ids if ledger.status(event, n) != SEAT_STATUS_AVAILABLE and not see(event, n)]
        hall = self._platform.events[request.event_id]
        free = [hall.index(name) for name in request.seat_ids if name not in taken]
        indexes = [index for index in free if index is not None]
        lie_in = {name.partition("-")[0] for name in request.seat_ids}
        section = request.section or (lie_in.pop() if len(lie_in) == 1 else "")
        return inventory_pb2.CheckAvailabilityResponse(
            available=not taken,
            available_seats=answers.seats(hall, indexes, SEAT_STATUS_AVAILABLE),
            unavailable_seat_ids=taken,
            remaining_in_section=ledger.available(request.event_id, section),
        )

    def ReserveSeat(
        self, request: inventory_pb2.ReserveSeatRequest, caller: Caller
    ) -> inventory_pb2.ReserveSeatResponse:
        """Holds seats under the caller's reservation id."""
        required(reservation_id=request.reservation_id)
        expires = answers.seconds(request.hold_expires_at) if request.HasField("hold_expires_at") else None
        reservation = self._platform.reservations.reserve(
            self._platform.now(),
            Wish(
                event=request.event_id,
                user=request.user_id,
                seats=request.seat_ids,
                quantity=request.quantity,
                metadata=ReservationMetadata(source="inventory"),
                reservation=request.reservation_id,
                expires=expires,
            ),
        )
        return inventory_pb2.ReserveSeatResponse(
            hold_id=f"hold_{reservation.id}",
            reserved_seats=self._box_office.seats(reservation),
            hold_expires_at=answers.timestamp(reservation.expires),
            status=HOLD_STATUS_ACTIVE,
        )

    def CommitReservation(
        self, request: inventory_pb2.CommitReservationRequest, caller: Caller
    ) -> inventory_pb2.CommitReservationResponse:
        """Sells what is held, all or nothing; says in its status why not."""
        try:
            required(user_id=request.user_id)
            reservation = self._platform.reservations.find(request.reservation_id, request.user_id)
            self._require_seats(reservation, request.event_id, request.seat_ids, request.quantity)
            self._platform.reservations.confirm(
                self._platform.now(), reservation.id, request.user_id, request.payment_intent_id
            )
        except Refused as refused:
            refused.answer["status"] = _COMMIT_FAILURES.get(refused.code, 0)
            raise
        return inventory_pb2.CommitReservationResponse(
            order_id=reservation.order,
            sold_seats=self._box_office.seats(reservation),
            status=COMMIT_STATUS_SUCCESS,
            committed_at=answers.timestamp(reservation.confirmed),
        )

    def ReleaseHold(
        self, request: inventory_pb2.ReleaseHoldRequest, caller: Caller
    ) -> inventory_pb2.ReleaseHoldResponse:
        """Frees what is held; once is as good as twice."""
        required(reservation_id=request.reservation_id)
        status = _REASONS.get(request.reason)
        if status is None:
            raise invalid("reason", f"reason must be one of {', '.join(filter(None, _REASONS))}, not {request.reason}")
        platform, now = self._platform, self._platform.now()
        try:
            reservation = platform.reservations.find(request.reservation_id)
        except Refused:
            return inventory_pb2.ReleaseHoldResponse(status=RELEASE_STATUS_NOT_FOUND)
        if reservation.status == RESERVATION_STATUS_CONFIRMED:
            message = f"{reservation.id} is sold: {reservation.order}"
            raise Refused(errors_pb2.ERROR_CODE_FAILED_PRECONDITION, message, status=RELEASE_STATUS_FAILED)
        if not reservation.holding:
            return inventory_pb2.ReleaseHoldResponse(status=RELEASE_STATUS_ALREADY_RELEASED)
        self._require_seats(reservation, request.event_id, request.seat_ids, request.quantity)
        platform.reservations.close(now, reservation, status, request.reason or "released")
        return inventory_pb2.ReleaseHoldResponse(
            released_seats=self._box_office.seats(reservation),
            status=RELEASE_STATUS_SUCCESS,
            released_at=answers.timestamp(now),
        )

    def GetInventoryStatus(
        self, request: inventory_pb2.GetInventoryStatusRequest, caller: Caller
    ) -> inventory_pb2.GetInventoryStatusResponse:
        """An event's seats by status, in all and by section."""
        fields = self._box_office.availability(request.event_id, request.section)
        counts = fields["counts"]
        return inventory_pb2.GetInventoryStatusResponse(
            event=fields["event"],
            sections=fields["sections"],
            stats=inventory_pb2.InventoryStats(
                total_seats=counts.total,
                available_seats=counts.available,
                reserved_seats=counts.reserved,
                sold_seats=counts.sold,
                blocked_seats=counts.blocked,
                availability_percentage=100 * counts.available / counts.total,
                last_updated=answers.timestamp(self._platform.now()),
            ),
        )

    def _require_seats(self, reservation: Reservation, event_id: str, names: Sequence[str], quantity: int) -> None:
        """Refuses INVENTORY_CONFLICT what is not about exactly the seats of the reservation, as far as it says."""
        hall = self._platform.events[reservation.event]
        held = {hall.seat(seat) for seat in reservation.seats}
        same_seats = not names or set(names) == held
        if event_id not in ("", hall.id) or not same_seats or quantity not in (0, len(held)):
            message = f"{reservation.id} holds {', '.join(sorted(held))} of {hall.id}, all of them or none"
            raise Refused(errors_pb2.ERROR_CODE_INVENTORY_CONFLICT, message)
