"""The background worker: does what follows from expiries, payments and failures, again and again until it is done.

A job is tried at once; one that fails is tried again after 1, 2, 4, 8 s, and after the last attempt put aside (DLQ).
It fails while what it is about is not there yet: the reservation is unknown, the payment is not settled. A job whose
work is done already is SKIPPED, so a message that comes twice does nothing twice.

| told | done |
|---|---|
| a hold has run out | seats released, reservation EXPIRED, money given back |
| payment APPROVED, and it is COMPLETED | reservation CONFIRMED, seats SOLD |
| payment FAILED, CANCELLED, TIMEOUT | reservation CANCELLED, seats released |
| payment REFUNDED | order taken back, seats released |
| a payment was COMPLETED for what had ended before | payment REFUNDED |
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from contracts.messages import errors_pb2
from contracts.messages.payment_pb2 import PAYMENT_STATUS_COMPLETED, PAYMENT_STATUS_REFUNDED
from contracts.messages.reservation_pb2 import (
    RESERVATION_STATUS_CANCELLED,
    RESERVATION_STATUS_CONFIRMED,
    RESERVATION_STATUS_EXPIRED,
)
from contracts.messages.worker_pb2 import (
    COMPENSATION_ACTION_TYPE_EVENT_REPUBLISH,
    COMPENSATION_ACTION_TYPE_INVENTORY_RELEASE,
    COMPENSATION_ACTION_TYPE_MANUAL_REVIEW,
    COMPENSATION_ACTION_TYPE_PAYMENT_REFUND,
    COMPENSATION_ACTION_TYPE_RESERVATION_CANCEL,
    COMPENSATION_TYPE_CANCEL_RESERVATION,
    COMPENSATION_TYPE_CLEANUP_ORPHANED,
    COMPENSATION_TYPE_REFUND_PAYMENT,
    COMPENSATION_TYPE_RELEASE_SEATS,
    JOB_INSTANCE_STATUS_COMPLETED,
    JOB_INSTANCE_STATUS_FAILED,
    JOB_INSTANCE_STATUS_PENDING,
    PAYMENT_RESULT_TYPE_APPROVED,
    PAYMENT_RESULT_TYPE_CANCELLED,
    PAYMENT_RESULT_TYPE_FAILED,
    PAYMENT_RESULT_TYPE_REFUNDED,
    PAYMENT_RESULT_TYPE_TIMEOUT,
    PROCESSING_STATUS_DLQ,
    PROCESSING_STATUS_FAILED,
    PROCESSING_STATUS_RETRY,
    PROCESSING_STATUS_SKIPPED,
    PROCESSING_STATUS_SUCCESS,
)
from fakes.changes import PaymentSettled
from fakes.failures import Refused, invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from contracts.messages.worker_pb2 import (
        CompensationActionType,
        CompensationType,
        JobInstanceStatus,
        PaymentResultType,
        ProcessingStatus,
    )
    from fakes.changes import Change, Changes
    from fakes.configuration import Configuration
    from fakes.faults import Faults
    from fakes.journal import Journal
    from fakes.payments import Payments
    from fakes.reservations import Reservation, Reservations
    from fakes.timing import Agenda

SERVICE = "reservation.v1.WorkerService"
PUT_ASIDE = "jobs_put_aside_total"
"""What the journal counts the jobs under that no attempt could do."""
_KEPT = 1000
_GIVES_UP = frozenset({PAYMENT_RESULT_TYPE_FAILED, PAYMENT_RESULT_TYPE_CANCELLED, PAYMENT_RESULT_TYPE_TIMEOUT})


@dataclass(slots=True, eq=False)
class Job:
    """One piece of work, through all its attempts."""

    id: str
    kind: str
    """expiry, payment or compensation."""
    reservation: str
    started: float
    attempts: int = 0
    completed: float = 0.0
    status: JobInstanceStatus = JOB_INSTANCE_STATUS_PENDING


@dataclass(frozen=True, slots=True)
class Report:
    """What an attempt came to."""

    status: ProcessingStatus
    next_action: str
    reservation: Reservation | None = None
    """The reservation that it changed; None when it changed none."""
    actions: tuple[tuple[CompensationActionType, str], ...] = ()
    manual: bool = False
    """Whether a person has to look at it."""
    refusal: Refused | None = field(default=None, compare=False)


class NotYet(Exception):  # noqa: N818 - no error: the job's time has not come
    """What a job is about is not there yet; its text says what."""


class Worker:
    """The worker of one platform."""

    def __init__(
        self,
        reservations: Reservations,
        payments: Payments,
        configuration: Configuration,
        changes: Changes,
        journal: Journal,
        faults: Faults,
        agenda: Agenda,
        now: Callable[[], float],
        new_id: Callable[[str], str],
    ) -> None:
        self._reservations = reservations
        self._payments = payments
        self._configuration = configuration
        self._journal = journal
        self._faults = faults
        self._agenda = agenda
        self._now = now
        self._new_id = new_id
        self.jobs: deque[Job] = deque(maxlen=_KEPT)
        """The last 1,000, oldest first."""
        self.counts: Counter[ProcessingStatus] = Counter()
        """Attempts by what they came to."""
        self.pending = 0
        """Jobs that wait for their next attempt."""
        self.last = 0.0
        """When it last finished an attempt."""
        self.busy_s = 0.0
        """Time from the start to the end of all finished jobs."""
        changes.subscribe([("settled", "")], self._settled)

    def expiry(self, reservation_id: str, expired_at: float | None, job_id: str = "", attempts: int = 0) -> Report:
        """Releases a hold that ran out, says who sends this. What ends in the future is tried again then."""

        def act(now: float) -> Report:
            reservation = self._known(reservation_id)
            if not reservation.holding:
                return Report(PROCESSING_STATUS_SKIPPED, f"{reservation_id} holds no seats")
            if expired_at is not None and expired_at > now:
                raise NotYet(f"{reservation_id} runs out in {expired_at - now:.3g} s")
            self._reservations.close(now, reservation, RESERVATION_STATUS_EXPIRED, "the hold has run out")
            return Report(PROCESSING_STATUS_SUCCESS, "none", reservation)

        return self._start("expiry", reservation_id, act, job_id, attempts)

    def payment_result(
        self, reservation_id: str, intent: str, result: PaymentResultType, job_id: str = "", attempts: int = 0
    ) -> Report:
        """Confirms, cancels or refunds, as the payment came out. The payment's own record decides whether it did."""
        if result not in {PAYMENT_RESULT_TYPE_APPROVED, PAYMENT_RESULT_TYPE_REFUNDED, *_GIVES_UP}:
            raise invalid("result_type", "result_type must say how the payment came out")

        def act(now: float) -> Report:
            reservation = self._known(reservation_id)
            if self._payments.find(intent).reservation != reservation_id:
                raise invalid("payment_intent_id", f"{intent} is not for {reservation_id}")
            if result == PAYMENT_RESULT_TYPE_APPROVED:
                return self._approved(now, reservation, intent)
            if result == PAYMENT_RESULT_TYPE_REFUNDED:
                return self._refunded(now, reservation)
            return self._given_up(now, reservation, intent)

        return self._start("payment", reservation_id, act, job_id, attempts)

    def compensation(self, reservation_id: str, kind: CompensationType, job_id: str = "", attempts: int = 0) -> Report:
        """Undoes one thing that a failed operation left behind, and says what it did."""
        undo = {
            COMPENSATION_TYPE_RELEASE_SEATS: self._release_seats,
            COMPENSATION_TYPE_REFUND_PAYMENT: self._refund_payment,
            COMPENSATION_TYPE_CANCEL_RESERVATION: self._cancel_reservation,
            COMPENSATION_TYPE_CLEANUP_ORPHANED: self._refund_payment,
        }.get(kind)
        if undo is None:
            raise invalid("compensation_type", "compensation_type must say what to undo")
        return self._start(
            "compensation", reservation_id, lambda now: undo(now, self._known(reservation_id)), job_id, attempts
        )

    def find(self, job_id: str) -> list[Job]:
        """The kept jobs of this id."""
        return [job for job in self.jobs if job.id == job_id]

    def _start(self, kind: str, reservation: str, act: Callable[[float], Report], job_id: str, attempts: int) -> Report:
        job = Job(job_id or self._new_id("job"), kind, reservation, self._now(), attempts)
        self.jobs.append(job)
        return self._attempt(job, act)

    def _attempt(self, job: Job, act: Callable[[float], Report]) -> Report:
        job.attempts += 1
        try:
            if self._faults.fail_job(job.kind, job.reservation):
                raise NotYet("the attempt failed")
            report = act(self._now())
        except NotYet as reason:
            report = self._later(job, act, str(reason))
        except Refused as refusal:
            report = Report(PROCESSING_STATUS_FAILED, "none", refusal=refusal, manual=True)
        self._finish(job, report)
        return report

    def _later(self, job: Job, act: Callable[[float], Report], reason: str) -> Report:
        settings = self._configuration.current
        if job.attempts >= settings.attempts:
            self._journal.count(SERVICE, PUT_ASIDE)
            return Report(PROCESSING_STATUS_DLQ, f"put aside after {job.attempts} attempts: {reason}", manual=True)
        delay = settings.backoff_s[min(job.attempts, len(settings.backoff_s)) - 1]
        self.pending += 1

        def again() -> None:
            self.pending -= 1
            self._attempt(job, act)

        self._agenda.at(self._now() + delay, again)
        text = f"attempt {job.attempts + 1} of {settings.attempts} in {delay:g} s: {reason}"
        return Report(PROCESSING_STATUS_RETRY, text)

    def _finish(self, job: Job, report: Report) -> None:
        self.last = self._now()
        self.counts[report.status] += 1
        self._journal.log(SERVICE, f"{job.kind} of {job.reservation}: {report.next_action}", job=job.id)
        if report.status != PROCESSING_STATUS_RETRY:
            done = report.status in (PROCESSING_STATUS_SUCCESS, PROCESSING_STATUS_SKIPPED)
            job.status = JOB_INSTANCE_STATUS_COMPLETED if done else JOB_INSTANCE_STATUS_FAILED
            job.completed = self.last
            self.busy_s += job.completed - job.started

    def _known(self, reservation_id: str) -> Reservation:
        try:
            return self._reservations.find(reservation_id)
        except Refused as refusal:
            if refusal.code != errors_pb2.ERROR_CODE_NOT_FOUND:
                raise
            raise NotYet(refusal.message) from None

    def _approved(self, now: float, reservation: Reservation, intent: str) -> Report:
        if reservation.status == RESERVATION_STATUS_CONFIRMED:
            return Report(PROCESSING_STATUS_SKIPPED, f"confirmed already: {reservation.order}")
        payment = self._payments.find(intent)
        if not reservation.holding and payment.status == PAYMENT_STATUS_REFUNDED:
            return Report(PROCESSING_STATUS_SKIPPED, f"{reservation.id} had ended; {intent} was refunded")
        if reservation.holding and payment.status != PAYMENT_STATUS_COMPLETED:
            raise NotYet(f"{intent} is not COMPLETED")
        self._reservations.confirm(now, reservation.id, reservation.user, intent)
        return Report(PROCESSING_STATUS_SUCCESS, "none", reservation)

    def _refunded(self, now: float, reservation: Reservation) -> Report:
        if reservation.status != RESERVATION_STATUS_CONFIRMED:
            return Report(PROCESSING_STATUS_SKIPPED, f"{reservation.id} has no order")
        self._reservations.refund(now, reservation, "the payment was refunded")
        return Report(PROCESSING_STATUS_SUCCESS, "none", reservation)

    def _given_up(self, now: float, reservation: Reservation, intent: str) -> Report:
        if not reservation.holding:
            return Report(PROCESSING_STATUS_SKIPPED, f"{reservation.id} holds no seats")
        if self._payments.find(intent).status == PAYMENT_STATUS_COMPLETED:
            message = f"{intent} is COMPLETED, so {reservation.id} is not given up"
            raise Refused(errors_pb2.ERROR_CODE_FAILED_PRECONDITION, message)
        self._reservations.close(now, reservation, RESERVATION_STATUS_CANCELLED, "the payment failed")
        return Report(PROCESSING_STATUS_SUCCESS, "none", reservation)

    def _release_seats(self, now: float, reservation: Reservation) -> Report:
        if not reservation.holding:
            return _republish(f"{reservation.id} holds no seats")
        changed = self._reservations.close(now, reservation, RESERVATION_STATUS_CANCELLED, "compensation")
        actions = [(COMPENSATION_ACTION_TYPE_INVENTORY_RELEASE, f"seats of {reservation.id} released")]
        actions += [(COMPENSATION_ACTION_TYPE_PAYMENT_REFUND, f"{payment.intent} given back") for payment in changed]
        return Report(PROCESSING_STATUS_SUCCESS, "none", reservation, tuple(actions))

    def _refund_payment(self, now: float, reservation: Reservation) -> Report:
        if reservation.holding:
            return _republish(f"{reservation.id} is alive; nothing is left behind")
        if reservation.status == RESERVATION_STATUS_CONFIRMED:
            changed = self._reservations.refund(now, reservation, "compensation")
        else:
            changed = self._payments.abandon(reservation.id, "compensation")
        if not changed:
            return _republish(f"{reservation.id} has no money to give back")
        actions = tuple((COMPENSATION_ACTION_TYPE_PAYMENT_REFUND, f"{p.intent} given back") for p in changed)
        return Report(PROCESSING_STATUS_SUCCESS, "none", reservation, actions)

    def _cancel_reservation(self, now: float, reservation: Reservation) -> Report:
        if reservation.status == RESERVATION_STATUS_CONFIRMED:
            review = (COMPENSATION_ACTION_TYPE_MANUAL_REVIEW, f"{reservation.order} is sold; refund it first")
            return Report(PROCESSING_STATUS_FAILED, "review by hand", actions=(review,), manual=True)
        report = self._release_seats(now, reservation)
        if report.status != PROCESSING_STATUS_SUCCESS:
            return report
        cancelled = (COMPENSATION_ACTION_TYPE_RESERVATION_CANCEL, f"{reservation.id} cancelled")
        return Report(PROCESSING_STATUS_SUCCESS, "none", reservation, (cancelled, *report.actions))

    def _settled(self, change: Change) -> None:
        """Gives back money that was taken for what had ended before it was."""
        if isinstance(change, PaymentSettled) and change.payment.status == PAYMENT_STATUS_COMPLETED:
            reservation = self._reservations.known(change.payment.reservation)
            if reservation is None:
                return
            if not reservation.holding and reservation.status != RESERVATION_STATUS_CONFIRMED:
                self.compensation(reservation.id, COMPENSATION_TYPE_REFUND_PAYMENT)


def _republish(why: str) -> Report:
    action = (COMPENSATION_ACTION_TYPE_EVENT_REPUBLISH, f"nothing to undo: {why}")
    return Report(PROCESSING_STATUS_SKIPPED, "none", actions=(action,))
