"""The payment simulator does what the real one was seen to do, its faults included."""

from __future__ import annotations

import uuid
from random import Random
from typing import Any

import pytest

from contracts.catalogue import METHODS
from contracts.messages import payment_pb2
from fakes.caller import Caller
from fakes.error_modes import Refusal
from fakes.platform import Platform
from fakes.services.simulator import PaymentSimulator
from fakes.settings import SIMULATOR
from fakes.timing import ScriptedTime
from fakes.webhooks import Webhooks
from tests.unit.test_fakes_webhooks import URL, Receivers

SERVICE = "payment.v1.PaymentService"
UNKNOWN = 2


class Simulated:
    """A simulator without a server, its receivers, and what it crashed of."""

    def __init__(self, receivers: Receivers | None = None) -> None:
        self.time = ScriptedTime()
        self.receivers = receivers or Receivers()
        self.crashes: list[str] = []
        self.platform = Platform(SIMULATOR, now=self.time.now, timers=self.time, chance=Random(1))
        announce = Webhooks(self.platform, self.receivers).announce
        self._handlers = PaymentSimulator(self.platform, announce, self.crashes.append).handlers()

    def ask(self, method: str, **fields: Any) -> Any:
        name = f"{SERVICE}/{method}"
        return self._handlers[name](METHODS[name].request(**fields), Caller())

    def intent(self, **fields: Any) -> str:
        answer = self.ask("CreatePaymentIntent", **fields)
        assert answer.status == payment_pb2.PAYMENT_STATUS_PENDING
        return str(answer.payment_intent_id)

    def status(self, intent: str) -> str:
        payment = self.ask("GetPaymentStatus", payment_intent_id=intent).payment
        return payment_pb2.PaymentStatus.Name(payment.status).removeprefix("PAYMENT_STATUS_")

    def process(self, intent: str) -> str:
        answer = self.ask("ProcessPayment", payment_intent_id=intent)
        return payment_pb2.PaymentStatus.Name(answer.status).removeprefix("PAYMENT_STATUS_")


@pytest.mark.parametrize(
    "fields",
    [{}, {"amount": {"amount": -5, "currency": "XXX"}}, {"scenario": 99}, {"idempotency_key": "no uuid"}],
    ids=["nothing", "negative amount", "unknown scenario", "malformed key"],
)
def test_an_intent_needs_nothing_and_tells_nothing_but_its_id(fields: dict[str, Any]) -> None:
    """No error, secret, URL or expiry; the id is a UUID, as in the real code."""
    answer = Simulated().ask("CreatePaymentIntent", **fields)
    assert str(uuid.UUID(answer.payment_intent_id)) == answer.payment_intent_id
    assert {field.name for field, _ in answer.ListFields()} == {"payment_intent_id", "status"}


def test_the_same_key_and_body_make_a_second_intent() -> None:
    simulated, key = Simulated(), str(uuid.uuid4())
    assert simulated.intent(idempotency_key=key) != simulated.intent(idempotency_key=key)


@pytest.mark.parametrize(
    ("scenario", "comes_to"),
    [("APPROVE", "COMPLETED"), ("FAIL", "FAILED"), ("DELAY", "COMPLETED"), ("TIMEOUT", "COMPLETED")],
)
def test_a_payment_is_pending_until_it_is_processed_and_then_settled_at_once(scenario: str, comes_to: str) -> None:
    simulated = Simulated()
    intent = simulated.intent(scenario=f"PAYMENT_SCENARIO_{scenario}")
    simulated.time.advance(1e7)
    assert simulated.status(intent) == "PENDING"
    assert (simulated.process(intent), simulated.status(intent)) == (comes_to, comes_to)


def test_a_random_payment_is_drawn_anew_at_every_call_about_half_and_half() -> None:
    simulated = Simulated()
    intent = simulated.intent(scenario="PAYMENT_SCENARIO_RANDOM")
    came_to = [simulated.process(intent) for _ in range(1_000)]
    assert came_to.count("COMPLETED") == pytest.approx(500, abs=60)
    assert came_to.count("COMPLETED") + came_to.count("FAILED") == 1_000
    assert simulated.status(intent) == came_to[-1]


@pytest.mark.parametrize("method", ["GetPaymentStatus", "ProcessPayment"])
def test_an_unknown_id_is_status_unknown_not_not_found(method: str) -> None:
    simulated = Simulated()
    assert simulated.ask(method, payment_intent_id="x") == Refusal(UNKNOWN, "payment intent not found: x")
    assert simulated.platform.journal.calls(f"{SERVICE}/{method}", "UNKNOWN") == 1


def test_anybody_reads_any_intent_with_what_was_sent() -> None:
    simulated = Simulated()
    intent = simulated.intent(user_id="ann", reservation_id="rsv", amount={"amount": 7, "currency": "KRW"})
    payment = simulated.ask("GetPaymentStatus", payment_intent_id=intent, user_id="bob").payment
    assert (payment.user_id, payment.reservation_id, payment.amount.amount) == ("ann", "rsv", 7)


@pytest.mark.parametrize(("scenario", "type_"), [("APPROVE", 1), ("FAIL", 2)])
def test_the_webhook_comes_once_after_two_seconds_and_changes_nothing(scenario: str, type_: int) -> None:
    """It tells the scenario's outcome although the payment is PENDING; not taken, it is not sent again."""
    simulated = Simulated(Receivers("refused", "refused"))
    intent = simulated.intent(webhook_url=URL, amount={"amount": 7}, scenario=f"PAYMENT_SCENARIO_{scenario}")
    simulated.time.advance(1.999)
    assert simulated.receivers.parcels == []
    simulated.time.advance(0.001)
    told = simulated.receivers.told()
    assert (told.data.payment_intent_id, told.data.amount.amount) == (intent, 7)
    assert told.event_type == type_
    simulated.time.advance(1_000)
    assert len(simulated.receivers.parcels) == 1
    assert simulated.status(intent) == "PENDING"


def test_a_webhook_without_an_amount_ends_the_process_when_it_is_due() -> None:
    simulated = Simulated()
    intent = simulated.intent(webhook_url=URL)
    simulated.time.advance(1.999)
    assert simulated.crashes == []
    simulated.time.advance(0.001)
    assert simulated.crashes == [f"the webhook of {intent} has no amount: nil pointer dereference"]
    assert simulated.receivers.parcels == []
