"""By how much the platform's clock is seen to be off, from what its answers date.

An answer that says when something was confirmed, cancelled or paid says it after the fact, and the fact came after the
first request about the same reservation or payment: a time later than the one or earlier than the other shows a clock
that is off by so much at least. Whoever weighs the stated end of a hold must allow as much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from contracts.outcomes import HAPPENED
from reports.audit.codes import NEVER_NS, earliest

if TYPE_CHECKING:
    from reports.audit.claim_table import ClaimTable, Codes, Mask
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim

_DATED = frozenset({"sale", "cancel", "charge"})
_MOST_NS = 1 << 60
"""37 years: what is off by more is no time at all, and must not overflow."""


def is_dated(claim: Claim) -> bool:
    """It tells of something that is known to have happened, and may say when: a charge that failed happened never."""
    return claim.action in _DATED and claim.effect == HAPPENED


class Dates(NamedTuple):
    """How the dates of claims lie to the run's own clock."""

    row: Numbers
    """The claims that are dated, by their rows in the table."""
    ahead_ns: Numbers
    """So long after the answer."""
    behind_ns: Numbers
    """So long before the first request about the same reservation or payment; far below 0 where there is none."""


def dates(table: ClaimTable) -> Dates:
    """Compares what each claim dates with its answer and with the first request."""
    dated = (table.stated_ns > 0) & table.where(is_dated)
    row = np.flatnonzero(dated)
    held = table.where(lambda it: it.action == "hold")
    opened = table.where(lambda it: it.action == "intent")
    began_ns = np.minimum(
        _first_ns(table, held, table.reservation, table.reservations)[table.reservation[row]],
        _first_ns(table, opened, table.intent, table.intents)[table.intent[row]],
    )
    stated_ns = table.stated_ns[row]
    behind_ns = np.where(began_ns < NEVER_NS, began_ns - stated_ns, -NEVER_NS)
    return Dates(row, stated_ns - table.answered_ns[row], behind_ns)


def _first_ns(table: ClaimTable, asks: Mask, codes: Codes, count: int) -> Numbers:
    """Returns when the first of these requests about each reservation or payment was sent; the last stands for none."""
    return np.append(earliest(codes[asks], table.sent_ns[asks], count), NEVER_NS)


def clock_off_ns(table: ClaimTable) -> int:
    """Returns by how much the platform's clock is off at least, at its worst; 0 where nothing shows it."""
    _, ahead_ns, behind_ns = dates(table)
    return min(int(max(ahead_ns.max(initial=0), behind_ns.max(initial=0))), _MOST_NS)
