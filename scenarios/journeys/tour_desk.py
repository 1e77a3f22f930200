"""The end of the tour: webhooks, and the operator's desk, asked so that the target stays as it was.

The webhook that is registered listens for maintenance only, which nobody announces; the one received tells what is
true already; nothing is applied at once, operations are dry runs, emergencies are not confirmed.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Protocol

from contracts.messages import webhook_pb2

if TYPE_CHECKING:
    from typing import Any

    from scenarios.ticketing import Reply, Ticketing
    from scenarios.wishes import Wishes

_WEBHOOK = "gateway.v1.WebhookService"
_ADMIN = "common.v1.AdminService"
_PAYMENT = "payment.v1.PaymentService"
_SERVICE = "tacorush-tour"
_WHY = "tacorush tour"


class Asking(Protocol):
    """The part of a visit that these need."""

    @property
    def person(self) -> Ticketing:
        """Who makes the visit."""
        ...

    @property
    def wishes(self) -> Wishes:
        """What the person wants."""
        ...

    def ask(self, method: str, provoked: bool = False, **fields: Any) -> Reply:
        """Asks a method and remembers the answer."""
        ...


def signature(secret: str, payload: bytes) -> str:
    """The documented signature of a webhook: `sha256=` and the HMAC-SHA256 in lower-case hex."""
    return "sha256=" + hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()


def ask_webhooks(visit: Asking) -> None:
    """Registers, validates, simulates and receives webhooks."""
    secret = f"secret of {visit.person.user}"
    registered = visit.ask(
        f"{_WEBHOOK}/RegisterWebhook",
        service_name=_SERVICE,
        endpoint_url="http://127.0.0.1:9/tour",
        event_types=["WEBHOOK_EVENT_TYPE_SYSTEM_MAINTENANCE"],
        secret=secret,
    )
    name = registered.field("webhook_id")
    visit.ask(f"{_WEBHOOK}/ValidateWebhook", payload="tour", signature=signature(secret, b"tour"), webhook_id=name)
    unpaid = visit.ask(
        f"{_PAYMENT}/CreatePaymentIntent",
        reservation_id=f"rsv-{visit.person.user}-webhook",
        user_id=visit.person.user,
        amount={"amount": 50_000, "currency": "KRW"},
        provoked=True,
    )
    intent = unpaid.field("payment_intent_id")
    visit.ask(
        f"{_PAYMENT}/SimulateWebhook",
        payment_intent_id=intent,
        target_status="PAYMENT_STATUS_CANCELLED",
        provoked=True,
    )
    data = webhook_pb2.PaymentWebhookData(
        payment_intent_id=intent, reservation_id=f"rsv-{visit.person.user}-webhook", failure_reason=_WHY
    )
    visit.ask(
        f"{_WEBHOOK}/ReceivePaymentWebhook",
        webhook_id=name,
        event_type="PAYMENT_WEBHOOK_TYPE_CANCELLED",
        data=data,
        signature=signature(secret, data.SerializeToString(deterministic=True)),
        source=_SERVICE,
        attempt=1,
        provoked=True,
    )
    visit.ask(
        f"{_WEBHOOK}/ReceiveExpiryWebhook",
        webhook_id=name,
        reservation_id=f"rsv-{visit.person.user}-expires",
        source=_SERVICE,
        provoked=True,
    )


def ask_desk(visit: Asking) -> None:
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
