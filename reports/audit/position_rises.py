"""Nobody falls back in the queue.

Two looks at one place in line, of which the second was sent when the first had been answered, and which tells a higher
position: that is definite, whoever else stands there. The position told at joining is a hint and is not compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.finding import DEFINITE, MAJOR, Rule, Violation
from reports.audit.line_columns import waiting
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History
    from tacorush.evidence.records import Claim


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each place in line; it counts how often its position rose from one look to the next."""
    table = history.table
    queue = table.queue
    looks = np.flatnonzero(table.where(waiting)[queue.row] & (queue.position > 0) & (queue.shown >= 0))
    sent_ns, answered_ns = table.sent_ns[queue.row], table.answered_ns[queue.row]
    looks = looks[np.lexsort((answered_ns[looks], sent_ns[looks], queue.shown[looks]))]
    before, after = looks[:-1], looks[1:]
    rises = (queue.shown[before] == queue.shown[after]) & (queue.position[before] < queue.position[after])
    rises &= answered_ns[before] <= sent_ns[after]
    _, first, counts = np.unique(queue.shown[before][rises], return_index=True, return_counts=True)
    places = np.flatnonzero(rises)[first]
    for place, count in sorted(
        zip(places.tolist(), counts.tolist(), strict=True), key=lambda it: sent_ns[after[it[0]]]
    ):
        rows = np.sort(queue.row[[before[place], after[place]]])
        yield _violation(sorted(table.claims(rows), key=lambda look: look.sent_ns), count)


def _violation(looks: list[Claim], count: int) -> Violation:
    one, other = looks
    more = f", and {count - 1} times more" if count > 1 else ""
    return Violation(
        DEFINITE,
        f"The position of {other.shown} rose from {one.position:,} to {other.position:,}{more}.",
        witness(looks, token=other.shown, users=[other.user]),
        count=count,
    )


RULE = Rule(
    "position_rises",
    "Nobody falls back in the queue.",
    MAJOR,
    check,
    by_columns=True,
    sees="Two looks at the queue with one waiting token, one after the other.",
    blind="What was told to nobody who looked again; the position at joining, which is a hint.",
)
"""Compares the positions that one waiting token was told."""
