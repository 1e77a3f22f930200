"""A hold stands until the end that was stated, unless its owner gives it up.

Definite is an answer that says that the hold has run out, or that nobody knows the reservation, when the latest stated
end was still to come by more than the clocks' skew, and no later word that it stands: told to who reads it, extends
it, cancels it, confirms it or opens a payment for it. What was or may have been cancelled, and what had a payment that
failed or whose end is not known (a platform may then give the seats up), is no violation. Orders that vanish are judged
by `read_back_differs`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.codes import earliest, latest
from reports.audit.finding import CRITICAL, DEFINITE, Rule, Violation
from reports.audit.history import CONFIRMED, NOT_FOUND, SECOND_NS, denied, happened, may_have, statement
from reports.audit.suspects import RESERVATION_TOPICS, about, proofs, stories
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History, Payment, Reservation
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim

_STANDS = frozenset({"PENDING", "HOLD", CONFIRMED})
_NAME_NOTHING_ELSE = frozenset({"extend", "cancel", "intent"})
_UNPAID = frozenset({"FAILED", "EXPIRED"})
_RAN_OUT = "RESERVATION_EXPIRED"


def suspects(history: History) -> Numbers:
    """Leaves out the reservations of which nobody said before their stated end that they are gone."""
    table = history.table
    stated = table.where(about(*RESERVATION_TOPICS, holds=lambda claim: not may_have(claim)))
    ends_ns = latest(np.where(stated, table.reservation, -1), table.expires_ns, table.reservations)
    gone = table.where(_says_gone)
    gone_ns = earliest(np.where(gone, table.reservation, -1), table.answered_ns, table.reservations)
    return stories(table, (gone_ns < ends_ns - history.ends_skew_ns) & ~table.reservations_with(proofs(table)))


def _says_gone(claim: Claim) -> bool:
    """It says that a hold has ended by itself. What a confirmation does not find may be the payment."""
    if claim.action == "read":
        return about("read")(claim) and statement(claim) in {"EXPIRED", NOT_FOUND}
    if claim.action == "sale":
        return claim.code == _RAN_OUT
    return claim.action in _NAME_NOTHING_ELSE and claim.code in {_RAN_OUT, NOT_FOUND}


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each hold that ended before its time."""
    opening = _openings(history)
    for reservation in history.reservations.values():
        if reservation.proofs or any(not denied(cancel) for cancel in reservation.cancels):
            continue
        gone = _gone(reservation, opening.get(reservation.id, []), history.ends_skew_ns)
        payments = history.payments_of.get(reservation.id, ())
        if gone is not None and not any(_may_free(payment) for payment in payments):
            yield _violation(reservation, gone)


def _openings(history: History) -> dict[str, list[Claim]]:
    """Requests to open a payment, by reservation."""
    found: dict[str, list[Claim]] = {}
    for claim in history.claims:
        if claim.action == "intent":
            found.setdefault(claim.reservation, []).append(claim)
    return found


def _gone(reservation: Reservation, openings: list[Claim], skew_ns: int) -> Claim | None:
    """The first word before its end that it is gone, unless it was seen to stand later."""
    stood = [read.answered_ns for read in reservation.reads if statement(read) in _STANDS]
    stood_ns = max([*stood, *(opening.answered_ns for opening in openings if happened(opening))], default=0)
    early = [
        told
        for told in (*reservation, *openings)
        if _says_gone(told) and stood_ns <= told.answered_ns < reservation.expires_ns - skew_ns
    ]
    return min(early, key=lambda told: (told.sent_ns, told.answered_ns), default=None)


def _may_free(payment: Payment) -> bool:
    """It failed or may have, so that the platform may have given the seats up."""
    unpaid = any(statement(claim) in _UNPAID for claim in payment)
    return unpaid or bool(payment.voids) or any(may_have(charge) for charge in payment.open_charges)


def _violation(reservation: Reservation, gone: Claim) -> Violation:
    early_s = (reservation.expires_ns - gone.answered_ns) / SECOND_NS
    what = "was gone" if NOT_FOUND in {gone.code, gone.status} else "had run out"
    stated = [told for told in (*reservation.holds, *reservation.extensions) if told.expires_ns]
    return Violation(
        DEFINITE,
        f"The hold of reservation {reservation.id} {what} {early_s:.1f} s before its stated end.",
        witness(
            [*stated, gone],
            event=reservation.event,
            seats=list(reservation.seats),
            reservations=[reservation.id],
            users=[reservation.user],
            hold_ends_ns=reservation.expires_ns,
        ),
    )


RULE = Rule(
    "hold_ended_early",
    "A hold stands until its stated end, unless its owner gives it up.",
    CRITICAL,
    check,
    suspects,
    sees="Holds whose end the platform states, and answers before it that say that they ran out or are not known.",
    blind="A hold that nobody asked about before its end; what is early by less than the clocks' skew; holds whose "
    "payment failed, or may have; a seat that is given away while the reservation still reads as held (`held_twice`).",
)
"""Compares the stated end of a hold with the word that it is gone."""
