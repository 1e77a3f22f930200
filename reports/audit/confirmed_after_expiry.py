"""No hold is confirmed after it has run out.

Definite is a confirmation that went through though it was sent later than the hold's latest stated end, by more than
the clocks' skew. An extension that was never answered, or that went through without telling the new end, may have moved
the end: then it is possible. The replayed answer
to a confirmation that was sent in time is no violation, and nothing is said where the platform states no end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.codes import NEVER_NS, earliest, latest
from reports.audit.finding import DEFINITE, MAJOR, POSSIBLE, Rule, Violation
from reports.audit.history import SECOND_NS, happened, may_have
from reports.audit.suspects import RESERVATION_TOPICS, about, sold, stories
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History, Reservation
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim


def suspects(history: History) -> Numbers:
    """Leaves out the reservations whose first confirmation was sent before the latest end of their hold."""
    table = history.table
    stated = table.where(about(*RESERVATION_TOPICS, holds=lambda claim: not may_have(claim)))
    ends_ns = latest(np.where(stated, table.reservation, -1), table.expires_ns, table.reservations)
    tried = table.where(about("sale", holds=lambda sale: happened(sale) or may_have(sale)))
    tried_ns = earliest(np.where(tried, table.reservation, -1), table.sent_ns, table.reservations)
    late = (ends_ns > 0) & (tried_ns < NEVER_NS) & (tried_ns > ends_ns + history.ends_skew_ns)
    return stories(table, late & table.reservations_with(sold(table)))


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each reservation that was confirmed after the end of its hold."""
    for reservation in history.reservations.values():
        tries = [sale for sale in reservation.sales if happened(sale) or may_have(sale)]
        late_from_ns = reservation.expires_ns + history.ends_skew_ns
        if reservation.sold and reservation.expires_ns and tries[0].sent_ns > late_from_ns:
            unknown = any(may_have(it) or (happened(it) and not it.expires_ns) for it in reservation.extensions)
            yield _violation(reservation, tries[0], POSSIBLE if unknown else DEFINITE)


def _violation(reservation: Reservation, sale: Claim, certainty: str) -> Violation:
    late_s = (sale.sent_ns - reservation.expires_ns) / SECOND_NS
    doubt = "" if certainty == DEFINITE else ", unless an extension moved its end that did not say so"
    return Violation(
        certainty,
        f"Reservation {reservation.id} was confirmed {late_s:.1f} s after its hold had run out{doubt}.",
        witness(
            [*reservation.holds, *reservation.extensions, sale, *reservation.sold[:1]],
            event=reservation.event,
            seats=list(reservation.seats),
            orders=list(reservation.orders),
            reservations=[reservation.id],
            users=[reservation.user],
            hold_ends_ns=reservation.expires_ns,
        ),
    )


RULE = Rule(
    "confirmed_after_expiry",
    "No hold is confirmed after it has run out.",
    MAJOR,
    check,
    suspects,
    sees="Confirmations that went through and were sent later than the end of the hold that the platform stated.",
    blind="What is later by less than the clocks' skew (1 s unless told otherwise); holds whose end is not stated; a "
    "confirmation that was sent in time and took effect late.",
)
"""Compares the send of a confirmation with the end of the hold that the platform stated."""
