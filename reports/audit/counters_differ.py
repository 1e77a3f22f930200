"""The platform's own counters of seats agree with each other, and with what was sold.

Definite is what no honest count can be, whoever else buys: counters that come to more than there is, unless they did so
before the load as well (or to less, where they added up before the load), fewer seats sold than this run alone has
bought and kept, and more seats free than its orders leave. Seats that were taken during the run beyond what this run
can have taken are foreign buyers', as far as anybody can tell, and no finding; where nobody else buys (`--sole-buyer`)
and no claim is missing they are definite.

Counters that say themselves that they are older than the last of this run's own writes are held to their sum alone.
Of orders of one seat twice the seat is counted once: that is `double_sale`'s. An order that may have ended, by a
cancellation or a payment given back, is not held against the counters; whatever may still be held, is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from reports.audit.codes import latest_by, sums_by
from reports.audit.finding import DEFINITE, MAJOR, Rule, Violation
from reports.audit.history import ENDED, NOT_FOUND, denied, happened, statement
from reports.audit.suspects import about, event_of, proofs
from reports.audit.totals import quantities
from reports.audit.witness import witness
from reports.wording import number, plural
from tacorush.evidence.claim_columns import text_digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.claim_table import ClaimTable, Mask
    from reports.audit.history import History
    from reports.audit.inventory import Counts, Inventory
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim

_SHOWN_SALES = 3
_GIVEN_BACK = frozenset({"REFUNDED", "CANCELLED"})

_Fault: TypeAlias = tuple[str, int, str]
"""Certainty, by how many seats, and what is wrong; of 0 seats or fewer, nothing is."""


class _Own(NamedTuple):
    """What this run did to one event."""

    bought: int
    """Seats that it has bought and certainly still has."""
    may_have: int
    """Seats that it may have taken and not given back, at the most."""
    wrote_ns: int
    """When it sent the last sale or cancellation there that is known to have happened."""


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each event whose counters are wrong; its count is the seats they are off by."""
    if not any(counted.after for counted in history.inventory.values()):
        return
    books = _Books(history.table)
    for event, counted in sorted(history.inventory.items()):
        own = books.own(event)
        if _fault(counted, own, history) is None:
            continue
        own = own._replace(bought=books.distinct(event))
        if (fault := _fault(counted, own, history)) is not None:
            certainty, off, what = fault
            figures = {"bought": own.bought, "may_have": own.may_have, **_figures(counted)}
            told = witness(history.table.claims(books.shown(event)), event=event, **figures)
            yield Violation(certainty, f"{event} {what}.", told, count=off)


def _fault(counted: Inventory, own: _Own, history: History) -> _Fault | None:
    """The first thing that is wrong with the counters of an event."""
    before, after, as_of_ns = counted
    if after is None:
        return None
    faults = [_sums(before, after)]
    if not 0 < as_of_ns < own.wrote_ns - history.skew_ns:
        faults += [_sold(after, own), _free(after, own), _taken(before, after, own, history)]
    return next((fault for fault in faults if fault[1] > 0), None)


def _figures(counted: Inventory) -> dict[str, int]:
    told = [(when, counts) for when, counts in (("before", counted.before), ("after", counted.after)) if counts]
    return {f"{name}_{when}": value for when, counts in told for name, value in counts._asdict().items()}


def _sums(before: Counts | None, after: Counts) -> _Fault:
    """The counters of one answer: what they come to, and what there is."""
    too_many = after.sum - after.total
    kept = before is not None and before.sum == before.total and after.taken + after.blocked > 0
    always = before is not None and before.sum > before.total  # it counts some seats under two names
    off = too_many if (too_many > 0 and not always) or kept else 0
    what = "one of its counters is below 0" if min(after) < 0 else f"its counters come to {number(after.sum)}"
    what = f"has {plural(after.total, 'seat')}, and {what}"
    return DEFINITE, max(abs(off), -min(after)) if after.total else 0, what


def _sold(after: Counts, own: _Own) -> _Fault:
    """Where the platform counts sales at all."""
    what = f"counts {plural(after.sold, 'seat')} as sold, and this run alone has bought {number(own.bought)}"
    return DEFINITE, own.bought - after.sold if after.sold else 0, what


def _free(after: Counts, own: _Own) -> _Fault:
    for_sale = after.total - after.blocked
    what = (
        f"has {plural(for_sale, 'seat')} for sale: {number(after.available)} are said to be free, "
        f"and this run alone has bought {number(own.bought)}"
    )
    return DEFINITE, after.available + own.bought - for_sale if after.total else 0, what


