"""No event sells more seats than it has.

It needs no seat ids: where a platform tells none, this is what shows an oversell. Counted are the seats of orders that
still stood at the end; capacity is what the platform told before the load. More known seats than capacity is definite;
if only orders that may have happened carry it over, it is possible. An order that was cancelled, or may have been, is
not counted as known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.audit.finding import CRITICAL, DEFINITE, POSSIBLE, Rule, Violation
from reports.audit.ownership import endings, ownerships
from reports.audit.witness import witness
from reports.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History
    from reports.audit.ownership import Ownership

_SHOWN_SALES = 3


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each event that sold more than it has; its count is the seats too many."""
    standing: dict[str, list[Ownership]] = {}
    for ownership in ownerships(history):
        if not any(known for known, _ in endings(ownership.reservation)):
            standing.setdefault(ownership.reservation.event, []).append(ownership)
    for event, owners in sorted(standing.items()):
        capacity = history.capacity.get(event, 0)
        if capacity > 0 and (violation := _of_event(event, capacity, owners)):
            yield violation


def _of_event(event: str, capacity: int, owners: list[Ownership]) -> Violation | None:
    owners = sorted(owners, key=lambda owner: (owner.proof.sent_ns, owner.name))
    sure = [owner for owner in owners if owner.known and not endings(owner.reservation)]
    known = sum(owner.reservation.quantity for owner in sure)
    sold = known if known > capacity else sum(owner.reservation.quantity for owner in owners)
    if sold <= capacity:
        return None
    certainty = DEFINITE if known > capacity else POSSIBLE
    last = (sure if certainty == DEFINITE else owners)[-_SHOWN_SALES:]
    verb = "sold" if certainty == DEFINITE else "may have sold"
    return Violation(
        certainty,
        f"{event or 'An unnamed event'} has {plural(capacity, 'seat')} and {verb} {sold:,}.",
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


RULE = Rule("over_capacity", "No event sells more seats than it has.", CRITICAL, check)
"""Catches oversell where no seat is named."""
