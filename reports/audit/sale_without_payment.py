"""Nobody gets an order without a completed payment.

A sale is definite to have gone without payment when no payment of the reservation can have been completed by the time
the order stood: none was opened, none was charged before, or a read sent after the order stood says that it is still
not paid. Where a charge was never answered, or was under way and never read as completed, it is possible. Judged are
the orders that a ConfirmReservation of ours made: the inventory's own commit promises no payment, and an order that the
platform made on a provider's word was paid where this harness cannot see it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.codes import NEVER_NS, earliest
from reports.audit.finding import CRITICAL, DEFINITE, POSSIBLE, Rule, Violation
from reports.audit.history import NOT_FOUND, denied, statement
from reports.audit.suspects import completions, proofs, stories
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History, Payment, Reservation
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim

_PAID, _UNPAID, _OPEN = "paid", "unpaid", "open"
_NOT_PAID = frozenset({"PENDING", "PROCESSING", "FAILED", "EXPIRED", NOT_FOUND})
_CONFIRM = "ConfirmReservation"


def suspects(history: History) -> Numbers:
    """Leaves out the orders with a payment of their own that was completed when they stood."""
    table = history.table
    link, money = table.links
    stood_ns = earliest(np.where(proofs(table), table.reservation, -1), table.answered_ns, table.reservations)
    done_ns = earliest(np.where(completions(table), table.intent, -1), table.answered_ns, table.intents)
    shared = np.bincount(money, minlength=table.intents) > 1
    done_ns[shared] = NEVER_NS  # whose payment it is, the check finds out
    paid_ns = earliest(link, done_ns[money], table.reservations)
    return stories(table, (stood_ns < NEVER_NS) & (paid_ns > stood_ns))


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each order without a completed payment."""
    for reservation in history.reservations.values():
        proofs = reservation.proofs
        if not proofs or not _confirmed_by_us(reservation):
            continue
        payments = _payments(history, reservation)
        stood_ns = min(proof.answered_ns for proof in proofs)
        states = {_state(payment, stood_ns) for payment in payments}
        if _PAID not in states:
            yield _violation(reservation, proofs[0], payments, POSSIBLE if _OPEN in states else DEFINITE)


def _confirmed_by_us(reservation: Reservation) -> bool:
    sales = [sale for sale in reservation.sales if not denied(sale)]
    return bool(sales) and all(sale.method.endswith(_CONFIRM) for sale in sales)


def _payments(history: History, reservation: Reservation) -> list[Payment]:
    named = {sale.intent for sale in reservation.sales if sale.intent}
    payments = {payment.id: payment for payment in history.payments_of.get(reservation.id, ())}
    payments |= {intent: history.payments[intent] for intent in named}
    return [payments[intent] for intent in sorted(payments)]


def _state(payment: Payment, stood_ns: int) -> str:
    """Returns whether the payment was completed when the order stood at the latest."""
    if any(completion.answered_ns <= stood_ns for completion in payment.completions):
        return _PAID
    if any(statement(read) in _NOT_PAID and read.sent_ns >= stood_ns for read in payment.reads):
        return _UNPAID
    charged = any(not denied(charge) and charge.sent_ns < stood_ns for charge in payment.charges)
    if payment.completions or any(statement(read) == "REFUNDED" for read in payment.reads):
        return _PAID if charged or not payment.charges else _UNPAID
    return _OPEN if charged else _UNPAID


def _violation(reservation: Reservation, proof: Claim, payments: list[Payment], certainty: str) -> Violation:
    order = ", ".join(reservation.orders) or reservation.id
    lack = {
        DEFINITE: "though no payment of it was completed",
        POSSIBLE: "and its payment was never seen completed",
    }
    money = [claim for payment in payments for claim in payment]
    return Violation(
        certainty,
        f"Reservation {reservation.id} became an order ({order}) {lack[certainty]}.",
        witness(
            [*reservation.holds, *money, proof],
            event=reservation.event,
            seats=list(reservation.seats),
            orders=list(reservation.orders),
            reservations=[reservation.id],
            intents=[payment.id for payment in payments],
            users=[reservation.user],
        ),
    )


RULE = Rule(
    "sale_without_payment",
    "Nobody gets an order without a completed payment.",
    CRITICAL,
    check,
    suspects,
    sees="Orders that this run's own ConfirmReservation made, and every answer and read about their payments.",
    blind="Whether money really moved; orders that the platform made on a provider's word or that the inventory "
    "committed by itself; a payment that was charged, never answered and never read leaves it at possible.",
)
"""Compares orders with what was said of their payments."""
