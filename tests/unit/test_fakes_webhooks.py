"""Settled payments are told once to each who wants it, signed, again until taken, and then given up."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from google.protobuf.json_format import Parse

from contracts.messages import payment_pb2, webhook_pb2
from fakes.payments import Order
from fakes.platform import Platform
from fakes.posting import Parcel
from fakes.reservations import Wish
from fakes.settings import OPEN
from fakes.timing import ScriptedTime
from fakes.webhooks import SERVICE, SIGNATURE, WORDS, Webhooks

URL = "http://127.0.0.1:9/hook"
BACKOFF = [1.0, 2.0, 4.0, 8.0, 16.0]


class Receivers:
    """A scripted post: keeps every parcel and answers as it was told to, at once unless it is to keep them waiting."""

    def __init__(self, *problems: str, answers: bool = True) -> None:
        self.parcels: list[Parcel] = []
        self._problems = list(problems)
        self._answers = answers

    def __call__(self, parcel: Parcel, done: Callable[[str], None]) -> None:
        self.parcels.append(parcel)
        if self._answers:
            done(self._problems.pop(0) if self._problems else "")

    def told(self, index: int = 0) -> webhook_pb2.ReceivePaymentWebhookRequest:
        return Parse(self.parcels[index].body, webhook_pb2.ReceivePaymentWebhookRequest())


class Stage:
    """A platform whose payments settle at once, with its webhooks."""

    def __init__(self, receivers: Receivers, **figures: Any) -> None:
        self.time = ScriptedTime()
        settings = replace(OPEN, hold_s=1e6, **figures)
        self.platform = Platform(settings, now=self.time.now, timers=self.time, chance=Random(1))
        self.webhooks = Webhooks(self.platform, receivers)

    def pay(self, url: str = URL, scenario: Any = payment_pb2.PAYMENT_SCENARIO_APPROVE) -> str:
        wish = Wish("evt_2025_1006", "ann", quantity=1)
        reservation = self.platform.reservations.reserve(self.time.now(), wish)
        order = Order(reservation.id, "ann", 120_000, scenario, webhook_url=url)
        payment = self.platform.payments.create(order)
        self.platform.payments.process(payment, payment_pb2.PAYMENT_METHOD_CREDIT_CARD)
        return payment.intent

    def counted(self, what: str) -> int:
        return self.platform.journal.counted(SERVICE, f"webhooks_{what}_total")


def digest(secret: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def test_a_settled_payment_is_told_to_its_url_with_what_it_is() -> None:
    receivers = Receivers()
    stage = Stage(receivers)
    intent = stage.pay()
    (parcel,) = receivers.parcels
    assert parcel.url == URL
    assert parcel.headers["Content-Type"] == "application/json"
    told = receivers.told()
    assert told.webhook_id.startswith("whk_")
    assert told.event_type == webhook_pb2.PAYMENT_WEBHOOK_TYPE_APPROVED
    assert told.data.payment_intent_id == intent
    assert told.data.reservation_id == stage.platform.payments.find(intent).reservation != ""
    assert told.data.status == webhook_pb2.PAYMENT_WEBHOOK_STATUS_SUCCESS
    assert told.data.transaction_id == stage.platform.payments.find(intent).transaction != ""
    assert (told.data.amount.amount, told.data.amount.currency) == (120_000, "KRW")
    assert (told.timestamp.seconds, told.attempt) == (int(stage.time.now()), 1)
    assert (stage.counted("delivered"), stage.webhooks.under_way) == (1, 0)


def test_the_header_signs_the_raw_body_and_the_field_signs_the_data() -> None:
    receivers = Receivers()
    Stage(receivers).pay()
    (parcel,) = receivers.parcels
    told = receivers.told()
    assert parcel.headers[SIGNATURE] == digest("tacorush", parcel.body)
    assert told.signature == digest("tacorush", told.data.SerializeToString())


def test_a_failed_payment_is_told_as_failed_with_its_reason() -> None:
    receivers = Receivers()
    Stage(receivers).pay(scenario=payment_pb2.PAYMENT_SCENARIO_FAIL)
    told = receivers.told()
    assert told.event_type == webhook_pb2.PAYMENT_WEBHOOK_TYPE_FAILED
    assert (told.data.status, told.data.failure_reason) == (webhook_pb2.PAYMENT_WEBHOOK_STATUS_FAILED, "card declined")


def test_every_payment_status_but_none_has_its_words() -> None:
    assert set(WORDS) == set(payment_pb2.PaymentStatus.values()) - {payment_pb2.PAYMENT_STATUS_UNSPECIFIED}


def test_without_a_url_and_without_a_registration_nobody_is_told() -> None:
    receivers = Receivers()
    Stage(receivers).pay(url="")
    assert receivers.parcels == []


def test_who_registered_for_the_kind_is_told_with_his_own_secret_and_headers() -> None:
    receivers = Receivers()
    stage = Stage(receivers)
    wanted = [webhook_pb2.WEBHOOK_EVENT_TYPE_PAYMENT_APPROVED]
    stage.platform.registrations.register("shop", "http://127.0.0.1:9/s", wanted, "s3", headers={"X-Shop": "1"})
    other = [webhook_pb2.WEBHOOK_EVENT_TYPE_PAYMENT_FAILED]
    stage.platform.registrations.register("alarm", "http://127.0.0.1:9/a", other, "a3")
    stage.pay(url="")
    (parcel,) = receivers.parcels
    assert (parcel.url, parcel.headers["X-Shop"]) == ("http://127.0.0.1:9/s", "1")
    assert parcel.headers[SIGNATURE] == digest("s3", parcel.body)


def test_a_registered_url_that_is_also_the_payments_own_is_told_once() -> None:
    receivers = Receivers()
    stage = Stage(receivers)
    stage.platform.registrations.register("shop", URL, [], "s3")
    stage.pay()
    (parcel,) = receivers.parcels
    assert parcel.headers[SIGNATURE] == digest("s3", parcel.body)


def test_what_is_not_taken_is_sent_again_after_the_documented_backoff() -> None:
    """1, 2, 4, 8 and 16 s apart; the same webhook each time, numbered and signed anew."""
    receivers = Receivers(*["refused"] * 5)
    stage = Stage(receivers)
    stage.pay()
    for attempt, seconds in enumerate(BACKOFF, start=1):
        stage.time.advance(seconds - 0.5)
        assert len(receivers.parcels) == attempt
        stage.time.advance(0.5)
        assert len(receivers.parcels) == attempt + 1
    told = [receivers.told(index) for index in range(6)]
    assert [each.attempt for each in told] == [1, 2, 3, 4, 5, 6]
    assert len({each.webhook_id for each in told}) == 1
    assert all(parcel.headers[SIGNATURE] == digest("tacorush", parcel.body) for parcel in receivers.parcels)
    assert (stage.counted("failed"), stage.counted("delivered"), stage.counted("given_up")) == (5, 1, 0)


def test_what_is_never_taken_is_given_up_after_the_last_attempt_and_logged() -> None:
    receivers = Receivers(*["refused"] * 100)
    stage = Stage(receivers)
    stage.pay()
    stage.time.advance(3600)
    assert len(receivers.parcels) == 6
    assert (stage.counted("given_up"), stage.webhooks.under_way) == (1, 0)
    last = next(iter(stage.platform.journal.entries()))
    assert (last.message, last.fields["url"]) == ("webhook given_up: refused", URL)


def test_a_registration_says_how_often_it_is_told_again() -> None:
    receivers = Receivers(*["refused"] * 100)
    stage = Stage(receivers)
    stage.platform.registrations.register("shop", URL, [], "", retries=1)
    stage.pay(url="")
    stage.time.advance(3600)
    assert len(receivers.parcels) == 2


def test_more_deliveries_than_the_bound_are_dropped_and_counted() -> None:
    """A receiver that never answers cannot make the platform grow."""
    receivers = Receivers(answers=False)
    stage = Stage(receivers, webhooks_at_once=20)
    for _ in range(23):
        stage.pay()
    assert stage.webhooks.under_way == len(receivers.parcels) == 20
    assert stage.counted("dropped") == 3


def test_a_receiver_has_as_long_to_answer_as_the_figure_says_and_no_time_scale_changes_that() -> None:
    receivers = Receivers()
    stage = Stage(receivers, webhook_timeout_ms=1500)
    stage.pay()
    assert receivers.parcels[0].timeout_s == 1.5
    assert OPEN.scaled(0.05).webhook_timeout_ms == 5000