def _taken(before: Counts | None, after: Counts, own: _Own, history: History) -> _Fault:
    more = after.taken - before.taken if before is not None and history.sole_buyer else 0
    what = (
        f"counts {plural(more, 'seat')} more as taken than before the load, and this run can have taken "
        f"{number(own.may_have)}, though nobody else buys"
    )
    return DEFINITE, more - own.may_have, what


class _Books:
    """What this run did to each event, over all claims at once."""

    def __init__(self, table: ClaimTable) -> None:
        self._table = table
        self._events = event_of(table)
        proof = proofs(table)
        took = table.where(about("hold", "sale", holds=lambda claim: not denied(claim))) | proof
        self._proofs = np.flatnonzero(proof & (table.reservation >= 0))
        self._standing = table.reservations_with(proof) & ~_doubted(table)
        taken = table.reservations_with(took)
        self._quantity = quantities(table, taken)
        taken &= ~table.reservations_with(table.where(_gives_up))
        lost = np.flatnonzero(took & (table.reservation < 0))
        seats = np.maximum(table.quantity[lost], table.seat_count[lost])
        wrote = np.flatnonzero(table.where(about("sale", "cancel", holds=happened)) & (table.reservation >= 0))
        self._wrote_ns = latest_by(self._events[table.reservation[wrote]], table.sent_ns[wrote])
        self._bought = sums_by(self._events[self._standing], self._quantity[self._standing])
        self._may_have = sums_by(
            np.concatenate([self._events[taken], table.event[lost]]), np.concatenate([self._quantity[taken], seats])
        )

    def own(self, event: str) -> _Own:
        """What this run did to an event, a seat that two orders have counted twice."""
        name = text_digest(event)
        may_have = self._may_have.get(name, 0) + self._may_have.get(0, 0)
        return _Own(self._bought.get(name, 0), may_have, self._wrote_ns.get(name, 0))

    def distinct(self, event: str) -> int:
        """How many seats of an event its standing orders have, each counted once."""
        table, orders = self._table, self._orders(event)
        rows = self._proofs[table.seat_count[self._proofs] > 0]
        rows = rows[orders[table.reservation[rows]]]
        named, chosen = np.zeros(table.reservations, np.bool_), np.zeros(len(table), np.bool_)
        named[table.reservation[rows]] = True
        chosen[rows] = True
        seats = np.unique(table.seats.digest[chosen[table.seats.claim]])
        return len(seats) + int(self._quantity[orders & ~named].sum())

    def shown(self, event: str) -> Numbers:
        """Some of the claims that show what stands, by their rows."""
        return self._proofs[self._orders(event)[self._table.reservation[self._proofs]]][-_SHOWN_SALES:]

    def _orders(self, event: str) -> Mask:
        found: Mask = self._standing & (self._events == np.uint64(text_digest(event)))
        return found


def _doubted(table: ClaimTable) -> Mask:
    """Which reservations may have ended, as orders or before."""
    found = table.reservations_with(
        table.where(about("cancel", holds=lambda claim: not denied(claim)))
        | table.where(about("read", holds=lambda claim: statement(claim) in ENDED))
    )
    voided = table.intents_with(
        table.where(about("void", holds=lambda claim: not denied(claim)))
        | table.where(about("payment read", holds=lambda read: statement(read) in _GIVEN_BACK))
    )
    link, money = table.links
    found[link[voided[money]]] = True
    return found


def _gives_up(claim: Claim) -> bool:
    """It says that a reservation has been given up, and was known until then."""
    cancelled = claim.action == "cancel" and happened(claim)
    return cancelled or (about("read")(claim) and statement(claim) in ENDED - {NOT_FOUND})


RULE = Rule(
    "counters_differ",
    "The inventory's counters agree with each other and with what was sold.",
    MAJOR,
    check,
    by_columns=True,
    sees="GetInventoryStatus before the load and after it, and this run's own orders that stand: counters that come to "
    "more than the event has, fewer seats sold than this run alone has bought, more free than its orders leave; with "
    "`--sole-buyer` also seats that stay taken though this run gave them back.",
    blind="Events of which the platform counts nothing; the sum of counters that came to too many before the load, "
    "too, as where seats are counted under two names; counters that are as wrong as foreign buyers would make them: "
    "seats taken beyond this run's own are theirs (the report says how many), unless `--sole-buyer` says that there "
    "are none; counters that do not say how old they are, and catch up after the reading back.",
)
"""Compares the inventory's counters with what this run bought."""
