"""WebhookService, WorkerService: each method has an effect that others see, or follows from the state."""

# ruff: noqa: N802 - a test is named after its method, `test_Service_Method_…`; the fixture `desk` checks that

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from contracts.messages import (
    payment_pb2,
    reservation_pb2,
    webhook_pb2,
    worker_pb2,
)
from fakes.registrations import sign

if TYPE_CHECKING:
    from tests.unit.ticket_desk import Desk

COMPLETED = payment_pb2.PAYMENT_STATUS_COMPLETED
CONFIRMED = reservation_pb2.RESERVATION_STATUS_CONFIRMED
CANCELLED = reservation_pb2.RESERVATION_STATUS_CANCELLED
EXPIRED = reservation_pb2.RESERVATION_STATUS_EXPIRED


# WebhookService


def payment_webhook(desk: Desk, intent: str, status: int, secret: str = "tacorush", **fields: Any) -> Any:
    payment = desk.platform.payments.find(intent)
    data = webhook_pb2.PaymentWebhookData(
        payment_intent_id=intent, reservation_id=payment.reservation, metadata={"b": "2", "a": "1"}
    )
    data.status = status  # type: ignore[assignment]
    signature = sign(secret, data.SerializeToString(deterministic=True))
    fields = {"webhook_id": "whk_1", "signature": signature} | fields
    return desk.ask("webhook/ReceivePaymentWebhook", data=data, **fields)


def test_WebhookService_ReceivePaymentWebhook_confirms_what_is_paid_once(desk: Desk) -> None:
    reservation = desk.reserve().reservation_id
    intent = desk.pay(reservation)
    success = webhook_pb2.PAYMENT_WEBHOOK_STATUS_SUCCESS
    forged = payment_webhook(desk, intent, success, secret="guess")
    assert (forged.accepted, forged.error.code) == (False, 1)
    assert desk.reservation(reservation).status == reservation_pb2.RESERVATION_STATUS_PENDING
    answer = payment_webhook(desk, intent, success)
    assert answer.accepted
    assert desk.reservation(reservation).status == CONFIRMED
    again = payment_webhook(desk, intent, success)
    assert (again.correlation_id, again.next_action) == (answer.correlation_id, "none: it came before")
    jobs = desk.do("worker/GetJobStatus", job_id=answer.correlation_id).jobs
    assert [job.status for job in jobs] == [worker_pb2.JOB_INSTANCE_STATUS_COMPLETED]


def test_WebhookService_ReceiveExpiryWebhook_expires_the_reservation(desk: Desk) -> None:
    reservation = desk.reserve().reservation_id
    past = Timestamp(seconds=int(desk.time.now()) - 1)
    wish = {"webhook_id": "whk_1", "reservation_id": reservation, "expired_at": past}
    answer = desk.do("webhook/ReceiveExpiryWebhook", **wish)
    assert desk.reservation(reservation).status == EXPIRED
    assert desk.do("webhook/ReceiveExpiryWebhook", **wish).correlation_id == answer.correlation_id
    assert len(desk.do("worker/GetJobStatus").jobs) == 1


def test_WebhookService_RegisterWebhook_gives_a_service_its_own_secret(desk: Desk) -> None:
    wish = {"service_name": "shop", "endpoint_url": "http://127.0.0.1:9/", "secret": "s3cret"}
    answer = desk.do("webhook/RegisterWebhook", **wish, event_types=[webhook_pb2.WEBHOOK_EVENT_TYPE_PAYMENT_APPROVED])
    assert answer.registered
    signed = {"payload": "body", "signature": sign("s3cret", b"body")}
    assert desk.do("webhook/ValidateWebhook", **signed, webhook_id=answer.webhook_id).valid
    intent = desk.pay(desk.reserve().reservation_id)
    success = webhook_pb2.PAYMENT_WEBHOOK_STATUS_SUCCESS
    assert payment_webhook(desk, intent, success, secret="tacorush", source="shop").error.code == 1
    assert payment_webhook(desk, intent, success, secret="s3cret", source="shop").accepted
    pending = desk.intent(desk.reserve("ben").reservation_id, "ben")
    sent = desk.do("payment/SimulateWebhook", payment_intent_id=pending, target_status=COMPLETED).webhook_sent
    assert sent


def test_WebhookService_ValidateWebhook_tells_right_from_wrong(desk: Desk) -> None:
    signature = "sha256=59a78926caee1685261f874a6af0fc57dbbfa36ffdfba6e44615ddb0aec30a0e"  # as openssl signs it
    assert sign("tacorush", b"body") == signature
    assert desk.do("webhook/ValidateWebhook", payload="body", signature=signature).valid
    assert not desk.do("webhook/ValidateWebhook", payload="body!", signature=signature).valid
    assert not desk.do("webhook/ValidateWebhook", payload="body", signature="").valid
    assert desk.refused("webhook/ValidateWebhook", payload="body", webhook_id="whr_x")[0] == "NOT_FOUND"


