"""reservation.v1.ReservationService: holds, orders, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.messages import reservation_pb2
from fakes import answers
from fakes.failures import required

if TYPE_CHECKING:
    from fakes.box_office import BoxOffice
    from fakes.caller import Caller
    from fakes.platform import Platform


class ReservationService:
    """Reservations."""

    def __init__(self, platform: Platform, box_office: BoxOffice) -> None:
        self._platform = platform
        self._box_office = box_office

    def CreateReservation(
        self, request: reservation_pb2.CreateReservationRequest, caller: Caller
    ) -> reservation_pb2.CreateReservationResponse:
        """Holds seats against a reservation token."""
        metadata = request.metadata if request.HasField("metadata") else None
        response = reservation_pb2.CreateReservationResponse()
        self._box_office.reserve(request, metadata, response)
        return response

    def GetReservation(
        self, request: reservation_pb2.GetReservationRequest, caller: Caller
    ) -> reservation_pb2.GetReservationResponse:
        """Reads one."""
        response = reservation_pb2.GetReservationResponse()
        self._box_office.read(request.reservation_id, request.user_id, response)
        return response

    def ConfirmReservation(
        self, request: reservation_pb2.ConfirmReservationRequest, caller: Caller
    ) -> reservation_pb2.ConfirmReservationResponse:
        """Turns a paid one into an order."""
        response = reservation_pb2.ConfirmReservationResponse()
        self._box_office.confirm(request.reservation_id, request.user_id, request.payment_intent_id, response)
        return response

    def CancelReservation(
        self, request: reservation_pb2.CancelReservationRequest, caller: Caller
    ) -> reservation_pb2.CancelReservationResponse:
        """Gives one up."""
        response = reservation_pb2.CancelReservationResponse()
        self._box_office.cancel(request.reservation_id, request.user_id, request.reason, response)
        return response

    def ListReservations(
        self, request: reservation_pb2.ListReservationsRequest, caller: Caller
    ) -> reservation_pb2.ListReservationsResponse:
        """A user's own, oldest first."""
        required(user_id=request.user_id)
        mine = [
            one
            for one in self._platform.reservations.of_user(request.user_id)
            if request.status in (0, one.status) and request.event_id in ("", one.event)
        ]
        shown, info = answers.page(mine, request.pagination)
        response = reservation_pb2.ListReservationsResponse(page_info=info)
        for one in shown:
            answers.put_reservation(response.reservations.add(), self._platform.events[one.event], one)
        return response

    def ExtendHold(
        self, request: reservation_pb2.ExtendHoldRequest, caller: Caller
    ) -> reservation_pb2.ExtendHoldResponse:
        """Moves the end of a hold, once."""
        reservation, added = self._platform.reservations.extend(
            self._platform.now(), request.reservation_id, request.user_id, request.extension_seconds
        )
        return reservation_pb2.ExtendHoldResponse(
            new_expires_at=answers.timestamp(reservation.expires),
            extended_seconds=max(1, round(added)),
            extension_allowed=True,
        )
