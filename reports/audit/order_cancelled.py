"""An order is not cancelled like a hold: it stands, or its money goes back.

A cancellation went through though it was sent after an answer had told the order, and no word says that the payment was
or may have been given back. It is definite where the payment was asked for afterwards and still stood; where nobody
looked, the money may have gone back. A cancellation that was under way together with the sale, one that was refused,
and an order that was refunded are no violation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.codes import earliest, latest
from reports.audit.finding import CRITICAL, DEFINITE, POSSIBLE, Rule, Violation
from reports.audit.history import COMPLETED, denied, happened, statement
from reports.audit.suspects import about, sold, stories
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reports.audit.history import History, Payment, Reservation
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim

_CANCEL = "CancelReservation"


def suspects(history: History) -> Numbers:
    """Leaves out the orders that nobody cancelled after they were told, and those that were paid back."""
    table = history.table
    cancels = table.where(about("cancel", holds=_cancelled))
    told_ns = earliest(np.where(sold(table), table.reservation, -1), table.answered_ns, table.reservations)
    asked_ns = latest(np.where(cancels, table.reservation, -1), table.sent_ns, table.reservations)
    link, money = table.links
    back = table.intents_with(table.where(_gives_back)) & (np.bincount(money, minlength=table.intents) == 1)
    refunded = np.zeros(table.reservations, np.bool_)
    refunded[link[back[money]]] = True
    return stories(table, (asked_ns >= told_ns + history.hosts_skew_ns) & ~refunded)


def _gives_back(claim: Claim) -> bool:
    """It makes Payment.given_back true."""
    if claim.action == "void":
        return not denied(claim)
    return about("payment read")(claim) and statement(claim) in {"REFUNDED", "CANCELLED"}


def _cancelled(cancel: Claim) -> bool:
    return happened(cancel) and cancel.method.endswith(_CANCEL)


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each order that was cancelled and not paid back."""
    for reservation in history.reservations.values():
        told = sorted(reservation.sold, key=lambda sale: sale.answered_ns)[:1]
        late = [
            cancel
            for cancel in reservation.cancels
            if told and _cancelled(cancel) and cancel.sent_ns >= told[0].answered_ns + history.hosts_skew_ns
        ]
        payments = history.payments_of.get(reservation.id, ())
        if late and not any(payment.given_back for payment in payments):
            yield _violation(reservation, told[0], late[0], payments)


def _kept(payments: Iterable[Payment], cancel: Claim) -> bool:
    """An answer that was asked for after the cancellation still says that it is paid."""
    reads = [read for payment in payments for read in payment.reads if read.sent_ns >= cancel.answered_ns]
    return any(statement(read) == COMPLETED for read in reads)


def _violation(reservation: Reservation, sale: Claim, cancel: Claim, payments: Sequence[Payment]) -> Violation:
    order, kept = sale.order or reservation.id, _kept(payments, cancel)
    money = "was not given back" if kept else "may not have been given back"
    return Violation(
        DEFINITE if kept else POSSIBLE,
        f"Order {order} was cancelled like a hold, and its money {money}.",
        witness(
            [*reservation.holds, sale, cancel],
            event=reservation.event,
            seats=list(reservation.seats),
            orders=list(reservation.orders),
            reservations=[reservation.id],
            intents=[payment.id for payment in payments],
            users=[reservation.user],
        ),
    )


RULE = Rule(
    "order_cancelled",
    "An order is not cancelled like a hold.",
    CRITICAL,
    check,
    suspects,
    sees="Cancellations of this run's own orders that went through, and what is said of the money afterwards.",
    blind="A cancellation that was under way together with the sale; orders that a foreign client cancels; a refund "
    "that nobody looked for, which is why only a payment that was seen to stand afterwards is definite.",
)
"""Compares sales with cancellations sent after them."""
