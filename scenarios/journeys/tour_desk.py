"""The end of the tour: webhooks, and the operator's desk, asked so that the target stays as it was.

The webhook that is registered listens for maintenance only, which nobody announces; the one received tells what is
true already; nothing is applied at once, operations are dry runs, emergencies are not confirmed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.messages import webhook_pb2
from scenarios.journeys.visit import price
from scenarios.signing import signature

if TYPE_CHECKING:
    from scenarios.journeys.visit import Visit

_WEBHOOK = "gateway.v1.WebhookService"
_ADMIN = "common.v1.AdminService"
_RESERVATION = "reservation.v1.ReservationService"
_PAYMENT = "payment.v1.PaymentService"
_SERVICE = "tacorush-tour"
SECRET = "tacorush-tour"  # noqa: S105 - of the tour's own registration
"""Signs the webhooks of every tour, so that tours at the same time agree."""
_WHY = "tacorush tour"


def ask_webhooks(visit: Visit) -> None:
    """Registers, validates, simulates and receives webhooks."""
    registered = visit.ask(
        f"{_WEBHOOK}/RegisterWebhook",
        service_name=_SERVICE,
        endpoint_url="http://127.0.0.1:9/tour",
        event_types=["WEBHOOK_EVENT_TYPE_SYSTEM_MAINTENANCE"],
        secret=SECRET,
    )
    name = registered.field("webhook_id")
    visit.ask(f"{_WEBHOOK}/ValidateWebhook", payload="tour", signature=signature(SECRET, b"tour"), webhook_id=name)
    _pay_by_webhook(visit)
    expiring = visit.reserve_seat("webhook-expires")
    visit.ask(
        f"{_WEBHOOK}/ReceiveExpiryWebhook",
        webhook_id=f"whk-{visit.person.user}-expiry",
        reservation_id=expiring["reservation_id"],
        source=_SERVICE,
    )


def _pay_by_webhook(visit: Visit) -> None:
    """Settles a payment by its simulator, announces it as its provider would, and reads what became of the hold."""
    held = visit.reserve_seat("webhook")
    mine = {"reservation_id": held["reservation_id"], "user_id": held["user_id"]}
    opened = visit.ask(f"{_PAYMENT}/CreatePaymentIntent", **mine, **price(held["amount"]))
    intent = opened.field("payment_intent_id")
    visit.ask(f"{_PAYMENT}/SimulateWebhook", payment_intent_id=intent, target_status="PAYMENT_STATUS_COMPLETED")
    data = webhook_pb2.PaymentWebhookData(
        payment_intent_id=intent,
        reservation_id=held["reservation_id"],
        status=webhook_pb2.PAYMENT_WEBHOOK_STATUS_SUCCESS,
    )
    visit.ask(
        f"{_WEBHOOK}/ReceivePaymentWebhook",
        webhook_id=f"whk-{visit.person.user}-payment",
        event_type="PAYMENT_WEBHOOK_TYPE_APPROVED",
        data=data,
        signature=signature(SECRET, data.SerializeToString(deterministic=True)),
        source=_SERVICE,
        attempt=1,
    )
    visit.ask(f"{_RESERVATION}/GetReservation", **mine)


def ask_desk(visit: Visit) -> None:
    """Asks the operator's methods; only the reading ones have to go through."""
    visit.ask(f"{_ADMIN}/GetSystemHealth", include_dependencies=True)
    visit.ask(f"{_ADMIN}/GetMetrics")
    visit.ask(f"{_ADMIN}/GetLogs", limit=10)
    visit.ask(
        f"{_ADMIN}/UpdateConfig",
        service="gateway",
        config_key="log_level",
        config_value="INFO",
        apply_immediately=False,
        reason=_WHY,
        provoked=True,
    )
    visit.ask(
        f"{_ADMIN}/TriggerOperation",
        operation="OPERATION_TYPE_REFRESH_CONFIG",
        target_service="gateway",
        reason=_WHY,
        dry_run=True,
        provoked=True,
    )
    visit.ask(
        f"{_ADMIN}/EmergencyAction",
        action="EMERGENCY_ACTION_TYPE_STOP_ADMISSIONS",
        reason=_WHY,
        confirm=False,
        provoked=True,
    )
