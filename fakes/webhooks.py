"""Webhooks: a payment that settled is told to the `webhook_url` of its intent and to who registered for it.

The body is the contract's own ReceivePaymentWebhookRequest as JSON, so that a receiver can pass it on unchanged; its
`signature` covers the serialized `data`. The header X-Webhook-Signature is `sha256=` and the hex HMAC-SHA256 of the raw
body. What is not taken with 2xx is sent again after 1, 2, 4, 8 and 16 s (figures of the settings) and then given up;
`attempt` says which try it is. Nothing here blocks, and at most `webhooks_at_once` deliveries are under way: what comes
on top is dropped, counted and logged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from google.protobuf.json_format import MessageToJson

from contracts.messages import payment_pb2, types_pb2, webhook_pb2
from contracts.messages.admin_pb2 import LOG_LEVEL_ERROR, LOG_LEVEL_WARN
from fakes.answers import timestamp
from fakes.changes import Change, PaymentSettled
from fakes.posting import Parcel
from fakes.registrations import sign

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from contracts.messages.admin_pb2 import LogLevel
    from fakes.platform import Platform
    from fakes.posting import Post
    from fakes.registrations import Registration

SIGNATURE = "X-Webhook-Signature"
SERVICE = "gateway.v1.WebhookService"

_APPROVED = (
    webhook_pb2.PAYMENT_WEBHOOK_TYPE_APPROVED,
    webhook_pb2.PAYMENT_WEBHOOK_STATUS_SUCCESS,
    webhook_pb2.WEBHOOK_EVENT_TYPE_PAYMENT_APPROVED,
)
_FAILED = (
    webhook_pb2.PAYMENT_WEBHOOK_TYPE_FAILED,
    webhook_pb2.PAYMENT_WEBHOOK_STATUS_FAILED,
    webhook_pb2.WEBHOOK_EVENT_TYPE_PAYMENT_FAILED,
)
_CANCELLED = (
    webhook_pb2.PAYMENT_WEBHOOK_TYPE_CANCELLED,
    webhook_pb2.PAYMENT_WEBHOOK_STATUS_CANCELLED,
    webhook_pb2.WEBHOOK_EVENT_TYPE_PAYMENT_CANCELLED,
)
_REFUNDED = (
    webhook_pb2.PAYMENT_WEBHOOK_TYPE_REFUNDED,
    webhook_pb2.PAYMENT_WEBHOOK_STATUS_REFUNDED,
    webhook_pb2.WEBHOOK_EVENT_TYPE_PAYMENT_CANCELLED,
)
_TIMEOUT = (
    webhook_pb2.PAYMENT_WEBHOOK_TYPE_FAILED,
    webhook_pb2.PAYMENT_WEBHOOK_STATUS_TIMEOUT,
    webhook_pb2.WEBHOOK_EVENT_TYPE_PAYMENT_FAILED,
)
_PENDING = (
    webhook_pb2.PAYMENT_WEBHOOK_TYPE_PENDING,
    webhook_pb2.PAYMENT_WEBHOOK_STATUS_UNSPECIFIED,
    webhook_pb2.WEBHOOK_EVENT_TYPE_UNSPECIFIED,
)

WORDS: Mapping[
    payment_pb2.PaymentStatus,
    tuple[webhook_pb2.PaymentWebhookType, webhook_pb2.PaymentWebhookStatus, webhook_pb2.WebhookEventType],
] = MappingProxyType(
    {
        payment_pb2.PAYMENT_STATUS_PENDING: _PENDING,
        payment_pb2.PAYMENT_STATUS_PROCESSING: _PENDING,
        payment_pb2.PAYMENT_STATUS_COMPLETED: _APPROVED,
        payment_pb2.PAYMENT_STATUS_FAILED: _FAILED,
        payment_pb2.PAYMENT_STATUS_CANCELLED: _CANCELLED,
        payment_pb2.PAYMENT_STATUS_REFUNDED: _REFUNDED,
        payment_pb2.PAYMENT_STATUS_EXPIRED: _TIMEOUT,
    }
)
"""A payment's status in the words of webhooks: type, status, and the kind of event to register for."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who is told, and how."""

    url: str
    secret: str
    retries: int
    timeout_s: float
    headers: Mapping[str, str]


