"""Incidents about webhooks: who is told what, and what the incident counts."""

from __future__ import annotations

import pytest

from contracts.messages import payment_pb2, webhook_pb2
from fakes.incidents.planted import Planted
from tests.unit.test_fakes_webhooks import Receivers, Stage, digest


def stage_with(incident: str, *problems: str) -> tuple[Stage, Receivers, Planted]:
    receivers, planted = Receivers(*problems), Planted((incident,), 1, lambda: 0.0)
    stage = Stage(receivers)
    stage.platform.faults = planted
    return stage, receivers, planted


def struck(planted: Planted) -> int:
    ((_, facts),) = planted.facts().items()
    return facts["struck"]


def test_a_lost_webhook_is_sent_to_nobody() -> None:
    stage, receivers, planted = stage_with("webhook-lost:p=1,count=1")
    stage.pay()
    stage.time.advance(100)
    assert (receivers.parcels, struck(planted)) == ([], 1)
    stage.pay()
    assert len(receivers.parcels) == 1


def test_a_webhook_that_was_taken_comes_again_to_the_byte_and_once() -> None:
    stage, receivers, planted = stage_with("webhook-twice:p=1")
    stage.pay()
    stage.time.advance(100)
    first, again = receivers.parcels
    assert first == again
    assert struck(planted) == 1


def test_a_webhook_that_was_not_taken_is_tried_again_and_not_repeated() -> None:
    stage, receivers, planted = stage_with("webhook-twice:p=1,count=1", "answered 500")
    stage.pay()
    assert (len(receivers.parcels), struck(planted)) == (1, 0)
    stage.time.advance(1)
    assert [receivers.told(place).attempt for place in range(len(receivers.parcels))] == [1, 2, 2]


def test_beside_a_true_webhook_comes_one_with_another_signature_that_is_not_tried_again() -> None:
    stage, receivers, planted = stage_with("webhook-forged:p=1", "answered 401")
    stage.pay()
    stage.time.advance(100)
    forged, true = receivers.parcels
    assert (forged.body != true.body, receivers.told(0).data) == (True, receivers.told(1).data)
    assert digest("tacorush", true.body) == true.headers["X-Webhook-Signature"]
    assert digest("tacorush", forged.body) != forged.headers["X-Webhook-Signature"]
    assert struck(planted) == 1


@pytest.mark.parametrize(
    ("scenario", "word"),
    [(payment_pb2.PAYMENT_SCENARIO_APPROVE, "FAILED"), (payment_pb2.PAYMENT_SCENARIO_FAIL, "SUCCESS")],
)
def test_a_webhook_that_lies_tells_the_other_end_and_is_signed(scenario: int, word: str) -> None:
    stage, receivers, planted = stage_with("webhook-contradicts:p=1")
    stage.pay(scenario=scenario)
    (parcel,) = receivers.parcels
    assert webhook_pb2.PaymentWebhookStatus.Name(receivers.told().data.status) == f"PAYMENT_WEBHOOK_STATUS_{word}"
    assert digest("tacorush", parcel.body) == parcel.headers["X-Webhook-Signature"]
    assert struck(planted) == 1


def test_of_a_payment_that_was_given_back_there_is_nothing_to_lie_about() -> None:
    stage, receivers, planted = stage_with("webhook-contradicts:p=0")
    intent = stage.pay()
    stage.platform.faults = planted = Planted(("webhook-contradicts:p=1",), 1, lambda: 0.0)
    stage.platform.payments.settle(stage.platform.payments.find(intent), payment_pb2.PAYMENT_STATUS_REFUNDED, "back")
    assert receivers.told(1).data.status == webhook_pb2.PAYMENT_WEBHOOK_STATUS_REFUNDED
    assert struck(planted) == 0
