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
        return reservation_pb2.CreateReservationResponse(**self._box_office.reserve(request, request.metadata))

    def GetReservation(
        self, request: reservation_pb2.GetReservationRequest, caller: Caller
    ) -> reservation_pb2.GetReservationResponse:
        """Reads one."""
        fields = self._box_office.read(request.reservation_id, request.user_id)
        return reservation_pb2.GetReservationResponse(**fields)

    def ConfirmReservation(
        self, request: reservation_pb2.ConfirmReservationRequest, caller: Caller
    ) -> reservation_pb2.ConfirmReservationResponse:
        """Turns a paid one into an order."""
        fields = self._box_office.confirm(request.reservation_id, request.user_id, request.payment_intent_id)
        return reservation_pb2.ConfirmReservationResponse(**fields)

    def CancelReservation(
        self, request: reservation_pb2.CancelReservationRequest, caller: Caller
    ) -> reservation_pb2.CancelReservationResponse:
        """Gives one up."""
        fields = self._box_office.cancel(request.reservation_id, request.user_id, request.reason)
        return reservation_pb2.CancelReservationResponse(**fields)

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
        return reservation_pb2.ListReservationsResponse(
            reservations=[answers.reservation(self._platform.events[one.event], one) for one in shown],
            page_info=info,
        )

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
