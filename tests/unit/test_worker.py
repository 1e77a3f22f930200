"""The worker: attempts, backoff, DLQ, work that is done already."""

from __future__ import annotations

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from contracts.messages import payment_pb2, reservation_pb2, worker_pb2
from fakes.faults import Faults
from fakes.settings import DOCUMENTED
from tests.unit.ticket_desk import Desk

RETRY = worker_pb2.PROCESSING_STATUS_RETRY
SUCCESS = worker_pb2.PROCESSING_STATUS_SUCCESS
SKIPPED = worker_pb2.PROCESSING_STATUS_SKIPPED
APPROVED = worker_pb2.PAYMENT_RESULT_TYPE_APPROVED
CONFIRMED = reservation_pb2.RESERVATION_STATUS_CONFIRMED


class Failing(Faults):
    """Fails the first attempts of every job."""

    def __init__(self, attempts: int) -> None:
        self.left = attempts
        self.asked: list[str] = []

    def fail_job(self, kind: str, reservation: str) -> bool:
        self.asked.append(kind)
        self.left -= 1
        return self.left >= 0


@pytest.mark.parametrize(("failures", "done_after"), [(0, 0.0), (1, 1.0), (2, 3.0), (4, 15.0)])
def test_a_job_is_tried_again_after_1_2_4_and_8_s(failures: int, done_after: float) -> None:
    desk = Desk(faults=Failing(failures))
    reservation = desk.reserve().reservation_id
    answer = desk.do("worker/ProcessReservationExpiry", reservation_id=reservation)
    assert answer.status == (RETRY if failures else SUCCESS)
    if failures:
        assert answer.next_action == "attempt 2 of 5 in 1 s: the attempt failed"
        desk.time.advance(done_after - 0.01)
        assert desk.reservation(reservation).status == reservation_pb2.RESERVATION_STATUS_PENDING
        desk.time.advance(0.01)
    assert desk.reservation(reservation).status == reservation_pb2.RESERVATION_STATUS_EXPIRED
    assert desk.do("worker/HealthCheck").queue_depth == 0


def test_after_five_attempts_a_job_is_put_aside() -> None:
    faults = Failing(99)
    desk = Desk(faults=faults)
    reservation = desk.reserve().reservation_id
    desk.do("worker/ProcessReservationExpiry", reservation_id=reservation)
    desk.time.advance(15)
    assert faults.asked == ["expiry"] * 5
    assert desk.platform.worker.counts[worker_pb2.PROCESSING_STATUS_DLQ] == 1
    last = desk.do("worker/ProcessReservationExpiry", reservation_id=reservation, retry_count=4)
    assert last.status == worker_pb2.PROCESSING_STATUS_DLQ
    assert last.next_action == "put aside after 5 attempts: the attempt failed"


def test_a_scaled_worker_backs_off_scaled() -> None:
    desk = Desk(DOCUMENTED.scaled(0.1), faults=Failing(2))
    reservation = desk.reserve().reservation_id
    desk.do("worker/ProcessReservationExpiry", reservation_id=reservation)
    desk.time.advance(0.31)
    assert desk.reservation(reservation).status == reservation_pb2.RESERVATION_STATUS_EXPIRED


def test_approval_waits_for_the_payment_and_confirms_then() -> None:
    """Told before the payment has settled, the worker tries again and nobody gets a ticket for nothing."""
    desk = Desk()
    reservation = desk.reserve().reservation_id
    intent = desk.intent(reservation)
    wish = {"reservation_id": reservation, "payment_intent_id": intent, "result_type": APPROVED}
    assert desk.do("worker/ProcessPaymentResult", **wish).status == RETRY
    assert not desk.reservation(reservation).order_id
    desk.do("payment/ProcessPayment", payment_intent_id=intent)
    desk.time.advance(15)
    assert desk.reservation(reservation).status == CONFIRMED
    assert desk.do("worker/ProcessPaymentResult", **wish).status == SKIPPED
    assert len(desk.platform.ledger.sales) == 2


def test_approval_after_the_end_is_skipped_and_the_money_was_given_back() -> None:
    desk = Desk()
    reservation = desk.reserve().reservation_id
    intent = desk.pay(reservation)
    desk.time.advance(60)
    wish = {"reservation_id": reservation, "payment_intent_id": intent, "result_type": APPROVED}
    answer = desk.do("worker/ProcessPaymentResult", **wish)
    assert (answer.status, answer.next_action) == (SKIPPED, f"{reservation} had ended; {intent} was refunded")


@pytest.mark.parametrize(
    ("result", "status", "next_action"),
    [
        (worker_pb2.PAYMENT_RESULT_TYPE_FAILED, worker_pb2.PROCESSING_STATUS_FAILED, None),
        (worker_pb2.PAYMENT_RESULT_TYPE_REFUNDED, SKIPPED, "{} has no order"),
    ],
)
def test_a_result_that_contradicts_the_payment_changes_nothing(
    result: int, status: int, next_action: str | None
) -> None:
    desk = Desk()
    reservation = desk.reserve().reservation_id
    intent = desk.pay(reservation)
    wish = {"reservation_id": reservation, "payment_intent_id": intent, "result_type": result}
    answer = desk.ask("worker/ProcessPaymentResult", **wish)
    assert answer.status == status
    if next_action is None:
        assert answer.error.message == f"{intent} is COMPLETED, so {reservation} is not given up"
    else:
        assert answer.next_action == next_action.format(reservation)
    assert desk.reservation(reservation).status == reservation_pb2.RESERVATION_STATUS_PENDING
    assert desk.payment(intent).status == payment_pb2.PAYMENT_STATUS_COMPLETED


