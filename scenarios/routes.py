"""Which method of the contract does which step of a journey, on either route.

The route `services` asks the four services themselves (queue on the gateway); `gateway` goes through GatewayService
where it has the method. Requests and answers of one step have the same fields on both, so only the name differs.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_SERVICES = {
    "stats": "gateway.v1.QueueService/GetQueueStats",
    "join": "gateway.v1.QueueService/JoinQueue",
    "poll": "gateway.v1.QueueService/GetQueueStatus",
    "ask_admission": "gateway.v1.QueueService/RequestAdmission",
    "leave": "gateway.v1.QueueService/LeaveQueue",
    "look": "reservation.v1.InventoryService/CheckAvailability",
    "inventory": "reservation.v1.InventoryService/GetInventoryStatus",
    "reserve": "reservation.v1.ReservationService/CreateReservation",
    "extend": "reservation.v1.ReservationService/ExtendHold",
    "cancel": "reservation.v1.ReservationService/CancelReservation",
    "read_back": "reservation.v1.ReservationService/GetReservation",
    "list_reservations": "reservation.v1.ReservationService/ListReservations",
    "confirm": "reservation.v1.ReservationService/ConfirmReservation",
    "open_payment": "payment.v1.PaymentService/CreatePaymentIntent",
    "pay": "payment.v1.PaymentService/ProcessPayment",
    "payment_status": "payment.v1.PaymentService/GetPaymentStatus",
    "list_payments": "payment.v1.PaymentService/ListPayments",
}
_BY_GATEWAY = {
    "reserve": "gateway.v1.GatewayService/CreateReservation",
    "cancel": "gateway.v1.GatewayService/CancelReservation",
    "read_back": "gateway.v1.GatewayService/GetReservation",
    "confirm": "gateway.v1.GatewayService/ConfirmReservation",
    "open_payment": "gateway.v1.GatewayService/CreatePaymentIntent",
    "payment_status": "gateway.v1.GatewayService/GetPaymentStatus",
}

ROUTES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "services": MappingProxyType(_SERVICES),
        "gateway": MappingProxyType(_SERVICES | _BY_GATEWAY),
    }
)
"""Route to its steps, step to the full name of its method."""
