"""A hold that ran out frees its seats.

Definite is a read that still calls a reservation held though the latest end that the platform stated was over, for
longer than its worker may take and the clocks may differ. A read that came sooner, a hold that was or may have been
extended without telling its new end, and one that became an order or may have are no violation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.codes import latest
from reports.audit.finding import CRITICAL, DEFINITE, Rule, Violation
from reports.audit.history import SECOND_NS, denied, statement
from reports.audit.suspects import RESERVATION_TOPICS, about, stories
from reports.audit.witness import witness
from reports.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History, Reservation
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim

_HELD = frozenset({"PENDING", "HOLD"})


def suspects(history: History) -> Numbers:
    """Leaves out the reservations that nobody read as held long after their end."""
    table = history.table
    stated = table.where(about(*RESERVATION_TOPICS))
    ends_ns = latest(np.where(stated, table.reservation, -1), table.expires_ns, table.reservations)
    held = table.where(about("read", holds=lambda read: statement(read) in _HELD))
    held_ns = latest(np.where(held, table.reservation, -1), table.sent_ns, table.reservations)
    return stories(table, (ends_ns > 0) & (held_ns > ends_ns + history.ends_skew_ns + history.grace_ns))


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each hold that outlived its end; its count is its seats."""
    allowed_ns = history.ends_skew_ns + history.grace_ns
    for reservation in history.reservations.values():
        ends_ns = max(claim.expires_ns for claim in reservation)
        held = [read for read in reservation.reads if statement(read) in _HELD and read.sent_ns > ends_ns + allowed_ns]
        if ends_ns and held and not _may_go_on(reservation):
            yield _violation(reservation, held[-1], ends_ns)


def _may_go_on(reservation: Reservation) -> bool:
    """It was sold or may have been, or extended without telling its new end."""
    sold = any(not denied(sale) for sale in reservation.sales)
    return sold or any(not denied(extension) and not extension.expires_ns for extension in reservation.extensions)


def _violation(reservation: Reservation, read: Claim, ends_ns: int) -> Violation:
    late_s = (read.sent_ns - ends_ns) / SECOND_NS
    seats = plural(reservation.quantity or 1, "seat")
    return Violation(
        DEFINITE,
        f"Reservation {reservation.id} still held {seats} {late_s:.1f} s after its stated end.",
        witness(
            [*reservation.holds, *reservation.extensions, read],
            event=reservation.event,
            seats=list(reservation.seats),
            reservations=[reservation.id],
            users=[reservation.user],
            hold_ends_ns=ends_ns,
        ),
        count=reservation.quantity or 1,
    )


RULE = Rule(
    "seats_leaked",
    "A hold that ran out frees its seats.",
    CRITICAL,
    check,
    suspects,
    sees="Reads that call a reservation held more than 31 s (scaled by the run's time scale) after the end that the "
    "platform stated, which is as long as the worker's attempts may take.",
    blind="Holds that nobody read again after their end, or whose end is not stated; seats that stay taken though "
    "their reservation reads as ended, which looks like a foreign buyer's.",
)
"""Compares the stated end of a hold with later reads of it."""