# WorkerService


def test_WorkerService_ProcessReservationExpiry_releases_and_expires(desk: Desk) -> None:
    reservation = desk.reserve().reservation_id
    answer = desk.do("worker/ProcessReservationExpiry", reservation_id=reservation)
    assert (answer.status, len(answer.released_seats)) == (worker_pb2.PROCESSING_STATUS_SUCCESS, 2)
    assert desk.reservation(reservation).status == EXPIRED
    again = desk.do("worker/ProcessReservationExpiry", reservation_id=reservation)
    assert again.status == worker_pb2.PROCESSING_STATUS_SKIPPED


@pytest.mark.parametrize(
    ("scenario", "result", "status"),
    [
        (payment_pb2.PAYMENT_SCENARIO_APPROVE, worker_pb2.PAYMENT_RESULT_TYPE_APPROVED, CONFIRMED),
        (payment_pb2.PAYMENT_SCENARIO_FAIL, worker_pb2.PAYMENT_RESULT_TYPE_FAILED, CANCELLED),
        (payment_pb2.PAYMENT_SCENARIO_TIMEOUT, worker_pb2.PAYMENT_RESULT_TYPE_TIMEOUT, CANCELLED),
    ],
)
def test_WorkerService_ProcessPaymentResult_ends_the_reservation(
    desk: Desk, scenario: int, result: int, status: int
) -> None:
    reservation = desk.reserve().reservation_id
    intent = desk.pay(reservation, scenario=scenario)
    wish = {"reservation_id": reservation, "payment_intent_id": intent, "result_type": result}
    answer = desk.do("worker/ProcessPaymentResult", **wish)
    assert (answer.status, len(answer.affected_seats)) == (worker_pb2.PROCESSING_STATUS_SUCCESS, 2)
    read = desk.reservation(reservation)
    assert (read.status, read.order_id) == (status, answer.order_id)
    assert desk.stock().reserved_seats == 0


def test_WorkerService_ProcessCompensation_gives_back(desk: Desk) -> None:
    reservation, intent, order = desk.buy()
    wish = {"reservation_id": reservation, "compensation_type": worker_pb2.COMPENSATION_TYPE_CANCEL_RESERVATION}
    sold = desk.do("worker/ProcessCompensation", **wish)
    assert (sold.status, sold.requires_manual_intervention) == (worker_pb2.PROCESSING_STATUS_FAILED, True)
    assert sold.actions_taken[0].action_description == f"{order} is sold; refund it first"
    refund = {"compensation_type": worker_pb2.COMPENSATION_TYPE_REFUND_PAYMENT}
    answer = desk.do("worker/ProcessCompensation", **wish | refund)
    assert [one.action_type for one in answer.actions_taken] == [worker_pb2.COMPENSATION_ACTION_TYPE_PAYMENT_REFUND]
    assert desk.payment(intent).status == payment_pb2.PAYMENT_STATUS_REFUNDED
    assert desk.stock().sold_seats == 0


def test_WorkerService_HealthCheck_counts_and_degrades(desk: Desk) -> None:
    assert desk.do("worker/HealthCheck").status == worker_pb2.WORKER_STATUS_HEALTHY
    desk.do("worker/ProcessReservationExpiry", reservation_id=desk.reserve().reservation_id)
    desk.do("worker/ProcessReservationExpiry", reservation_id="rsv_x", retry_count=3)
    answer = desk.do("worker/HealthCheck")
    assert (answer.processed_events_count, answer.failed_events_count, answer.queue_depth) == (1, 0, 1)
    desk.time.advance(16)
    after = desk.do("worker/HealthCheck")
    assert (after.status, after.failed_events_count, after.queue_depth) == (worker_pb2.WORKER_STATUS_DEGRADED, 1, 0)


def test_WorkerService_GetJobStatus_follows_a_job_to_its_end(desk: Desk) -> None:
    desk.do("worker/ProcessReservationExpiry", reservation_id="rsv_x", correlation_id="job-1", retry_count=3)
    job = desk.do("worker/GetJobStatus", job_id="job-1").jobs[0]
    assert (job.status, job.events_failed) == (worker_pb2.JOB_INSTANCE_STATUS_PENDING, 4)
    desk.time.advance(8)
    answer = desk.do("worker/GetJobStatus", event_type="expiry")
    assert [(one.job_id, one.status) for one in answer.jobs] == [("job-1", worker_pb2.JOB_INSTANCE_STATUS_FAILED)]
    assert answer.metrics.total_events_failed == 1
    assert not desk.do("worker/GetJobStatus", event_type="payment").jobs
    assert desk.refused("worker/GetJobStatus", job_id="job-2")[0] == "NOT_FOUND"
