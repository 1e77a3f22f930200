"""gateway.v1.GatewayService: the same sale through one door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.catalogue import SERVICES
from contracts.messages import gateway_pb2
from contracts.messages.gateway_pb2 import HEALTH_STATUS_DEGRADED, HEALTH_STATUS_HEALTHY, HEALTH_STATUS_UNHEALTHY
from contracts.messages.payment_pb2 import PaymentMetadata
from contracts.messages.reservation_pb2 import ReservationMetadata
from fakes import answers
from fakes.controls import known
from fakes.failures import required

if TYPE_CHECKING:
    from fakes.box_office import BoxOffice
    from fakes.caller import Caller
    from fakes.platform import Platform

VERSION = "1.0.0"
"""Of every service, as health checks tell it."""


class GatewayService:
    """The gateway."""

    def __init__(self, platform: Platform, box_office: BoxOffice) -> None:
        self._platform = platform
        self._box_office = box_office

    def HealthCheck(self, request: gateway_pb2.HealthCheckRequest, caller: Caller) -> gateway_pb2.HealthCheckResponse:
        """How one service fares, or all; the whole is as well as the worst of them."""
        stamp = answers.timestamp(self._platform.now())
        services = {name: self._health(name) for name in ([known(request.service)] if request.service else SERVICES)}
        return gateway_pb2.HealthCheckResponse(
            status=max(services.values()),
            services={
                name: gateway_pb2.ServiceHealth(
                    status=status,
                    response_time_ms=self._platform.health.response_ms(name),
                    version=VERSION,
                    last_check=stamp,
                )
                for name, status in services.items()
            },
            timestamp=stamp,
        )

    def ValidateToken(
        self, request: gateway_pb2.ValidateTokenRequest, caller: Caller
    ) -> gateway_pb2.ValidateTokenResponse:
        """Says what a waiting token (scope `queue`) or a reservation token (scope `reserve`) is good for now."""
        required(token=request.token)
        now, queue = self._platform.now(), self._platform.queue
        holder = queue.admission(now, request.token) or queue.waiter(now, request.token)
        if holder is None:
            return gateway_pb2.ValidateTokenResponse(valid=False)
        scope = "reserve" if queue.admission(now, request.token) else "queue"
        return gateway_pb2.ValidateTokenResponse(
            valid=request.required_scope in ("", scope),
            user=gateway_pb2.UserContext(
                user_id=holder.user, username=holder.user, roles=["buyer"], attributes={"event_id": holder.event}
            ),
            scopes=[scope],
            expires_at=answers.timestamp(holder.expires),
        )

    def GetEventAvailability(
        self, request: gateway_pb2.GetEventAvailabilityRequest, caller: Caller
    ) -> gateway_pb2.GetEventAvailabilityResponse:
        """An event with its sections; with a quantity, those that have so many seats left."""
        fields = self._box_office.availability(request.event_id, request.section)
        return gateway_pb2.GetEventAvailabilityResponse(
            event=fields["event"],
            sections=[one for one in fields["sections"] if one.available_seats >= request.quantity],
            total_available=fields["counts"].available,
        )

    def CreateReservation(
        self, request: gateway_pb2.CreateReservationRequest, caller: Caller
    ) -> gateway_pb2.CreateReservationResponse:
        """Holds seats against a reservation token."""
        sent = request.metadata
        metadata = ReservationMetadata(
            source="gateway", user_agent=sent.user_agent, ip_address=sent.ip_address, session_id=sent.session_id
        )
        response = gateway_pb2.CreateReservationResponse()
        self._box_office.reserve(request, metadata, response)
        return response

    def GetReservation(
        self, request: gateway_pb2.GetReservationRequest, caller: Caller
    ) -> gateway_pb2.GetReservationResponse:
        """Reads one."""
        response = gateway_pb2.GetReservationResponse()
        self._box_office.read(request.reservation_id, request.user_id, response)
        return response

    def ConfirmReservation(
        self, request: gateway_pb2.ConfirmReservationRequest, caller: Caller
    ) -> gateway_pb2.ConfirmReservationResponse:
        """Turns a paid one into an order."""
        response = gateway_pb2.ConfirmReservationResponse()
        self._box_office.confirm(request.reservation_id, request.user_id, request.payment_intent_id, response)
        return response

    def CancelReservation(
        self, request: gateway_pb2.CancelReservationRequest, caller: Caller
    ) -> gateway_pb2.CancelReservationResponse:
        """Gives one up."""
        response = gateway_pb2.CancelReservationResponse()
        self._box_office.cancel(request.reservation_id, request.user_id, request.reason, response)
        return response

    def CreatePaymentIntent(
        self, request: gateway_pb2.CreatePaymentIntentRequest, caller: Caller
    ) -> gateway_pb2.CreatePaymentIntentResponse:
        """Opens an intent for what a reservation costs."""
        metadata = PaymentMetadata(source="gateway", scenario=request.scenario)
        response = gateway_pb2.CreatePaymentIntentResponse()
        self._box_office.open_payment(request, metadata, response)
        return response

    def GetPaymentStatus(
        self, request: gateway_pb2.GetPaymentStatusRequest, caller: Caller
    ) -> gateway_pb2.GetPaymentStatusResponse:
        """Reads a payment."""
        response = gateway_pb2.GetPaymentStatusResponse()
        self._box_office.payment_status(request.payment_intent_id, request.user_id, response)
        return response

    def _health(self, service: str) -> gateway_pb2.HealthStatus:
        now, health = self._platform.now(), self._platform.health
        if health.dead(now, service):
            return HEALTH_STATUS_UNHEALTHY
        return HEALTH_STATUS_DEGRADED if health.issues(now, service) else HEALTH_STATUS_HEALTHY
