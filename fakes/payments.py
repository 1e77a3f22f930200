"""Payments: an intent for an amount, processed once, settled after the time that its scenario takes.

Guarantees: a final status stands (COMPLETED can only be refunded, whole); a reservation is charged at most once at a
time; no card or account number is kept. Money is whole KRW. What a payment is for is known here only by name.

    PENDING --process--> PROCESSING --settle--> COMPLETED --refund--> REFUNDED
      |  `--too late--> EXPIRED   |      `----> FAILED
      `---------cancel------------'---> CANCELLED
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from contracts.messages import errors_pb2
from contracts.messages.payment_pb2 import (
    PAYMENT_SCENARIO_APPROVE,
    PAYMENT_SCENARIO_DELAY,
    PAYMENT_SCENARIO_FAIL,
    PAYMENT_SCENARIO_RANDOM,
    PAYMENT_SCENARIO_TIMEOUT,
    PAYMENT_STATUS_CANCELLED,
    PAYMENT_STATUS_COMPLETED,
    PAYMENT_STATUS_EXPIRED,
    PAYMENT_STATUS_FAILED,
    PAYMENT_STATUS_PENDING,
    PAYMENT_STATUS_PROCESSING,
    PAYMENT_STATUS_REFUNDED,
    PAYMENT_STATUS_UNSPECIFIED,
    PaymentScenario,
    PaymentStatus,
)
from fakes.changes import PaymentChanged, PaymentSettled
from fakes.deadlines import Deadlines
from fakes.failures import Refused, not_found
from fakes.timing import Alarm

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from contracts.messages.payment_pb2 import PaymentMetadata, PaymentMethod
    from fakes.changes import Changes
    from fakes.configuration import Configuration
    from fakes.faults import Faults
    from fakes.journal import Journal
    from fakes.timing import Agenda, Appointment

OPEN = frozenset({PAYMENT_STATUS_PENDING, PAYMENT_STATUS_PROCESSING})
"""What can still become anything."""

_MOVES = {
    PAYMENT_STATUS_PENDING: {
        PAYMENT_STATUS_PROCESSING,
        PAYMENT_STATUS_COMPLETED,
        PAYMENT_STATUS_FAILED,
        PAYMENT_STATUS_CANCELLED,
        PAYMENT_STATUS_EXPIRED,
    },
    PAYMENT_STATUS_PROCESSING: {PAYMENT_STATUS_COMPLETED, PAYMENT_STATUS_FAILED, PAYMENT_STATUS_CANCELLED},
    PAYMENT_STATUS_COMPLETED: {PAYMENT_STATUS_REFUNDED},
}
_ANNOUNCED = frozenset(
    {PAYMENT_STATUS_COMPLETED, PAYMENT_STATUS_FAILED, PAYMENT_STATUS_CANCELLED, PAYMENT_STATUS_REFUNDED}
)
_CHARGED = frozenset({PAYMENT_STATUS_PROCESSING, PAYMENT_STATUS_COMPLETED})
_COUNTS = {v: name.removeprefix("PAYMENT_STATUS_").lower() + "_total" for name, v in PaymentStatus.items()}


@dataclass(slots=True, eq=False)
class Payment:
    """An intent and what became of it."""

    intent: str
    reservation: str
    user: str
    amount: int
    scenario: PaymentScenario
    webhook_url: str
    created: float
    updated: float
    expires: float
    status: PaymentStatus = PAYMENT_STATUS_PENDING
    method: PaymentMethod | None = None
    metadata: PaymentMetadata | None = None
    payment: str = ""
    """Id of the processing, once there is one."""
    transaction: str = ""
    """Id of the transaction, once the payment is COMPLETED."""
    processed: float = 0.0
    """When it settled."""
    failure: str = ""
    refund: str = ""
    due: Appointment | None = None
    """How what is being processed will come out by itself."""


class Order(NamedTuple):
    """What a client wants to pay."""

    reservation: str
    user: str
    amount: int
    scenario: PaymentScenario = PAYMENT_SCENARIO_APPROVE
    method: PaymentMethod | None = None
    webhook_url: str = ""
    metadata: PaymentMetadata | None = None


class Payments:
    """All payments, by intent, by reservation and by user."""

    def __init__(
        self,
        configuration: Configuration,
        changes: Changes,
        journal: Journal,
        agenda: Agenda,
        now: Callable[[], float],
        chance: Random,
        new_id: Callable[[str], str],
        faults: Faults,
    ) -> None:
        self._configuration = configuration
        self._changes = changes
        self._journal = journal
        self._agenda = agenda
        self._now = now
        self._chance = chance
        self._new_id = new_id
        self._faults = faults
        self._ends = Deadlines()
        self._alarm = Alarm(agenda, now, self._expire_due)
        self._payments: dict[str, Payment] = {}
        self._by_reservation: dict[str, list[Payment]] = {}
        self._by_user: dict[str, dict[str, Payment]] = {}
        self.money = 0
        """Taken and not refunded, whole KRW."""

    def create(self, order: Order) -> Payment:
        """A new intent, PENDING. Refuses FAILED_PRECONDITION while the reservation is paid or being paid."""
        self._refuse_second_charge(order.reservation)
        now, life = self._now(), self._configuration.current.intent_life_s
        payment = Payment(
            intent=self._new_id("pay"),
            reservation=order.reservation,
            user=order.user,
            amount=order.amount,
            scenario=order.scenario or PAYMENT_SCENARIO_APPROVE,
            webhook_url=order.webhook_url,
            created=now,
            updated=now,
            expires=now + life,
            method=order.method,
            metadata=order.metadata,
        )
        self._payments[payment.intent] = payment
        self._by_reservation.setdefault(order.reservation, []).append(payment)
        self._by_user.setdefault(order.user, {})[payment.intent] = payment
        self._ends.add(payment.expires, payment.intent)
        self._alarm.by(payment.expires)
        self._journal.count("payment.v1.PaymentService", "intents_total")
        self._tell(payment, PAYMENT_STATUS_UNSPECIFIED, "created")
        return payment

    def find(self, intent: str, user: str | None = None) -> Payment:
        """The payment of an intent, of this user when one is given. Refuses NOT_FOUND and FORBIDDEN."""
        payment = self._payments.get(intent)
        if payment is None:
            raise not_found("payment intent", intent)
        if user is not None and user != payment.user:
            raise Refused(errors_pb2.ERROR_CODE_FORBIDDEN, f"{intent} belongs to another user")
        return payment

    def known(self, intent: str) -> Payment | None:
        """The payment of an intent, if there is one."""
        return self._payments.get(intent)

    def of_user(self, user: str) -> list[Payment]:
        """The payments of a user, oldest first."""
        return list(self._by_user.get(user, {}).values())

    def of_reservation(self, reservation: str) -> list[Payment]:
        """The payments for a reservation, oldest first."""
        return list(self._by_reservation.get(reservation, ()))

    def process(self, payment: Payment, method: PaymentMethod | None) -> None:
        """Charges: settles at once or after its time. Refuses FAILED_PRECONDITION unless PENDING."""
        if payment.status != PAYMENT_STATUS_PENDING:
            name = PaymentStatus.Name(payment.status).removeprefix("PAYMENT_STATUS_")
            raise Refused(errors_pb2.ERROR_CODE_FAILED_PRECONDITION, f"payment {payment.intent} is {name} already")
        self._refuse_second_charge(payment.reservation, payment)
        payment.method = method or payment.method
        payment.payment = self._new_id("pmt")
        outcome, delay, reason = self._outcome(payment.scenario)
        if outcome is not None and delay <= 0:
            self._move(payment, outcome, reason)
            return
        self._move(payment, PAYMENT_STATUS_PROCESSING, "being processed")
        if outcome is not None:
            settled = outcome
            payment.due = self._agenda.at(self._now() + delay, lambda: self._move(payment, settled, reason))

    def settle(self, payment: Payment, status: PaymentStatus, reason: str, webhook_id: str = "") -> None:
        """Gives a payment a status now. Refuses FAILED_PRECONDITION as `require_open` does."""
        self.require_open(payment, status)
        self._move(payment, status, reason, webhook_id)

    def require_open(self, payment: Payment, status: PaymentStatus) -> None:
        """Refuses FAILED_PRECONDITION unless a payment can get a status now."""
        if status not in _MOVES.get(payment.status, ()):
            names = [PaymentStatus.Name(s).removeprefix("PAYMENT_STATUS_") for s in (payment.status, status)]
            message = f"payment {payment.intent} is {names[0]} and cannot become {names[1]}"
            raise Refused(errors_pb2.ERROR_CODE_FAILED_PRECONDITION, message)
        if status == PAYMENT_STATUS_COMPLETED:
            self._refuse_second_charge(payment.reservation, payment)

    def abandon(self, reservation: str, reason: str) -> list[Payment]:
        """What it was for is gone: refunds what was taken, cancels what was not begun; returns what it changed.

        What is being processed runs on; who learns of its success refunds it.
        """
        changed = []
        for payment in self._by_reservation.get(reservation, ()):
            if payment.status == PAYMENT_STATUS_COMPLETED:
                if self._faults.keep_money(reservation):
                    continue
                self._move(payment, PAYMENT_STATUS_REFUNDED, reason)
                changed.append(payment)
            elif payment.status == PAYMENT_STATUS_PENDING:
                self._move(payment, PAYMENT_STATUS_CANCELLED, reason)
                changed.append(payment)
        return changed

    def announce(self, payment: Payment, webhook_id: str = "") -> None:
        """Announces the status that a payment has, under this webhook id, else under a new one."""
        webhook_id = webhook_id or self._new_id("whk")
        self._changes.publish(PaymentSettled(webhook_id, payment, payment.status, self._now()))

    def forget(self, reservation: str) -> None:
        """Drops all that is known of a reservation's payments."""
        for payment in self._by_reservation.pop(reservation, ()):
            if payment.due is not None:
                payment.due.cancel()
            del self._payments[payment.intent]
            mine = self._by_user[payment.user]
            del mine[payment.intent]
            if not mine:
                del self._by_user[payment.user]

    def __len__(self) -> int:
        return len(self._payments)

    def _expire_due(self, now: float) -> float:
        """Ends the intents that waited too long; returns when there is something to do next."""
        while self._ends.next <= now:
            payment = self._payments.get(self._ends.take()[1])
            if payment is not None and payment.status == PAYMENT_STATUS_PENDING:
                self._move(payment, PAYMENT_STATUS_EXPIRED, "too late")
        return self._ends.next

    def _refuse_second_charge(self, reservation: str, this: Payment | None = None) -> None:
        for other in self._by_reservation.get(reservation, ()):
            if other is not this and other.status in _CHARGED and not self._faults.overlook_charge(reservation):
                message = f"{reservation} is paid, or being paid, with {other.intent}"
                raise Refused(errors_pb2.ERROR_CODE_FAILED_PRECONDITION, message)

    def _outcome(self, scenario: PaymentScenario) -> tuple[PaymentStatus | None, float, str]:
        """What a charge will come to, after how long, and why; None for one that never settles."""
        settings = self._configuration.current
        if scenario == PAYMENT_SCENARIO_RANDOM:
            approved = self._chance.random() < settings.random_success
            scenario = PAYMENT_SCENARIO_APPROVE if approved else PAYMENT_SCENARIO_FAIL
        if scenario == PAYMENT_SCENARIO_TIMEOUT:
            return None, 0.0, ""
        if scenario == PAYMENT_SCENARIO_FAIL:
            return PAYMENT_STATUS_FAILED, self._chance.uniform(*settings.fail_s), "card declined"
        span = settings.delay_s if scenario == PAYMENT_SCENARIO_DELAY else settings.approve_s
        return PAYMENT_STATUS_COMPLETED, self._chance.uniform(*span), "approved"

    def _move(self, payment: Payment, status: PaymentStatus, reason: str, webhook_id: str = "") -> None:
        if payment.due is not None:
            payment.due.cancel()
            payment.due = None
        old, now = payment.status, self._now()
        payment.status, payment.updated = status, now
        if status == PAYMENT_STATUS_COMPLETED:
            payment.transaction, payment.processed = self._new_id("txn"), now
            self.money += payment.amount
        elif status == PAYMENT_STATUS_REFUNDED:
            payment.refund = self._new_id("rfd")
            self.money -= payment.amount
        elif status == PAYMENT_STATUS_FAILED:
            payment.failure, payment.processed = reason, now
        self._journal.count("payment.v1.PaymentService", _COUNTS[status])
        self._tell(payment, old, reason)
        if status in _ANNOUNCED:
            self.announce(payment, webhook_id)

    def _tell(self, payment: Payment, old: PaymentStatus, message: str) -> None:
        intent, user, listening = payment.intent, payment.user, self._changes.listening
        if listening(("payment", intent)) or listening(("payments of", user)):
            self._changes.publish(PaymentChanged(intent, user, old, payment.status, message))
