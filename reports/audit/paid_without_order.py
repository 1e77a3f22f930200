"""Whoever paid, and asks in time, gets the order.

Definite is a payment known as completed, a confirmation asked for after that while the hold was certainly alive (its
stated end is later than the answer, by more than the clocks' skew), denied or lost, and a read that says that there is
no order. While the confirmation may still take effect, the read is missing, the hold's end is not known, somebody else
has cancelled the reservation (an operator may), or all that the platform said is to come later (RATE_LIMITED and the
like), it is possible. A confirmation that came after the hold's end, a reservation that its owner cancelled and a
payment given back are no violation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.finding import CRITICAL, DEFINITE, POSSIBLE, Rule, Violation
from reports.audit.history import COME_LATER, may_have, statement, was_asked
from reports.audit.ownership import asked_to_end
from reports.audit.suspects import completions, proofs, stories
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History, Payment, Reservation
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim


def suspects(history: History) -> Numbers:
    """Leaves out the reservations that became an order, and those of which no payment was completed."""
    table = history.table
    link, money = table.links
    paid = ~table.reservations_with(proofs(table))
    paid[paid] = np.isin(np.flatnonzero(paid), link[table.intents_with(completions(table))[money]])
    return stories(table, paid)


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each reservation that was paid and became no order."""
    for reservation in history.reservations.values():
        if reservation.proofs or asked_to_end(reservation):
            continue
        paid = [
            payment
            for payment in history.payments_of.get(reservation.id, ())
            if payment.completions and not payment.given_back
        ]
        if paid and (violation := _of_reservation(reservation, paid, history.ends_skew_ns)):
            yield violation


def _of_reservation(reservation: Reservation, paid: list[Payment], skew_ns: int) -> Violation | None:
    paid_ns = min(payment.completions[0].answered_ns for payment in paid)
    asked = [sale for sale in reservation.sales if was_asked(sale) and sale.sent_ns >= paid_ns]
    in_time = [sale for sale in asked if sale.answered_ns <= reservation.expires_ns - skew_ns]
    owed = in_time or [sale for sale in asked if not _came_too_late(sale, reservation, skew_ns)]
    if not owed:
        return None
    read = _says_no_order(reservation, max(sale.answered_ns for sale in asked))
    settled = read is not None and not reservation.open_sales
    weighed = any(sale.code not in COME_LATER for sale in in_time)
    cancelled = any(statement(told) == "CANCELLED" for told in reservation.reads)  # not by this run: by an operator?
    certainty = DEFINITE if weighed and settled and not cancelled else POSSIBLE
    return _violation(reservation, paid[0], owed, read, certainty)


def _came_too_late(sale: Claim, reservation: Reservation, skew_ns: int) -> bool:
    """The platform said that the hold had run out, and it may have; or it certainly had, whatever the platform said."""
    ends_ns = reservation.expires_ns
    may_be_late = may_have(sale) and 0 < ends_ns < sale.sent_ns
    return sale.code == "RESERVATION_EXPIRED" or may_be_late or 0 < ends_ns <= sale.sent_ns - skew_ns


def _says_no_order(reservation: Reservation, after_ns: int) -> Claim | None:
    reads = [read for read in reservation.reads if read.sent_ns >= after_ns and statement(read)]
    return reads[-1] if reads else None


def _violation(
    reservation: Reservation, payment: Payment, owed: list[Claim], read: Claim | None, certainty: str
) -> Violation:
    outcome = "it became no order" if certainty == DEFINITE else "no order is known"
    return Violation(
        certainty,
        f"Reservation {reservation.id} was paid ({payment.id}) and confirmed in time, but {outcome}.",
        witness(
            [*reservation.holds, *payment.completions[:1], *owed, *([read] if read else [])],
            event=reservation.event,
            seats=list(reservation.seats),
            reservations=[reservation.id],
            intents=[payment.id],
            users=[reservation.user],
            hold_ends_ns=reservation.expires_ns,
        ),
    )


RULE = Rule(
    "paid_without_order",
    "Whoever paid, and confirms in time, gets the order.",
    CRITICAL,
    check,
    suspects,
    sees="Payments that an answer or a read calls completed, and what became of the confirmations sent after that.",
    blind="A confirmation that the run never sent; a hold whose end the platform does not state, or that ended within "
    "the clocks' skew of the confirmation; without a read at the end it stays at possible, and so does a "
    "reservation that somebody else cancelled.",
)
"""Compares completed payments with confirmations that were denied or lost."""
