"""Which claims a rule has to look at, found in the columns of all: more than it needs, never fewer.

A rule's `check` weighs objects, with every "unless". Its `suspects` leaves out what cannot be a violation whatever the
check says, by plain comparisons over all claims at once; then the check is given the rest, in batches of whole groups.
What both say together is what the check would have said of the whole (a test holds every rule to that). Claims that
agree in both their times, to the nanosecond, are taken in whatever order they stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from reports.audit.codes import with_several
from reports.audit.history import COMPLETED, CONFIRMED, happened, may_have, statement, topic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reports.audit.claim_table import ClaimTable, Codes, Mask
    from tacorush.evidence.claim_columns import Digests, Numbers
    from tacorush.evidence.records import Claim

BATCH = 200_000
"""Claims that are objects at one time, unless one group has more: 0.3 GB."""

RESERVATION_TOPICS = frozenset({"hold", "extend", "sale", "cancel", "read"})
"""Topics of claims that tell what became of a reservation."""


def about(*topics: str, holds: Callable[[Claim], bool] = lambda _: True) -> Callable[[Claim], bool]:
    """Returns the predicate of a claim's words: of one of these topics, and `holds`."""
    return lambda claim: topic(claim) in topics and holds(claim)


def sold(table: ClaimTable) -> Mask:
    """Which claims are sales known to have happened: Reservation.sold."""
    sales = table.where(about("sale", holds=happened))
    shown: Mask = (table.order != 0) | table.where(lambda claim: claim.status == CONFIRMED)
    return sales & shown


def proofs(table: ClaimTable) -> Mask:
    """Which claims show that a reservation became an order: Reservation.proofs."""
    return sold(table) | table.where(about("read", holds=lambda claim: statement(claim) == CONFIRMED))


def owners(table: ClaimTable) -> Mask:
    """Which reservations became an order, or may have."""
    return table.reservations_with(proofs(table) | table.where(about("sale", holds=may_have)))


def completions(table: ClaimTable) -> Mask:
    """Which claims say that an intent is paid: Payment.completions."""
    return table.where(about("charge", "payment read", holds=lambda claim: statement(claim) == COMPLETED))


def event_of(table: ClaimTable) -> Digests:
    """The event of each reservation, as Reservation.event has it; 0 where none is named."""
    rows = np.flatnonzero((table.reservation >= 0) & (table.event != 0) & table.where(about(*RESERVATION_TOPICS)))
    found = np.zeros(table.reservations, np.uint64)
    found[table.reservation[rows]] = table.event[rows]
    odd = with_several(table.reservation[rows], table.event[rows], table.reservations)
    rows = rows[odd[table.reservation[rows]]]
    rows = rows[np.lexsort((table.answered_ns[rows], table.sent_ns[rows]))][::-1]
    found[table.reservation[rows]] = table.event[rows]  # of several the last assigned stays: the first sent
    return found


def components(count: int, one: NDArray[np.integer], other: NDArray[np.integer]) -> Numbers:
    """Returns a label for each of `count` nodes: equal for those that links join, each the smallest node joined."""
    labels = np.arange(count)
    while True:
        least = np.minimum(labels[one], labels[other])
        before = labels.copy()
        np.minimum.at(labels, before[one], least)
        np.minimum.at(labels, before[other], least)
        labels = labels[labels]
        if np.array_equal(labels, before):
            return labels


def stories(
    table: ClaimTable,
    reservations: Mask | None = None,
    intents: Mask | None = None,
    together: tuple[Codes, Codes] | None = None,
) -> Numbers:
    """Returns a label for each claim of these reservations and intents, and of those they go with; -1 for the others.

    Claims of reservations and intents that go with each other share one, and so do those of `together`, pairs of
    reservations.
    """
    nothing = np.empty(0, np.int32)
    first, second = together or (nothing, nothing)
    link, money = table.links
    one = np.concatenate([first, link]).astype(np.int64)
    other = np.concatenate([second, money + np.int64(table.reservations)]).astype(np.int64)
    wanted = np.zeros(table.reservations + table.intents, np.bool_)
    if reservations is not None:
        wanted[: table.reservations] |= reservations
    if intents is not None:
        wanted[table.reservations :] |= intents
    kept = _reached(wanted, one, other)
    labels = components(len(wanted), one[kept], other[kept])
    labels[~wanted] = -1
    found = np.full(len(table), -1, np.int64)
    named = table.intent >= 0
    found[named] = labels[table.intent[named] + np.int64(table.reservations)]
    named = table.reservation >= 0
    found[named] = labels[table.reservation[named]]
    return found


def _reached(wanted: Mask, one: Numbers, other: Numbers) -> Mask:
    """Adds to the nodes wanted all that links join them with, and returns which links do."""
    while True:
        kept: Mask = wanted[one] | wanted[other]
        before = int(wanted.sum())
        wanted[one[kept]] = True
        wanted[other[kept]] = True
        if int(wanted.sum()) == before:
            return kept


def batches(labels: Numbers, limit: int = BATCH) -> Iterator[Numbers]:
    """Yields the claims that have a label, by their rows, rising: whole groups, at most `limit` unless one has more.

    Groups come in the order of their first claims.
    """
    rows = np.flatnonzero(labels >= 0)
    if len(rows) <= limit:
        if len(rows):
            yield rows
        return
    _, first, group = np.unique(labels[rows], return_index=True, return_inverse=True)
    place = first[group]
    order = np.argsort(place, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(place[order])) + 1, len(rows))
    begin = 0
    while begin < len(rows):
        fits = int(np.searchsorted(ends, begin + limit, side="right")) - 1
        end = int(ends[fits]) if fits >= 0 and ends[fits] > begin else int(ends[np.searchsorted(ends, begin, "right")])
        yield np.sort(rows[order[begin:end]])
        begin = end
