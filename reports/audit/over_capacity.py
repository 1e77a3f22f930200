"""No event sells more seats than it has, and no section of it.

It needs no seat ids: where a platform tells none, this is what shows an oversell. Counted are the seats of orders that
still stood at the end; capacity is what the platform told before the load. More known seats than capacity is definite;
if only orders that may have happened carry it over, it is possible. Seats that the event has more after the load than
before count as for sale, wherever they are. An order that was cancelled, or may have been, is
not counted as known. In a section are the orders whose seats all lie there, by what the answers say of them; it is told
where its event has seats enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.codes import latest, sums_by
from reports.audit.finding import CRITICAL, DEFINITE, POSSIBLE, Rule, Violation
from reports.audit.history import happened
from reports.audit.ownership import ownerships
from reports.audit.suspects import about, event_of, owners, proofs
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
    """Groups the orders of each event of which they, cancelled ones left out, come to more than it or a section has."""
    table = history.table
    most = latest(table.reservation, np.maximum(table.quantity, table.seat_count), table.reservations)
    most *= np.maximum(_orders(table), 1)
    events, sections = event_of(table), table.stated.section
    standing = owners(table) & ~table.reservations_with(table.where(about("cancel", holds=happened)))
    of_event = sums_by(events[standing], most[standing])
    of_section = sums_by(mixed(events, sections)[standing], most[standing])
    groups = np.full(table.reservations + 1, -1, np.int64)
    for number, event in enumerate(sorted({*history.capacity, *history.sections})):
        more = _added(history, event)
        name = text_digest(event)
        parts = history.sections.get(event, {}).items()
        sizes = [(history.capacity.get(event, 0), of_event.get(name, 0))]
        sizes += [(size, of_section.get(_place(name, section), 0)) for section, size in parts]
        if any(0 < size < amount - more for size, amount in sizes):
            groups[:-1][standing & (events == np.uint64(name))] = number
    link, money = table.links
    paying = np.full(table.intents + 1, -1, np.int64)
    paying[money] = groups[link]
    # The last stands for claims without a reservation, or a payment.
    return np.where(table.reservation >= 0, groups[table.reservation], paying[table.intent])


def _place(event: int, section: str) -> int:
    return int(mixed(np.array([event], np.uint64), np.array([text_digest(section)], np.uint64))[0])


def _orders(table: ClaimTable) -> Numbers:
    """Returns how many order ids were told of each reservation."""
    rows = np.flatnonzero(proofs(table) & (table.reservation >= 0) & (table.order != 0))
    _, first = np.unique(mixed(table.reservation[rows].astype(np.uint64), table.order[rows]), return_index=True)
    return np.bincount(table.reservation[rows[first]], minlength=table.reservations)


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each event that sold more than it has, or else for each such section of it.

    Its count is the seats too many.
    """
    standing: dict[str, list[Ownership]] = {}
    for ownership in ownerships(history):
        if not any(known for known, _ in ownership.ends):
            standing.setdefault(ownership.reservation.event, []).append(ownership)
    for event, found in sorted(standing.items()):
        more = _added(history, event)
        violation = _of_place(event, "", history.capacity.get(event, 0), more, found)
        if violation is not None:
            yield violation
            continue
        for section, size in sorted(history.sections.get(event, {}).items()):
            there = [ownership for ownership in found if ownership.reservation.section == section]
            violation = _of_place(event, section, size, more, there)
            if violation is not None:
                yield violation


def _added(history: History, event: str) -> int:
    """How many seats the event has more after the load than before: somebody has opened them, in whatever section."""
    before, counted = history.capacity.get(event, 0), history.inventory.get(event)
    return max(0, counted.after.total - before) if before and counted and counted.after else 0


def _of_place(event: str, section: str, capacity: int, more: int, found: list[Ownership]) -> Violation | None:
    """Judges an event, or one section of it, to which so many more may have come; a capacity of 0 is not known."""
    if capacity <= 0:
        return None
    capacity += more
    found = sorted(found, key=lambda owner: (owner.proof.sent_ns, owner.name))
    sure = [owner for owner in found if owner.known and not owner.ends]
    known = sum(owner.reservation.quantity for owner in sure)
    sold = known if known > capacity else sum(owner.reservation.quantity for owner in found)
    if sold <= capacity:
        return None
    certainty = DEFINITE if known > capacity else POSSIBLE
    last = (sure if certainty == DEFINITE else found)[-_SHOWN_SALES:]
    verb = "sold" if certainty == DEFINITE else "may have sold"
    return Violation(
        certainty,
        f"{_named(event, section)} has {plural(capacity, 'seat')} and {verb} {sold:,}.",
        witness(
            [owner.proof for owner in last],
            event=event,
            section=section,
            capacity=capacity,
            sold=sold,
            orders=[owner.name for owner in last],
            reservations=[owner.reservation.id for owner in last],
            users=[owner.reservation.user for owner in last],
        ),
        count=sold - capacity,
    )


def _named(event: str, section: str) -> str:
    return f"Section {section} of {event}" if section else event


RULE = Rule(
    "over_capacity",
    "No event and no section sells more seats than it has.",
    CRITICAL,
    check,
    suspects,
    sees="More seats in this run's own standing orders of an event, or of a section by what the answers say, than the "
    "platform said, before the load, it has, and the seats that the event has more after it.",
    blind="Seats that foreign buyers bought, before or meanwhile: an oversell shows only once this run alone has sold "
    "more than the whole event or section. An event of which the platform told no capacity is not judged; an order in "
    "several sections counts for none of them.",
)
"""Catches oversell where no seat is named."""
