"""payment.v1.PaymentService: money, in scenarios that a test can choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.messages import payment_pb2
from contracts.messages.payment_pb2 import (
    PAYMENT_STATUS_CANCELLED,
    PAYMENT_STATUS_COMPLETED,
    PAYMENT_STATUS_FAILED,
    PAYMENT_STATUS_REFUNDED,
)
from contracts.messages.reservation_pb2 import RESERVATION_STATUS_CONFIRMED
from contracts.messages.webhook_pb2 import (
    WEBHOOK_EVENT_TYPE_PAYMENT_APPROVED,
    WEBHOOK_EVENT_TYPE_PAYMENT_CANCELLED,
    WEBHOOK_EVENT_TYPE_PAYMENT_FAILED,
)
from fakes import answers
from fakes.failures import Refused, invalid, missing, required

if TYPE_CHECKING:
    from fakes.box_office import BoxOffice
    from fakes.caller import Caller
    from fakes.payments import Payment
    from fakes.platform import Platform

SETTLED = {
    PAYMENT_STATUS_COMPLETED: WEBHOOK_EVENT_TYPE_PAYMENT_APPROVED,
    PAYMENT_STATUS_FAILED: WEBHOOK_EVENT_TYPE_PAYMENT_FAILED,
    PAYMENT_STATUS_CANCELLED: WEBHOOK_EVENT_TYPE_PAYMENT_CANCELLED,
}
"""What SimulateWebhook can make of a payment, and which event that is."""


class PaymentService:
    """Payments."""

    def __init__(self, platform: Platform, box_office: BoxOffice) -> None:
        self._platform = platform
        self._box_office = box_office

    def CreatePaymentIntent(
        self, request: payment_pb2.CreatePaymentIntentRequest, caller: Caller
    ) -> payment_pb2.CreatePaymentIntentResponse:
        """Opens an intent for what a reservation costs."""
        metadata = request.metadata if request.HasField("metadata") else None
        response = payment_pb2.CreatePaymentIntentResponse()
        self._box_office.open_payment(request, metadata, response)
        return response

    def ProcessPayment(
        self, request: payment_pb2.ProcessPaymentRequest, caller: Caller
    ) -> payment_pb2.ProcessPaymentResponse:
        """Charges. The details decide nothing and are not kept."""
        intent, payments = request.payment_intent_id, self._platform.payments
        if not intent:
            raise missing("payment_intent_id")
        payment = payments.find(intent)
        payments.process(payment, request.payment_details.method or None)
        response = payment_pb2.ProcessPaymentResponse()
        response.payment_id = payment.payment
        response.status = payment.status
        response.transaction_id = payment.transaction
        if payment.processed:
            answers.put_time(response.processed_at, payment.processed)
            answers.put_payment_result(response.result, payment)
        return response

    def GetPaymentStatus(
        self, request: payment_pb2.GetPaymentStatusRequest, caller: Caller
    ) -> payment_pb2.GetPaymentStatusResponse:
        """Reads one."""
        response = payment_pb2.GetPaymentStatusResponse()
        self._box_office.payment_status(request.payment_intent_id, request.user_id, response)
        return response

    def CancelPayment(
        self, request: payment_pb2.CancelPaymentRequest, caller: Caller
    ) -> payment_pb2.CancelPaymentResponse:
        """Cancels what is not settled; refunds what is, whole, with the order that it paid for."""
        required(payment_intent_id=request.payment_intent_id)
        payment = self._platform.payments.find(request.payment_intent_id)
        reason = request.reason or "cancelled by the user"
        if payment.status != PAYMENT_STATUS_COMPLETED:
            self._platform.payments.settle(payment, PAYMENT_STATUS_CANCELLED, reason)
        else:
            if request.HasField("refund_amount") and request.refund_amount.amount != payment.amount:
                raise invalid("refund_amount", f"only the whole amount, {payment.amount}, is refunded")
            self._refund(payment, reason)
        refunded = payment.status == PAYMENT_STATUS_REFUNDED
        return payment_pb2.CancelPaymentResponse(
            status=payment.status,
            cancelled_at=answers.timestamp(payment.updated),
            refunded_amount=answers.money(payment.amount if refunded else 0),
            refund_id=payment.refund,
        )

    def ListPayments(
        self, request: payment_pb2.ListPaymentsRequest, caller: Caller
    ) -> payment_pb2.ListPaymentsResponse:
        """Those of a user, a reservation, or both, oldest first."""
        if not request.user_id and not request.reservation_id:
            raise invalid("user_id", "user_id or reservation_id is required")
        payments = self._platform.payments
        found = [
            one
            for one in (payments.of_user(request.user_id) or payments.of_reservation(request.reservation_id))
            if request.user_id in ("", one.user)
            and request.reservation_id in ("", one.reservation)
            and request.status in (0, one.status)
        ]
        shown, info = answers.page(found, request.pagination)
        response = payment_pb2.ListPaymentsResponse(page_info=info)
        for one in shown:
            answers.put_payment(response.payments.add(), one)
        return response

    def SimulateWebhook(
        self, request: payment_pb2.SimulateWebhookRequest, caller: Caller
    ) -> payment_pb2.SimulateWebhookResponse:
        """Settles a payment as asked, after a delay, and announces it; `force_trigger` announces once more.

        `webhook_sent` says whether anybody is to be told: the payment's own URL or a registered endpoint. What is
        settled stays; asked for the status that it has, with force, it is only announced again.
        """
        required(payment_intent_id=request.payment_intent_id)
        event = SETTLED.get(request.target_status)
        if event is None:
            raise invalid("target_status", "target_status must be COMPLETED, FAILED or CANCELLED")
        platform, payment = self._platform, self._platform.payments.find(request.payment_intent_id)
        if request.delay_seconds < 0:
            raise invalid("delay_seconds", "delay_seconds cannot be negative")
        delay = request.delay_seconds * platform.configuration.current.time_scale
        again = payment.status == request.target_status and request.force_trigger
        if not again:
            platform.payments.require_open(payment, request.target_status)
        webhook_id = platform.new_id("whk")
        if delay:
            platform.agenda.at(
                platform.now() + delay, lambda: self._simulate(payment, request.target_status, webhook_id, again)
            )
        else:
            self._simulate(payment, request.target_status, webhook_id, again)
        return payment_pb2.SimulateWebhookResponse(
            webhook_sent=bool(payment.webhook_url or platform.registrations.wanting(event)),
            webhook_id=webhook_id,
            scheduled_at=answers.timestamp(platform.now() + delay),
        )

    def _simulate(self, payment: Payment, status: payment_pb2.PaymentStatus, webhook_id: str, again: bool) -> None:
        if again:
            self._platform.payments.announce(payment, webhook_id)
            return
        try:
            self._platform.payments.settle(payment, status, "simulated", webhook_id)
        except Refused as refused:
            self._platform.journal.log("payment.v1.PaymentService", f"{webhook_id} not sent: {refused.message}")

    def _refund(self, payment: Payment, reason: str) -> None:
        platform = self._platform
        reservation = platform.reservations.find(payment.reservation)
        if reservation.status == RESERVATION_STATUS_CONFIRMED and reservation.intent == payment.intent:
            platform.reservations.refund(platform.now(), reservation, reason)
        else:
            platform.payments.settle(payment, PAYMENT_STATUS_REFUNDED, reason)
