"""gateway.v1.WebhookService: what comes in from payment providers, and who wants to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.messages import errors_pb2, webhook_pb2
from contracts.messages.webhook_pb2 import (
    PAYMENT_WEBHOOK_STATUS_CANCELLED,
    PAYMENT_WEBHOOK_STATUS_FAILED,
    PAYMENT_WEBHOOK_STATUS_REFUNDED,
    PAYMENT_WEBHOOK_STATUS_SUCCESS,
    PAYMENT_WEBHOOK_STATUS_TIMEOUT,
)
from contracts.messages.worker_pb2 import (
    PAYMENT_RESULT_TYPE_APPROVED,
    PAYMENT_RESULT_TYPE_CANCELLED,
    PAYMENT_RESULT_TYPE_FAILED,
    PAYMENT_RESULT_TYPE_REFUNDED,
    PAYMENT_RESULT_TYPE_TIMEOUT,
)
from fakes import answers
from fakes.failures import Refused, invalid, not_found, required
from fakes.registrations import genuine

if TYPE_CHECKING:
    from fakes.caller import Caller
    from fakes.platform import Platform

_RESULTS = {
    PAYMENT_WEBHOOK_STATUS_SUCCESS: PAYMENT_RESULT_TYPE_APPROVED,
    PAYMENT_WEBHOOK_STATUS_FAILED: PAYMENT_RESULT_TYPE_FAILED,
    PAYMENT_WEBHOOK_STATUS_CANCELLED: PAYMENT_RESULT_TYPE_CANCELLED,
    PAYMENT_WEBHOOK_STATUS_REFUNDED: PAYMENT_RESULT_TYPE_REFUNDED,
    PAYMENT_WEBHOOK_STATUS_TIMEOUT: PAYMENT_RESULT_TYPE_TIMEOUT,
}


class WebhookService:
    """Webhooks."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def ReceivePaymentWebhook(
        self, request: webhook_pb2.ReceivePaymentWebhookRequest, caller: Caller
    ) -> webhook_pb2.ReceivePaymentWebhookResponse:
        """Checks the signature over the serialized `data`, and gives the worker the job, once a webhook id."""
        platform, now, data = self._platform, self._platform.now(), request.data
        required(webhook_id=request.webhook_id, reservation_id=data.reservation_id)
        self._require_signature(request)
        result = _RESULTS.get(data.status)
        if result is None:
            raise invalid("data.status", "data.status must say how the payment came out")
        job_id, next_action = platform.webhooks_seen.get(now, request.webhook_id), "none: it came before"
        if job_id is None:
            job_id = platform.new_id("job")
            life = platform.configuration.current.idempotency_life_s
            platform.webhooks_seen.put(now, request.webhook_id, job_id, life)
            report = platform.worker.payment_result(data.reservation_id, data.payment_intent_id, result, job_id)
            next_action = report.refusal.message if report.refusal is not None else report.next_action
        return webhook_pb2.ReceivePaymentWebhookResponse(
            accepted=True, correlation_id=job_id, processed_at=answers.timestamp(now), next_action=next_action
        )

    def ReceiveExpiryWebhook(
        self, request: webhook_pb2.ReceiveExpiryWebhookRequest, caller: Caller
    ) -> webhook_pb2.ReceiveExpiryWebhookResponse:
        """Gives the worker the job of a hold that has run out."""
        platform, now = self._platform, self._platform.now()
        required(webhook_id=request.webhook_id, reservation_id=request.reservation_id)
        job_id = platform.webhooks_seen.get(now, request.webhook_id)
        if job_id is None:
            job_id = platform.new_id("job")
            life = platform.configuration.current.idempotency_life_s
            platform.webhooks_seen.put(now, request.webhook_id, job_id, life)
            expired_at = answers.seconds(request.expired_at) if request.HasField("expired_at") else None
            platform.worker.expiry(request.reservation_id, expired_at, job_id)
        return webhook_pb2.ReceiveExpiryWebhookResponse(
            accepted=True, correlation_id=job_id, processed_at=answers.timestamp(now)
        )

    def RegisterWebhook(
        self, request: webhook_pb2.RegisterWebhookRequest, caller: Caller
    ) -> webhook_pb2.RegisterWebhookResponse:
        """Tells an endpoint from now on; its secret signs what it is told, and checks what its service sends."""
        registration = self._platform.registrations.register(
            request.service_name,
            request.endpoint_url,
            request.event_types,
            request.secret,
            retries=request.config.retry_count,
            timeout_s=request.config.timeout_seconds,
            headers=request.config.headers,
        )
        return webhook_pb2.RegisterWebhookResponse(
            webhook_id=registration.id, registered=True, registered_at=answers.timestamp(self._platform.now())
        )

    def ValidateWebhook(
        self, request: webhook_pb2.ValidateWebhookRequest, caller: Caller
    ) -> webhook_pb2.ValidateWebhookResponse:
        """Says whether a payload was signed with the secret of a registration, or with the default one."""
        registrations = self._platform.registrations
        if request.webhook_id and request.webhook_id not in registrations:
            raise not_found("registered webhook", request.webhook_id)
        secret = registrations.secret(request.webhook_id)
        valid = genuine(request.signature, secret, request.payload.encode())
        return webhook_pb2.ValidateWebhookResponse(
            valid=valid,
            reason="the signature is right" if valid else "the payload was signed with another secret, or not at all",
            validated_at=answers.timestamp(self._platform.now()),
        )

    def _require_signature(self, request: webhook_pb2.ReceivePaymentWebhookRequest) -> None:
        secret = self._platform.registrations.secret(request.webhook_id, request.source)
        if not genuine(request.signature, secret, request.data.SerializeToString(deterministic=True)):
            self._platform.journal.count("gateway.v1.WebhookService", "forged_total")
            message = "signature must be sha256= and the hex HMAC-SHA256 of the serialized data"
            raise Refused(errors_pb2.ERROR_CODE_UNAUTHENTICATED, message)