def test_a_refund_takes_the_order_back() -> None:
    desk = Desk()
    reservation, intent, _ = desk.buy()
    wish = {"reservation_id": reservation, "payment_intent_id": intent}
    answer = desk.do("worker/ProcessPaymentResult", **wish, result_type=worker_pb2.PAYMENT_RESULT_TYPE_REFUNDED)
    assert answer.status == SUCCESS
    assert desk.reservation(reservation).status == reservation_pb2.RESERVATION_STATUS_REFUNDED
    assert (desk.platform.ledger.sales, desk.platform.payments.money) == ({}, 0)


def test_a_payment_for_something_else_is_refused() -> None:
    desk = Desk()
    mine, other = desk.reserve().reservation_id, desk.reserve("ben").reservation_id
    intent = desk.pay(other, "ben")
    wish = {"reservation_id": mine, "payment_intent_id": intent, "result_type": APPROVED}
    assert desk.refused("worker/ProcessPaymentResult", **wish) == ("INVALID_ARGUMENT", f"{intent} is not for {mine}")


@pytest.mark.parametrize(
    ("method", "wish", "message"),
    [
        ("ProcessPaymentResult", {"payment_intent_id": "pay_x"}, "result_type must say how the payment came out"),
        ("ProcessCompensation", {}, "compensation_type must say what to undo"),
        ("ProcessReservationExpiry", {"retry_count": -1}, "retry_count cannot be negative"),
    ],
)
def test_an_unclear_job_is_refused_and_not_kept(method: str, wish: dict[str, object], message: str) -> None:
    desk = Desk()
    assert desk.refused(f"worker/{method}", reservation_id="rsv", **wish)[1] == message
    assert not desk.platform.worker.jobs


@pytest.mark.parametrize(
    ("kind", "acts", "status"),
    [
        (worker_pb2.COMPENSATION_TYPE_RELEASE_SEATS, [1, 2], SUCCESS),
        (worker_pb2.COMPENSATION_TYPE_CANCEL_RESERVATION, [3, 1, 2], SUCCESS),
        (worker_pb2.COMPENSATION_TYPE_REFUND_PAYMENT, [4], SKIPPED),
        (worker_pb2.COMPENSATION_TYPE_CLEANUP_ORPHANED, [4], SKIPPED),
    ],
)
def test_a_compensation_says_what_it_undid_of_a_paid_hold(kind: int, acts: list[int], status: int) -> None:
    """Seats and money of a live hold are given back together; a live hold's money alone is not."""
    desk = Desk()
    reservation = desk.reserve().reservation_id
    intent = desk.pay(reservation)
    answer = desk.do("worker/ProcessCompensation", reservation_id=reservation, compensation_type=kind)
    assert (answer.status, [one.action_type for one in answer.actions_taken]) == (status, acts)
    refunded = desk.payment(intent).status == payment_pb2.PAYMENT_STATUS_REFUNDED
    assert refunded == (status == SUCCESS)
    assert desk.stock().reserved_seats == (0 if refunded else 2)


def test_an_end_that_lies_in_the_future_is_waited_for() -> None:
    """Told at once of an expiry in 2.5 s, the worker releases at its third attempt, after 3 s."""
    desk = Desk()
    reservation = desk.reserve().reservation_id
    end = Timestamp(seconds=int(desk.time.now()) + 2, nanos=500_000_000)
    answer = desk.do("worker/ProcessReservationExpiry", reservation_id=reservation, expired_at=end)
    assert (answer.status, answer.next_action) == (
        RETRY,
        f"attempt 2 of 5 in 1 s: {reservation} runs out in 2.5 s",
    )
    desk.time.advance(2.9)
    assert desk.stock().reserved_seats == 2
    desk.time.advance(0.1)
    assert desk.stock().reserved_seats == 0


def test_an_end_that_is_now_has_come() -> None:
    desk = Desk()
    reservation = desk.reserve().reservation_id
    now = Timestamp(seconds=int(desk.time.now()))
    assert desk.do("worker/ProcessReservationExpiry", reservation_id=reservation, expired_at=now).status == SUCCESS


def test_approval_of_what_failed_and_ended_is_a_failure() -> None:
    desk = Desk()
    reservation = desk.reserve().reservation_id
    intent = desk.pay(reservation, scenario=payment_pb2.PAYMENT_SCENARIO_FAIL)
    desk.do("reservation/CancelReservation", reservation_id=reservation, user_id="ann")
    wish = {"reservation_id": reservation, "payment_intent_id": intent, "result_type": APPROVED}
    answer = desk.ask("worker/ProcessPaymentResult", **wish)
    assert answer.status == worker_pb2.PROCESSING_STATUS_FAILED
    assert answer.error.message == f"{reservation} is CANCELLED"


def test_an_ordinary_sale_gives_the_worker_nothing_to_do() -> None:
    desk = Desk()
    desk.buy()
    assert not desk.platform.worker.jobs
