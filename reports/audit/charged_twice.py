"""Nobody pays twice for one reservation.

Two payments of one reservation that are both known as completed and not given back are definite, and so are two
payment ids told for charging one intent. A second charge that was never answered, or was still under way, and about
which no later read says anything, makes it possible. A card that failed and a new try that went through are no
violation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.codes import with_several
from reports.audit.finding import CRITICAL, DEFINITE, POSSIBLE, Rule, Violation
from reports.audit.history import happened, statement
from reports.audit.suspects import about, stories
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History, Payment
    from tacorush.evidence.claim_columns import Numbers


def suspects(history: History) -> Numbers:
    """Leaves out the reservations with one intent, and the intents with one payment id."""
    table = history.table
    charged = table.where(about("charge", holds=happened)) & (table.payment != 0)
    ids = with_several(np.where(charged, table.intent, -1), table.payment, table.intents)
    link, _ = table.links
    return stories(table, np.bincount(link, minlength=table.reservations) > 1, ids)


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each reservation, or intent, that was charged more than once."""
    for reservation, payments in history.payments_of.items():
        kept = [payment for payment in payments if not payment.given_back]
        paid = [payment for payment in kept if payment.completions]
        maybe = [payment for payment in kept if _left_open(payment)]
        if len(paid) > 1:
            yield _of_reservation(reservation, paid, DEFINITE)
        elif len(paid) + len(maybe) > 1 and paid:
            yield _of_reservation(reservation, paid + maybe, POSSIBLE)
    for payment in history.payments.values():
        ids = sorted({charge.payment for charge in payment.charges if happened(charge) and charge.payment})
        if len(ids) > 1 and not payment.given_back:
            yield _of_intent(payment, ids)


def _left_open(payment: Payment) -> bool:
    """A charge may have gone through and no read that was sent after it says anything."""
    return any(
        not any(read.sent_ns >= charge.answered_ns and statement(read) for read in payment.reads)
        for charge in payment.open_charges
    )


def _of_reservation(reservation: str, payments: list[Payment], certainty: str) -> Violation:
    intents = [payment.id for payment in payments]
    verb = "was" if certainty == DEFINITE else "may have been"
    return Violation(
        certainty,
        f"Reservation {reservation} {verb} charged {len(payments)} times: by {' and '.join(intents)}.",
        witness(
            [claim for payment in payments for claim in payment],
            reservations=[reservation],
            intents=intents,
            users=sorted({claim.user for payment in payments for claim in payment}),
        ),
    )


def _of_intent(payment: Payment, ids: list[str]) -> Violation:
    return Violation(
        DEFINITE,
        f"Intent {payment.id} was charged {len(ids)} times: as {' and '.join(ids)}.",
        witness(
            payment,
            reservations=[payment.reservation],
            intents=[payment.id],
            payments=ids,
            users=sorted({claim.user for claim in payment}),
        ),
    )


RULE = Rule(
    "charged_twice",
    "Nobody pays twice for one reservation.",
    CRITICAL,
    check,
    suspects,
    sees="Several completed payments of one reservation, and several payment ids told for one intent.",
    blind="A second charge at the provider that the platform shows under the same payment id, or does not show.",
)
"""Counts completed payments for each reservation, and payment ids for each intent."""
