"""payment.v1.PaymentService as the real simulator has it: what profile `simulator` serves instead of the nine services.

It serves three methods of PaymentService and nothing else. CreatePaymentIntent needs nothing, checks nothing and looks
at no idempotency key; its answer has no secret, URL or expiry. An intent is PENDING until ProcessPayment, which settles
at once, again and again: RANDOM is drawn anew each time, so that a final status can flip. DELAY and TIMEOUT delay
nothing. No answer has an `error`: FAIL is a FAILED payment under status OK, an unknown id is status UNKNOWN. Nothing is
ever forgotten.

The webhook of an intent leaves 2 s after its creation, once, and changes nothing here. An intent with a `webhook_url`
but no `amount` ends the process when its webhook is due.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, NamedTuple

import grpc

from contracts.messages import payment_pb2
from contracts.messages.payment_pb2 import (
    PAYMENT_SCENARIO_FAIL,
    PAYMENT_SCENARIO_RANDOM,
    PAYMENT_STATUS_COMPLETED,
    PAYMENT_STATUS_FAILED,
    PAYMENT_STATUS_PENDING,
)
from fakes import answers
from fakes.changes import PaymentSettled
from fakes.error_modes import Refusal
from fakes.payments import Payment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from google.protobuf.message import Message
    from google.protobuf.timestamp_pb2 import Timestamp

    from contracts.messages.payment_pb2 import PaymentScenario, PaymentStatus
    from fakes.caller import Caller
    from fakes.platform import Platform

SERVICE = "payment.v1.PaymentService"


class _Intent(NamedTuple):
    payment: payment_pb2.Payment
    scenario: PaymentScenario


class PaymentSimulator:
    """The simulator: its clock, chance and settings are a platform's, whose services it does not use."""

    def __init__(
        self, platform: Platform, announce: Callable[[PaymentSettled], None], crash: Callable[[str], None]
    ) -> None:
        """`announce` sends a webhook when it is due; `crash` ends the process, saying why."""
        self._platform = platform
        self._announce = announce
        self._crash = crash
        self._intents: dict[str, _Intent] = {}
        platform.journal.gauge(SERVICE, "intents_kept", lambda: len(self._intents))

    def handlers(self) -> Mapping[str, Callable[[Any, Caller], Message | Refusal]]:
        """The methods that are served, by full name; they never raise for what a client did."""
        acts = (self.CreatePaymentIntent, self.GetPaymentStatus, self.ProcessPayment)
        return {f"{SERVICE}/{act.__name__}": self._counted(act) for act in acts}

    def CreatePaymentIntent(self, request: payment_pb2.CreatePaymentIntentRequest) -> Message:
        """A new intent, PENDING, whatever was asked."""
        payment = payment_pb2.Payment(
            payment_intent_id=self._new_id(),
            reservation_id=request.reservation_id,
            user_id=request.user_id,
            status=PAYMENT_STATUS_PENDING,
            amount=request.amount if request.HasField("amount") else None,
            method=request.method,
            created_at=self._stamp(),
            updated_at=self._stamp(),
            metadata=request.metadata if request.HasField("metadata") else None,
        )
        intent = self._intents[payment.payment_intent_id] = _Intent(payment, request.scenario)
        if request.webhook_url:
            self._tell(intent, request.webhook_url)
        return payment_pb2.CreatePaymentIntentResponse(
            payment_intent_id=payment.payment_intent_id, status=PAYMENT_STATUS_PENDING
        )

    def GetPaymentStatus(self, request: payment_pb2.GetPaymentStatusRequest) -> Message | Refusal:
        """Reads an intent, whoever asks."""
        intent = self._intents.get(request.payment_intent_id)
        return _unknown(request.payment_intent_id) if intent is None else _read(intent)

    def ProcessPayment(self, request: payment_pb2.ProcessPaymentRequest) -> Message | Refusal:
        """Settles at once, and anew whenever it is asked."""
        intent = self._intents.get(request.payment_intent_id)
        if intent is None:
            return _unknown(request.payment_intent_id)
        payment, status, stamp = intent.payment, self._outcome(intent.scenario), self._stamp()
        payment.status, payment.payment_id, payment.transaction_id = status, self._new_id(), self._new_id()
        payment.updated_at.CopyFrom(stamp)
        payment.processed_at.CopyFrom(stamp)
        success = status == PAYMENT_STATUS_COMPLETED
        payment.result.CopyFrom(payment_pb2.PaymentResult(success=success, processed_at=stamp))
        payment.result.failure_reason = "" if success else "payment declined"
        return payment_pb2.ProcessPaymentResponse(
            payment_id=payment.payment_id,
            status=status,
            processed_at=stamp,
            transaction_id=payment.transaction_id,
            result=payment.result,
        )

    def _outcome(self, scenario: PaymentScenario) -> PaymentStatus:
        failed = scenario == PAYMENT_SCENARIO_FAIL
        if scenario == PAYMENT_SCENARIO_RANDOM:
            failed = self._platform.chance.random() >= self._platform.configuration.current.random_success
        return PAYMENT_STATUS_FAILED if failed else PAYMENT_STATUS_COMPLETED

    def _tell(self, intent: _Intent, url: str) -> None:
        """Has announced what the scenario comes to; what is stored stays as it is."""
        payment, due = intent.payment, self._platform.now() + self._platform.configuration.current.webhook_delay_s
        if not payment.HasField("amount"):
            why = f"the webhook of {payment.payment_intent_id} has no amount: nil pointer dereference"
            self._platform.agenda.at(due, lambda: self._crash(why))
            return
        status = self._outcome(intent.scenario)
        told = Payment(
            intent=payment.payment_intent_id,
            reservation=payment.reservation_id,
            user=payment.user_id,
            amount=payment.amount.amount,
            scenario=intent.scenario,
            webhook_url=url,
            created=answers.seconds(payment.created_at),
            updated=due,
            expires=due,
            status=status,
            failure="" if status == PAYMENT_STATUS_COMPLETED else "payment declined",
        )
        self._announce(PaymentSettled(self._new_id(), told, status, due))

    def _counted(self, act: Callable[[Any], Message | Refusal]) -> Callable[[Any, Caller], Message | Refusal]:
        name, called, run_due = f"{SERVICE}/{act.__name__}", self._platform.journal.called, self._platform.run_due

        def serve(request: Any, caller: Caller) -> Message | Refusal:  # noqa: ARG001 - it looks at no caller
            run_due()
            answer = act(request)
            called(name, "UNKNOWN" if isinstance(answer, Refusal) else "OK")
            return answer

        return serve

    def _new_id(self) -> str:
        return str(uuid.UUID(int=self._platform.chance.getrandbits(128), version=4))

    def _stamp(self) -> Timestamp:
        return answers.timestamp(self._platform.now())


def _unknown(intent: str) -> Refusal:
    return Refusal(grpc.StatusCode.UNKNOWN.value[0], f"payment intent not found: {intent}")


def _read(intent: _Intent) -> payment_pb2.GetPaymentStatusResponse:
    return payment_pb2.GetPaymentStatusResponse(payment=intent.payment)
