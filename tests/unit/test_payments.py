"""Payments: what each scenario comes to and when, what stands, what is refunded."""

from __future__ import annotations

import itertools
from random import Random
from typing import TYPE_CHECKING

import pytest

from contracts.messages import errors_pb2
from contracts.messages.payment_pb2 import (
    PAYMENT_SCENARIO_APPROVE,
    PAYMENT_SCENARIO_DELAY,
    PAYMENT_SCENARIO_FAIL,
    PAYMENT_SCENARIO_RANDOM,
    PAYMENT_SCENARIO_TIMEOUT,
    PAYMENT_SCENARIO_UNSPECIFIED,
    PAYMENT_STATUS_CANCELLED,
    PAYMENT_STATUS_COMPLETED,
    PAYMENT_STATUS_EXPIRED,
    PAYMENT_STATUS_FAILED,
    PAYMENT_STATUS_PENDING,
    PAYMENT_STATUS_PROCESSING,
    PAYMENT_STATUS_REFUNDED,
)
from fakes.changes import Change, Changes, PaymentChanged, PaymentSettled
from fakes.configuration import Configuration
from fakes.failures import Refused
from fakes.faults import Faults
from fakes.journal import Journal
from fakes.payments import Order, Payments
from fakes.settings import DEPLOYED, DOCUMENTED, OPEN
from fakes.timing import Agenda, ScriptedTime

if TYPE_CHECKING:
    from contracts.messages.payment_pb2 import PaymentScenario, PaymentStatus
    from fakes.payments import Payment
    from fakes.settings import Settings


class Till:
    """Payments on a scripted time, and all that they told."""

    def __init__(self, figures: Settings = DOCUMENTED, seed: int = 1) -> None:
        self.time, self.told, numbers = ScriptedTime(1000.0), list[Change](), itertools.count(1)
        changes = Changes()
        changes.subscribe([("settled", ""), ("payments of", "ann")], self.told.append)
        self.payments = Payments(
            Configuration(figures),
            changes,
            Journal(self.time.now),
            Agenda(self.time.now, self.time),
            self.time.now,
            Random(seed),
            lambda kind: f"{kind}_{next(numbers)}",
            Faults(),
        )

    def open(self, scenario: PaymentScenario = PAYMENT_SCENARIO_APPROVE, reservation: str = "rsv") -> Payment:
        return self.payments.create(Order(reservation, "ann", 50_000, scenario))

    def processed(self, scenario: PaymentScenario = PAYMENT_SCENARIO_APPROVE, reservation: str = "rsv") -> Payment:
        payment = self.open(scenario, reservation)
        self.payments.process(payment, None)
        return payment

    def announced(self) -> list[PaymentStatus]:
        return [change.status for change in self.told if isinstance(change, PaymentSettled)]


@pytest.mark.parametrize(
    ("scenario", "earliest", "latest", "status"),
    [
        (PAYMENT_SCENARIO_UNSPECIFIED, 2, 5, PAYMENT_STATUS_COMPLETED),
        (PAYMENT_SCENARIO_APPROVE, 2, 5, PAYMENT_STATUS_COMPLETED),
        (PAYMENT_SCENARIO_FAIL, 1, 3, PAYMENT_STATUS_FAILED),
        (PAYMENT_SCENARIO_DELAY, 10, 30, PAYMENT_STATUS_COMPLETED),
    ],
)
def test_a_scenario_settles_within_its_documented_time(
    scenario: PaymentScenario, earliest: float, latest: float, status: PaymentStatus
) -> None:
    """None of 50 settles before the shortest time, all have by the longest, and they differ."""
    till = Till()
    payments = [till.processed(scenario, f"rsv_{number}") for number in range(50)]
    till.time.advance(earliest - 0.001)
    assert {payment.status for payment in payments} == {PAYMENT_STATUS_PROCESSING}
    till.time.advance(latest - earliest + 0.001)
    assert {payment.status for payment in payments} == {status}
    assert len({payment.processed for payment in payments}) > 40
    assert till.payments.money == (50 * 50_000 if status == PAYMENT_STATUS_COMPLETED else 0)


def test_a_timeout_never_settles() -> None:
    till = Till()
    payment = till.processed(PAYMENT_SCENARIO_TIMEOUT)
    till.time.advance(100_000)
    assert payment.status == PAYMENT_STATUS_PROCESSING
    assert till.announced() == []


@pytest.mark.parametrize(("figures", "share"), [(DOCUMENTED, 0.7), (DEPLOYED, 0.5)])
def test_random_approves_its_share(figures: Settings, share: float) -> None:
    """Of 2,000, within four standard deviations; drawn once, so that reading again changes nothing."""
    till = Till(figures)
    payments = [till.processed(PAYMENT_SCENARIO_RANDOM, f"rsv_{number}") for number in range(2000)]
    till.time.advance(30)
    approved = sum(payment.status == PAYMENT_STATUS_COMPLETED for payment in payments)
    assert abs(approved - 2000 * share) < 4 * (2000 * share * (1 - share)) ** 0.5
    assert {payment.status for payment in payments} == {PAYMENT_STATUS_COMPLETED, PAYMENT_STATUS_FAILED}


