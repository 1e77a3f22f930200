"""What the gateway passes on to the services behind it, and how long it waits for them.

When a service takes longer, the gateway answers UPSTREAM_TIMEOUT at that moment. What was asked has been done all the
same, and its idempotency key replays the service's own answer: as with any timeout, nothing follows from it.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from contracts.messages import errors_pb2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakes.settings import Settings

GATEWAY = "gateway.v1.GatewayService"
INVENTORY = "reservation.v1.InventoryService"
_RESERVATION, _PAYMENT = "reservation.v1.ReservationService", "payment.v1.PaymentService"

PASSED_ON: Mapping[str, str] = MappingProxyType(
    {
        f"{GATEWAY}/GetEventAvailability": INVENTORY,
        f"{GATEWAY}/CreateReservation": _RESERVATION,
        f"{GATEWAY}/GetReservation": _RESERVATION,
        f"{GATEWAY}/ConfirmReservation": _RESERVATION,
        f"{GATEWAY}/CancelReservation": _RESERVATION,
        f"{GATEWAY}/CreatePaymentIntent": _PAYMENT,
        f"{GATEWAY}/GetPaymentStatus": _PAYMENT,
    }
)
"""Methods of the gateway to the service that does the work; what is not in here, it answers itself."""


def patience_s(service: str, settings: Settings) -> float:
    """How long the gateway waits for a service, in seconds of real time."""
    return (settings.inventory_timeout_ms if service == INVENTORY else settings.service_timeout_ms) / 1000


def timed_out(service: str, waited_s: float, trace_id: str) -> errors_pb2.Error:
    """The `error` of the gateway's answer when it has waited in vain."""
    message = f"{service} has not answered within {waited_s * 1000:g} ms"
    return errors_pb2.Error(code=errors_pb2.ERROR_CODE_UPSTREAM_TIMEOUT, message=message, trace_id=trace_id)