class Webhooks:
    """Tells settled payments of one platform."""

    def __init__(self, platform: Platform, post: Post) -> None:
        self._platform = platform
        self._post = post
        self.under_way = 0
        """Deliveries that are neither taken nor given up."""
        platform.changes.subscribe([("settled", "")], self._hear)
        platform.journal.gauge(SERVICE, "webhooks_under_way", lambda: self.under_way)

    def _hear(self, change: Change) -> None:
        if isinstance(change, PaymentSettled):
            self.announce(change)

    def announce(self, change: PaymentSettled) -> None:
        """Tells one settlement to everybody who is to be told."""
        if not (self._platform.registrations or change.payment.webhook_url):
            return  # the usual case: nobody is to be told, and there is nothing to look up
        intent, faults = change.payment.intent, self._platform.faults
        if receivers := list(self._receivers(change)):
            request = payment_webhook(change)
            for receiver in receivers:
                if faults.forge_webhook(intent):
                    self._begin(replace(receiver, secret=f"not {receiver.secret}", retries=0), request)
                if not faults.lose_webhook(intent):
                    self._begin(
                        receiver, belied(request) if _can_lie(request) and faults.belie_webhook(intent) else request
                    )

    def _receivers(self, change: PaymentSettled) -> Iterator[Receiver]:
        """Every address once; a registration's secret and headers before the defaults."""
        registrations = self._platform.registrations
        told = {known.url: known for known in registrations.wanting(WORDS[change.status][2])}
        for known in told.values():
            yield self._registered(known)
        url, settings = change.payment.webhook_url, self._platform.configuration.current
        if url and url not in told:
            timeout_s = settings.webhook_timeout_ms / 1000
            yield Receiver(url, registrations.secret(), settings.webhook_retries, timeout_s, {})

    def _registered(self, known: Registration) -> Receiver:
        settings = self._platform.configuration.current
        retries = known.retries or settings.webhook_retries
        timeout_s = known.timeout_s or settings.webhook_timeout_ms / 1000
        return Receiver(known.url, known.secret, retries, timeout_s, known.headers)

    def _begin(self, receiver: Receiver, request: webhook_pb2.ReceivePaymentWebhookRequest) -> None:
        settings = self._platform.configuration.current
        if self.under_way >= settings.webhooks_at_once:
            self._note("dropped", LOG_LEVEL_ERROR, receiver, f"{self.under_way} webhooks are under way")
            return
        self.under_way += 1
        delay_s = settings.webhook_delay_s
        if delay_s > 0:
            self._platform.agenda.at(self._platform.now() + delay_s, lambda: self._attempt(receiver, request, 1))
        else:
            self._attempt(receiver, request, 1)

    def _attempt(self, receiver: Receiver, request: webhook_pb2.ReceivePaymentWebhookRequest, attempt: int) -> None:
        def done(problem: str) -> None:
            if not problem:
                self.under_way -= 1
                self._platform.journal.count(SERVICE, "webhooks_delivered_total")
                if self._platform.faults.repeat_webhook(request.data.payment_intent_id):
                    self._post(parcel(receiver, request, attempt), lambda _: None)
            elif attempt > receiver.retries:
                self.under_way -= 1
                self._note("given_up", LOG_LEVEL_ERROR, receiver, problem)
            else:
                self._note("failed", LOG_LEVEL_WARN, receiver, problem)
                backoff = self._platform.configuration.current.webhook_backoff_s
                when = self._platform.now() + backoff[min(attempt, len(backoff)) - 1]
                self._platform.agenda.at(when, lambda: self._attempt(receiver, request, attempt + 1))

        self._post(parcel(receiver, request, attempt), done)

    def _note(self, what: str, level: LogLevel, receiver: Receiver, problem: str) -> None:
        self._platform.journal.count(SERVICE, f"webhooks_{what}_total")
        self._platform.journal.log(SERVICE, f"webhook {what}: {problem}", level, url=receiver.url)


def payment_webhook(change: PaymentSettled) -> webhook_pb2.ReceivePaymentWebhookRequest:
    """What is told of a settled payment; unsigned."""
    payment = change.payment
    kind, status, _ = WORDS[change.status]
    data = webhook_pb2.PaymentWebhookData(
        payment_intent_id=payment.intent,
        reservation_id=payment.reservation,
        transaction_id=payment.transaction,
        status=status,
        amount=types_pb2.Money(amount=payment.amount, currency="KRW"),
        failure_reason=payment.failure,
        processed_at=timestamp(payment.processed or change.at),
    )
    return webhook_pb2.ReceivePaymentWebhookRequest(
        webhook_id=change.webhook_id, event_type=kind, data=data, timestamp=timestamp(change.at), source="payment"
    )


_LIES = {_APPROVED[:2]: _FAILED[:2], _FAILED[:2]: _APPROVED[:2]}


def _can_lie(request: webhook_pb2.ReceivePaymentWebhookRequest) -> bool:
    return (request.event_type, request.data.status) in _LIES


def belied(request: webhook_pb2.ReceivePaymentWebhookRequest) -> webhook_pb2.ReceivePaymentWebhookRequest:
    """The same event with the other end: paid instead of failed, failed instead of paid."""
    lie = webhook_pb2.ReceivePaymentWebhookRequest()
    lie.CopyFrom(request)
    lie.event_type, lie.data.status = _LIES[request.event_type, request.data.status]
    return lie


def parcel(receiver: Receiver, request: webhook_pb2.ReceivePaymentWebhookRequest, attempt: int) -> Parcel:
    """The signed POST of one attempt."""
    told = webhook_pb2.ReceivePaymentWebhookRequest()
    told.CopyFrom(request)
    told.attempt = attempt
    told.signature = sign(receiver.secret, request.data.SerializeToString(deterministic=True))
    body = MessageToJson(told, preserving_proto_field_name=True, indent=None).encode()
    headers = {**receiver.headers, "Content-Type": "application/json", SIGNATURE: sign(receiver.secret, body)}
    return Parcel(receiver.url, body, headers, receiver.timeout_s)
