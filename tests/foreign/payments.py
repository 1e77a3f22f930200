"""Payments: PENDING, PROCESSING when processed, and settled some time later whoever looks."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass

import grpc

from contracts.messages import payment_pb2, types_pb2
from tests.foreign.answers import Clock, chance, invalid, missing, new_id, not_now, page_of, refuse, stamp
from tests.foreign.counts import Counts
from tests.foreign.seats import CURRENCY

INTENT_S = 900.0
SLOW_FACTOR = 4
"""The scenario DELAY settles after so many times the usual span."""

Price = Callable[[str], int | None]
"""What a reservation costs, None for one that the platform does not know."""


@dataclass(slots=True)
class Payment:
    """One payment intent and what became of it."""

    id: str
    reservation_id: str
    user_id: str
    amount: int
    method: payment_pb2.PaymentMethod
    scenario: payment_pb2.PaymentScenario
    created: float
    updated: float
    payment_id: str = ""
    transaction_id: str = ""
    status: payment_pb2.PaymentStatus = payment_pb2.PAYMENT_STATUS_PENDING

    def message(self) -> payment_pb2.Payment:
        """The payment as the contract shows it."""
        shown = payment_pb2.Payment(
            payment_intent_id=self.id,
            payment_id=self.payment_id,
            reservation_id=self.reservation_id,
            user_id=self.user_id,
            status=self.status,
            amount=types_pb2.Money(amount=self.amount, currency=CURRENCY),
            method=self.method,
            created_at=stamp(self.created),
            updated_at=stamp(self.updated),
            transaction_id=self.transaction_id,
        )
        if self.status in (payment_pb2.PAYMENT_STATUS_COMPLETED, payment_pb2.PAYMENT_STATUS_FAILED):
            done = self.status == payment_pb2.PAYMENT_STATUS_COMPLETED
            shown.processed_at.CopyFrom(stamp(self.updated))
            shown.result.success = done
            shown.result.failure_reason = "" if done else "card declined"
        return shown


class Payments:
    """PaymentService, without SimulateWebhook: this platform sends no webhooks."""

    def __init__(self, settle_s: float, seed: int, price: Price, clock: Clock, counts: Counts) -> None:
        self._settle_s = settle_s
        self._price = price
        self._clock = clock
        self._counts = counts
        self._luck = chance(seed, "payments")
        self._payments: dict[str, Payment] = {}
        self._due: list[tuple[float, str, payment_pb2.PaymentStatus]] = []

    def paid(self, intent_id: str, reservation_id: str) -> bool:
        """True when this payment is complete and was for this reservation."""
        payment = self._payments.get(intent_id)
        return (
            payment is not None
            and payment.reservation_id == reservation_id
            and payment.status == payment_pb2.PAYMENT_STATUS_COMPLETED
        )

    def sweep(self, now: float) -> None:
        """Settles what is due."""
        while self._due and self._due[0][0] <= now:
            when, intent_id, final = heapq.heappop(self._due)
            payment = self._payments[intent_id]
            if payment.status != payment_pb2.PAYMENT_STATUS_PROCESSING:
                continue  # cancelled meanwhile
            payment.status = final
            payment.updated = when
            if final == payment_pb2.PAYMENT_STATUS_COMPLETED:
                self._counts.payments_completed += 1
            else:
                self._counts.payments_failed += 1

    def create(self, request: payment_pb2.CreatePaymentIntentRequest) -> payment_pb2.CreatePaymentIntentResponse:
        """PENDING at once; the amount must be the reservation's, where the platform knows it."""
        now = self._clock()
        if not request.reservation_id:
            invalid("reservation_id is empty")
        if request.amount.currency != CURRENCY or request.amount.amount <= 0:
            invalid(f"the amount is not a price in {CURRENCY}")
        price = self._price(request.reservation_id)
        if price is not None and price != request.amount.amount:
            invalid(f"the reservation costs {price} {CURRENCY}")
        payment = Payment(
            id=new_id(),
            reservation_id=request.reservation_id,
            user_id=request.user_id,
            amount=request.amount.amount,
            method=request.method,
            scenario=request.scenario or request.metadata.scenario,
            created=now,
            updated=now,
        )
        self._payments[payment.id] = payment
        self._counts.payments_created += 1
        return payment_pb2.CreatePaymentIntentResponse(
            payment_intent_id=payment.id,
            status=payment.status,
            client_secret=new_id(),
            payment_url=f"https://pay.invalid/{payment.id}",
            expires_at=stamp(now + INTENT_S),
        )

    def process(self, request: payment_pb2.ProcessPaymentRequest) -> payment_pb2.ProcessPaymentResponse:
        """PROCESSING; the final status comes later."""
        now = self._clock()
        payment = self._find(request.payment_intent_id, "")
        if payment.status != payment_pb2.PAYMENT_STATUS_PENDING:
            not_now("this payment is no longer pending")
        payment.status = payment_pb2.PAYMENT_STATUS_PROCESSING
        payment.payment_id, payment.transaction_id, payment.updated = new_id(), new_id(), now
        self._plan(payment, now)
        return payment_pb2.ProcessPaymentResponse(
            payment_id=payment.payment_id, status=payment.status, transaction_id=payment.transaction_id
        )

    def status(self, request: payment_pb2.GetPaymentStatusRequest) -> payment_pb2.GetPaymentStatusResponse:
        """The payment as it stands now."""
        return payment_pb2.GetPaymentStatusResponse(
            payment=self._find(request.payment_intent_id, request.user_id).message()
        )

    def cancel(self, request: payment_pb2.CancelPaymentRequest) -> payment_pb2.CancelPaymentResponse:
        """Stops a payment that is not settled; gives back one that is complete."""
        now = self._clock()
        payment = self._find(request.payment_intent_id, "")
        answer = payment_pb2.CancelPaymentResponse(cancelled_at=stamp(now))
        if payment.status in (payment_pb2.PAYMENT_STATUS_PENDING, payment_pb2.PAYMENT_STATUS_PROCESSING):
            payment.status = payment_pb2.PAYMENT_STATUS_CANCELLED
        elif payment.status == payment_pb2.PAYMENT_STATUS_COMPLETED:
            payment.status = payment_pb2.PAYMENT_STATUS_REFUNDED
            answer.refund_id = new_id()
            answer.refunded_amount.CopyFrom(types_pb2.Money(amount=payment.amount, currency=CURRENCY))
        else:
            not_now("this payment is over")
        payment.updated = now
        answer.status = payment.status
        return answer

    def list(self, request: payment_pb2.ListPaymentsRequest) -> payment_pb2.ListPaymentsResponse:
        """The payments of a user or a reservation."""
        found = [
            payment
            for payment in self._payments.values()
            if (not request.user_id or payment.user_id == request.user_id)
            and (not request.reservation_id or payment.reservation_id == request.reservation_id)
            and (not request.status or payment.status == request.status)
        ]
        page, more = page_of(found, request.pagination.page, request.pagination.page_size)
        return payment_pb2.ListPaymentsResponse(
            payments=[payment.message() for payment in page],
            page_info=types_pb2.PageInfo(total_count=len(found), has_next_page=more),
        )

    def _plan(self, payment: Payment, now: float) -> None:
        if payment.scenario == payment_pb2.PAYMENT_SCENARIO_TIMEOUT:
            return  # never settles
        fails = payment.scenario == payment_pb2.PAYMENT_SCENARIO_FAIL
        if payment.scenario == payment_pb2.PAYMENT_SCENARIO_RANDOM:
            fails = self._luck.random() < 0.5
        slow = payment.scenario == payment_pb2.PAYMENT_SCENARIO_DELAY
        when = now + self._settle_s * (SLOW_FACTOR if slow else 1)
        final = payment_pb2.PAYMENT_STATUS_FAILED if fails else payment_pb2.PAYMENT_STATUS_COMPLETED
        heapq.heappush(self._due, (when, payment.id, final))

    def _find(self, intent_id: str, user_id: str) -> Payment:
        payment = self._payments.get(intent_id)
        if payment is None:
            missing("payment")
        if user_id and payment.user_id != user_id:
            refuse(grpc.StatusCode.PERMISSION_DENIED, "somebody else's payment")
        pending = payment.status == payment_pb2.PAYMENT_STATUS_PENDING
        if pending and self._clock() >= payment.created + INTENT_S:
            payment.status = payment_pb2.PAYMENT_STATUS_EXPIRED
        return payment
