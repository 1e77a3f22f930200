"""reservation.v1.WorkerService: the background worker's jobs, given by hand, and how it fares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.messages import worker_pb2
from contracts.messages.types_pb2 import SEAT_STATUS_AVAILABLE
from contracts.messages.worker_pb2 import (
    COMPENSATION_ACTION_TYPE_INVENTORY_RELEASE,
    COMPENSATION_ACTION_TYPE_PAYMENT_REFUND,
    COMPENSATION_ACTION_TYPE_RESERVATION_CANCEL,
    JOB_INSTANCE_STATUS_COMPLETED,
    JOB_INSTANCE_STATUS_PENDING,
    PROCESSING_STATUS_DLQ,
    PROCESSING_STATUS_FAILED,
    PROCESSING_STATUS_SKIPPED,
    PROCESSING_STATUS_SUCCESS,
    WORKER_STATUS_DEGRADED,
    WORKER_STATUS_HEALTHY,
)
from fakes import answers
from fakes.failures import Refused, invalid, not_found, required

if TYPE_CHECKING:
    from typing import Any

    from contracts.messages import types_pb2
    from fakes.caller import Caller
    from fakes.platform import Platform
    from fakes.worker import Report

WORKER_ID = "worker-1"
_SHOWN = 100
_ACTORS = {
    COMPENSATION_ACTION_TYPE_INVENTORY_RELEASE: "reservation.v1.InventoryService",
    COMPENSATION_ACTION_TYPE_PAYMENT_REFUND: "payment.v1.PaymentService",
    COMPENSATION_ACTION_TYPE_RESERVATION_CANCEL: "reservation.v1.ReservationService",
}


class WorkerService:
    """The worker."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def ProcessReservationExpiry(
        self, request: worker_pb2.ProcessReservationExpiryRequest, caller: Caller
    ) -> worker_pb2.ProcessReservationExpiryResponse:
        """Does what follows when a hold has run out."""
        required(reservation_id=request.reservation_id)
        expired_at = answers.seconds(request.expired_at) if request.HasField("expired_at") else None
        report = self._platform.worker.expiry(
            request.reservation_id, expired_at, request.correlation_id, _attempts(request)
        )
        return worker_pb2.ProcessReservationExpiryResponse(
            **self._outcome(report), released_seats=self._seats(report), next_action=report.next_action
        )

    def ProcessPaymentResult(
        self, request: worker_pb2.ProcessPaymentResultRequest, caller: Caller
    ) -> worker_pb2.ProcessPaymentResultResponse:
        """Does what follows when a payment came out."""
        required(reservation_id=request.reservation_id, payment_intent_id=request.payment_intent_id)
        report = self._platform.worker.payment_result(
            request.reservation_id,
            request.payment_intent_id,
            request.result_type,
            request.correlation_id,
            _attempts(request),
        )
        return worker_pb2.ProcessPaymentResultResponse(
            **self._outcome(report),
            order_id=report.reservation.order if report.reservation is not None else "",
            affected_seats=self._seats(report),
            next_action=report.next_action,
        )

    def ProcessCompensation(
        self, request: worker_pb2.ProcessCompensationRequest, caller: Caller
    ) -> worker_pb2.ProcessCompensationResponse:
        """Undoes what a failed operation left behind."""
        required(reservation_id=request.reservation_id)
        report = self._platform.worker.compensation(
            request.reservation_id, request.compensation_type, request.correlation_id, _attempts(request)
        )
        stamp = answers.timestamp(self._platform.now())
        return worker_pb2.ProcessCompensationResponse(
            **self._outcome(report),
            actions_taken=[
                worker_pb2.CompensationAction(
                    action_type=kind,
                    target_service=_ACTORS.get(kind, "reservation.v1.WorkerService"),
                    action_description=text,
                    success=report.status == PROCESSING_STATUS_SUCCESS,
                    executed_at=stamp,
                )
                for kind, text in report.actions
            ],
            requires_manual_intervention=report.manual,
        )

    def HealthCheck(self, request: worker_pb2.HealthCheckRequest, caller: Caller) -> worker_pb2.HealthCheckResponse:
        """How it fares: DEGRADED once a job failed for good."""
        if request.worker_instance_id not in ("", WORKER_ID):
            raise not_found("worker", request.worker_instance_id)
        worker = self._platform.worker
        done, failed = self._totals()
        return worker_pb2.HealthCheckResponse(
            status=WORKER_STATUS_DEGRADED if failed else WORKER_STATUS_HEALTHY,
            processed_events_count=done,
            failed_events_count=failed,
            last_processed_at=answers.timestamp(worker.last) if worker.last else None,
            queue_depth=worker.pending,
            started_at=answers.timestamp(self._platform.started),
        )

    def GetJobStatus(self, request: worker_pb2.GetJobStatusRequest, caller: Caller) -> worker_pb2.GetJobStatusResponse:
        """One job, or the latest hundred, of one type (expiry, payment, compensation) or of all."""
        worker = self._platform.worker
        jobs = worker.find(request.job_id) if request.job_id else list(worker.jobs)[-_SHOWN:]
        if request.job_id and not jobs:
            raise not_found("job", request.job_id)
        done, failed = self._totals()
        return worker_pb2.GetJobStatusResponse(
            jobs=[
                worker_pb2.JobInstance(
                    job_id=job.id,
                    worker_id=WORKER_ID,
                    status=job.status,
                    started_at=answers.timestamp(job.started),
                    completed_at=answers.timestamp(job.completed) if job.completed else None,
                    events_processed=int(job.status == JOB_INSTANCE_STATUS_COMPLETED),
                    events_failed=job.attempts - int(job.status == JOB_INSTANCE_STATUS_COMPLETED),
                )
                for job in jobs
                if request.event_type in ("", job.kind)
            ],
            metrics=worker_pb2.JobMetrics(
                total_active_jobs=sum(job.status == JOB_INSTANCE_STATUS_PENDING for job in worker.jobs),
                total_events_pending=worker.pending,
                total_events_completed=done,
                total_events_failed=failed,
                average_processing_time_ms=1000 * worker.busy_s / max(done + failed, 1),
                last_updated=answers.timestamp(self._platform.now()),
            ),
        )

    def _totals(self) -> tuple[int, int]:
        counts = self._platform.worker.counts
        done = counts[PROCESSING_STATUS_SUCCESS] + counts[PROCESSING_STATUS_SKIPPED]
        return done, counts[PROCESSING_STATUS_FAILED] + counts[PROCESSING_STATUS_DLQ]

    def _outcome(self, report: Report) -> dict[str, Any]:
        if report.refusal is not None:
            refusal = report.refusal
            raise Refused(refusal.code, refusal.message, reasons=refusal.reasons, status=report.status)
        return {"status": report.status, "processed_at": answers.timestamp(self._platform.now())}

    def _seats(self, report: Report) -> list[types_pb2.Seat]:
        if report.reservation is None:
            return []
        hall = self._platform.events[report.reservation.event]
        if report.reservation.order and not report.reservation.holding:
            return answers.seats(hall, report.reservation.seats, answers.seat_status(report.reservation))
        return answers.seats(hall, report.reservation.seats, SEAT_STATUS_AVAILABLE)


def _attempts(
    request: worker_pb2.ProcessReservationExpiryRequest
    | worker_pb2.ProcessPaymentResultRequest
    | worker_pb2.ProcessCompensationRequest,
) -> int:
    if request.retry_count < 0:
        raise invalid("retry_count", "retry_count cannot be negative")
    return request.retry_count
