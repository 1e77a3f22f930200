"""By how much the platform's clock is seen to be off, from what its answers date.

An answer that says when something was confirmed, cancelled or paid says it after the fact, and the fact came after the
first request about the same reservation or payment: a time later than the one or earlier than the other shows a clock
that is off by so much at least. Whoever weighs the stated end of a hold must allow as much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from contracts.outcomes import HAPPENED

if TYPE_CHECKING:
    from reports.audit.claim_table import ClaimTable, Codes, Mask
    from tacorush.evidence.claim_columns import Numbers

_DATED = frozenset({"sale", "cancel", "charge"})
_LATER_NS = 1 << 62
"""After all stamps."""
_MOST_NS = 1 << 60
"""37 years: what is off by more is no time at all, and must not overflow."""


class Dates(NamedTuple):
    """How the dates of claims lie to the run's own clock; nanoseconds, of claims without one 0."""

    ahead: Numbers
    """So long after the answer."""
    behind: Numbers
    """So long before the first request about the same reservation or payment."""


def dates(table: ClaimTable) -> Dates:
    """Compares what each claim dates with its answer and with the first request."""
    dated: Mask = (table.stated_ns > 0) & table.where(lambda it: it.action in _DATED and it.effect == HAPPENED)
    held_ns = _first_ns(table, table.where(lambda it: it.action == "hold"), table.reservation, table.reservations)
    opened_ns = _first_ns(table, table.where(lambda it: it.action == "intent"), table.intent, table.intents)
    began_ns = np.minimum(held_ns, opened_ns)
    ahead = np.where(dated, table.stated_ns - table.answered_ns, 0)
    behind = np.where(dated & (began_ns < _LATER_NS), began_ns - table.stated_ns, 0)
    return Dates(ahead, behind)


def _first_ns(table: ClaimTable, asks: Mask, codes: Codes, count: int) -> Numbers:
    """Returns for each claim when the first of these requests about its reservation or payment was sent."""
    rows = np.flatnonzero(asks & (codes >= 0))
    first_ns = np.full(count + 1, _LATER_NS)  # the last stands for claims without one
    np.minimum.at(first_ns, codes[rows], table.sent_ns[rows])
    return first_ns[codes]


def clock_off_ns(table: ClaimTable) -> int:
    """Returns by how much the platform's clock is off at least, at its worst; 0 where nothing shows it."""
    ahead, behind = dates(table)
    return min(int(max(ahead.max(initial=0), behind.max(initial=0))), _MOST_NS)
