"""What was paid for a reservation that became no order is given back.

Definite is a payment that an answer called completed, a reservation that is known to have ended without an order, and a
read of the payment, sent later than both by more than the platform's worker may take, that still calls it completed.
A read that came sooner, a payment that was or may have been given back, and a reservation that may have become an order
are no violation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.codes import NEVER_NS, earliest, latest
from reports.audit.finding import CRITICAL, DEFINITE, Rule, Violation
from reports.audit.history import COMPLETED, SECOND_NS, happened, may_have, statement
from reports.audit.suspects import about, completions, proofs, stories
from reports.audit.witness import witness
from reports.wording import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History, Payment, Reservation
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim

_ENDED = frozenset({"CANCELLED", "EXPIRED", "FAILED"})
_CANCEL = "CancelReservation"


def suspects(history: History) -> Numbers:
    """Leaves out the orders, and the payments that nobody read as completed long after the reservation had ended."""
    table = history.table
    link, money = table.links
    over = ~table.reservations_with(proofs(table))
    ended = table.where(_says_ended)
    ended_ns = earliest(np.where(ended, table.reservation, -1), table.answered_ns, table.reservations)
    paid_ns = earliest(np.where(completions(table), table.intent, -1), table.answered_ns, table.intents)
    kept = table.where(about("payment read", holds=lambda read: statement(read) == COMPLETED))
    kept_ns = latest(np.where(kept, table.intent, -1), table.sent_ns, table.intents)
    due_ns = np.maximum(ended_ns[link], paid_ns[money])
    late = over[link] & (due_ns < NEVER_NS) & (kept_ns[money] > due_ns + history.grace_ns)
    wanted = np.zeros(table.reservations, np.bool_)
    wanted[link[late]] = True
    return stories(table, wanted)


def _says_ended(claim: Claim) -> bool:
    """It says that a reservation has ended."""
    if claim.action == "cancel":
        return happened(claim) and claim.method.endswith(_CANCEL)
    if claim.action == "sale":
        return claim.code == "RESERVATION_EXPIRED"
    return about("read")(claim) and statement(claim) in _ENDED


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each payment that is owed back."""
    for reservation in history.reservations.values():
        ended = sorted(filter(_says_ended, reservation), key=lambda told: told.answered_ns)
        if not ended or reservation.proofs or _may_be_sold(reservation):
            continue
        for payment in history.payments_of.get(reservation.id, ()):
            kept = _still_kept(payment, ended[0].answered_ns, history.grace_ns)
            if kept is not None:
                yield _violation(reservation, payment, ended[0], kept)


def _may_be_sold(reservation: Reservation) -> bool:
    return any(may_have(sale) for sale in reservation.open_sales)


def _still_kept(payment: Payment, ended_ns: int, grace_ns: int) -> Claim | None:
    """The last read that calls it completed long after it was due back; None where there is none."""
    if payment.given_back or not payment.completions:
        return None
    due_ns = max(ended_ns, min(told.answered_ns for told in payment.completions))
    kept = [read for read in payment.reads if statement(read) == COMPLETED and read.sent_ns > due_ns + grace_ns]
    return kept[-1] if kept else None


def _violation(reservation: Reservation, payment: Payment, ended: Claim, kept: Claim) -> Violation:
    late_s = (kept.sent_ns - ended.answered_ns) / SECOND_NS
    amount = next((f"{number(told.amount)} {told.currency}".strip() for told in payment if told.amount), "the money")
    return Violation(
        DEFINITE,
        f"Reservation {reservation.id} ended without an order, and {amount} ({payment.id}) was still kept "
        f"{late_s:.1f} s later.",
        witness(
            [*reservation.holds, *payment.completions[:1], ended, kept],
            event=reservation.event,
            reservations=[reservation.id],
            intents=[payment.id],
            users=[reservation.user],
        ),
    )


RULE = Rule(
    "refund_due",
    "What was paid for a reservation that became no order is given back.",
    CRITICAL,
    check,
    suspects,
    sees="Reservations that ended, and payments of them that are read as completed more than 31 s later (scaled by "
    "the run's time scale), which is as long as the worker's attempts may take.",
    blind="A refund that comes later than the run; a payment that nobody read again; money that a provider gives back "
    "without the platform saying so.",
)
"""Compares the end of a reservation with later reads of its payments."""
