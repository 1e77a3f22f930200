"""No event sells more seats than it has.

It needs no seat ids: where a platform tells none, this is what shows an oversell. Counted are the seats of orders that
still stood at the end; capacity is what the platform told before the load. More known seats than capacity is definite;
if only orders that may have happened carry it over, it is possible. An order that was cancelled, or may have been, is
not counted as known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.finding import CRITICAL, DEFINITE, POSSIBLE, Rule, Violation
from reports.audit.history import happened
from reports.audit.ownership import endings, ownerships
from reports.audit.suspects import about, event_of, latest, owners, proofs
from reports.audit.witness import witness
from reports.wording import plural
from tacorush.evidence.claim_columns import mixed, text_digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.claim_table import ClaimTable
    from reports.audit.history import History
    from reports.audit.ownership import Ownership
    from tacorush.evidence.claim_columns import Numbers

_SHOWN_SALES = 3


def suspects(history: History) -> Numbers:
    """Groups the orders of each event for which all of them, cancelled ones left out, come to more than it has."""
    table = history.table
    most = latest(table.reservation, np.maximum(table.quantity, table.seat_count), table.reservations)
    most *= np.maximum(_orders(table), 1)
    events = event_of(table)
    standing = owners(table) & ~table.reservations_with(table.where(about("cancel", holds=happened)))
    groups = np.full(table.reservations + 1, -1, np.int64)
    for number, (event, capacity) in enumerate(sorted(history.capacity.items())):
        there = standing & (events == np.uint64(text_digest(event)))
        if 0 < capacity < most[there].sum():
            groups[:-1][there] = number
    return groups[table.reservation]  # the last stands for claims without a reservation


def _orders(table: ClaimTable) -> Numbers:
    """Returns how many order ids were told of each reservation."""
    rows = np.flatnonzero(proofs(table) & (table.reservation >= 0) & (table.order != 0))
    _, first = np.unique(mixed(table.reservation[rows].astype(np.uint64), table.order[rows]), return_index=True)
    return np.bincount(table.reservation[rows[first]], minlength=table.reservations)


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each event that sold more than it has; its count is the seats too many."""
    standing: dict[str, list[Ownership]] = {}
    for ownership in ownerships(history):
        if not any(known for known, _ in endings(ownership.reservation)):
            standing.setdefault(ownership.reservation.event, []).append(ownership)
    for event, found in sorted(standing.items()):
        capacity = history.capacity.get(event, 0)
        if capacity > 0 and (violation := _of_event(event, capacity, found)):
            yield violation


def _of_event(event: str, capacity: int, found: list[Ownership]) -> Violation | None:
    found = sorted(found, key=lambda owner: (owner.proof.sent_ns, owner.name))
    sure = [owner for owner in found if owner.known and not endings(owner.reservation)]
    known = sum(owner.reservation.quantity for owner in sure)
    sold = known if known > capacity else sum(owner.reservation.quantity for owner in found)
    if sold <= capacity:
        return None
    certainty = DEFINITE if known > capacity else POSSIBLE
    last = (sure if certainty == DEFINITE else found)[-_SHOWN_SALES:]
    verb = "sold" if certainty == DEFINITE else "may have sold"
    return Violation(
        certainty,
        f"{event} has {plural(capacity, 'seat')} and {verb} {sold:,}.",
        witness(
            [owner.proof for owner in last],
            event=event,
            capacity=capacity,
            sold=sold,
            orders=[owner.name for owner in last],
            reservations=[owner.reservation.id for owner in last],
            users=[owner.reservation.user for owner in last],
        ),
        count=sold - capacity,
    )


RULE = Rule(
    "over_capacity",
    "No event sells more seats than it has.",
    CRITICAL,
    check,
    suspects,
    sees="More seats in this run's own standing orders of an event than the platform said, before the load, it has.",
    blind="Seats that foreign buyers bought, before or meanwhile: an oversell shows only once this run alone has sold "
    "more than the whole event. An event of which the platform told no capacity is not judged.",
)
"""Catches oversell where no seat is named."""