def test_on_profile_open_a_payment_settles_at_once() -> None:
    till = Till(OPEN)
    assert till.processed().status == PAYMENT_STATUS_COMPLETED
    assert till.processed(PAYMENT_SCENARIO_FAIL, "rsv_2").status == PAYMENT_STATUS_FAILED


def test_every_step_is_told_and_every_final_status_announced() -> None:
    till = Till()
    payment = till.processed()
    till.time.advance(5)
    till.payments.settle(payment, PAYMENT_STATUS_REFUNDED, "returned")
    steps = [(change.old, change.new) for change in till.told if isinstance(change, PaymentChanged)]
    assert steps[-3:] == [
        (PAYMENT_STATUS_PENDING, PAYMENT_STATUS_PROCESSING),
        (PAYMENT_STATUS_PROCESSING, PAYMENT_STATUS_COMPLETED),
        (PAYMENT_STATUS_COMPLETED, PAYMENT_STATUS_REFUNDED),
    ]
    assert till.announced() == [PAYMENT_STATUS_COMPLETED, PAYMENT_STATUS_REFUNDED]
    assert till.payments.money == 0


def test_a_final_status_stands() -> None:
    till = Till()
    payment = till.processed(PAYMENT_SCENARIO_FAIL)
    till.time.advance(3)
    with pytest.raises(Refused, match="is FAILED and cannot become COMPLETED") as caught:
        till.payments.settle(payment, PAYMENT_STATUS_COMPLETED, "again")
    assert caught.value.code == errors_pb2.ERROR_CODE_FAILED_PRECONDITION
    with pytest.raises(Refused, match="is FAILED already"):
        till.payments.process(payment, None)
    assert payment.failure == "card declined"


def test_a_cancelled_payment_does_not_settle_later() -> None:
    till = Till()
    payment = till.processed()
    till.payments.settle(payment, PAYMENT_STATUS_CANCELLED, "never mind")
    till.time.advance(60)
    assert payment.status == PAYMENT_STATUS_CANCELLED
    assert till.payments.money == 0


def test_an_intent_expires_unless_it_is_processed_in_time() -> None:
    till = Till()
    idle, used = till.open(), till.open(PAYMENT_SCENARIO_TIMEOUT, "rsv_2")
    till.time.advance(899)
    till.payments.process(used, None)
    assert idle.status == PAYMENT_STATUS_PENDING
    till.time.advance(1)
    assert (idle.status, used.status) == (PAYMENT_STATUS_EXPIRED, PAYMENT_STATUS_PROCESSING)


def test_a_reservation_is_charged_once() -> None:
    """While one payment is on its way or has arrived, no other is opened or processed; after a failure it is."""
    till = Till()
    early = till.open()
    failed = till.processed(PAYMENT_SCENARIO_FAIL)
    with pytest.raises(Refused, match=f"rsv is paid, or being paid, with {failed.intent}"):
        till.open()
    with pytest.raises(Refused, match="is paid, or being paid"):
        till.payments.process(early, None)
    with pytest.raises(Refused, match="is paid, or being paid"):
        till.payments.settle(early, PAYMENT_STATUS_COMPLETED, "forced")
    till.time.advance(3)
    till.payments.process(early, None)
    till.time.advance(5)
    assert early.status == PAYMENT_STATUS_COMPLETED
    assert till.payments.money == 50_000


def test_what_is_abandoned_is_given_back_or_called_off() -> None:
    """Completed is refunded, pending cancelled; processing runs on, failed stays failed."""
    till = Till()
    pending, failed = till.open(), till.processed(PAYMENT_SCENARIO_FAIL)
    till.time.advance(3)
    completed = till.processed()
    till.time.advance(5)
    assert till.payments.abandon("rsv", "gone") == [pending, completed]
    statuses = [payment.status for payment in (pending, failed, completed)]
    assert statuses == [PAYMENT_STATUS_CANCELLED, PAYMENT_STATUS_FAILED, PAYMENT_STATUS_REFUNDED]
    running = till.processed(reservation="rsv_2")
    assert till.payments.abandon("rsv_2", "gone") == []
    assert running.status == PAYMENT_STATUS_PROCESSING


def test_what_is_forgotten_leaves_nothing() -> None:
    till = Till()
    payment = till.open()
    till.payments.forget("rsv")
    assert len(till.payments) == 0
    assert till.payments.of_user("ann") == []
    with pytest.raises(Refused, match=f"there is no payment intent '{payment.intent}'"):
        till.payments.find(payment.intent)
    told = len(till.told)
    till.time.advance(1000)
    assert len(till.told) == told
