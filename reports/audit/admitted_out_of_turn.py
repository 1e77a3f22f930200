"""Nobody is let in before his turn.

A platform that promises ranks admits nobody who stands further back than the last of them, and of each band only who
has waited long enough. Somebody's rank is at least one more than the number of people of this run who had joined before
him and are known to have stood in line when he had been let in; he waited no longer than from sending his request to
join to the answer that let him in. Both are bounds that foreign buyers can only make worse, so what breaks them is
definite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.codes import NEVER_NS
from reports.audit.finding import DEFINITE, MAJOR, Rule, Violation
from reports.audit.history import SECOND_NS
from reports.audit.line_columns import line
from reports.audit.turns import by_event, past
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History
    from reports.audit.line_columns import Line
    from tacorush.evidence.claim_columns import Numbers

SHOWN = 3
"""So many of those who were passed are shown."""


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each event; it counts the people."""
    promised, table = history.admissions, history.table
    if promised is None:
        return
    joined = line(table)
    admitted = joined.gone_by_ns < NEVER_NS
    waited_s = np.where(admitted, joined.gone_by_ns - table.sent_ns[joined.join], 0) / SECOND_NS
    deepest = np.zeros(len(joined.join), np.int64)
    early = np.zeros(len(joined.join), np.bool_)
    for rank, least_s in zip(promised.ranks, promised.minimums_s, strict=True):
        deepest[waited_s >= least_s] = rank
    for rank in promised.ranks:
        early |= (deepest == rank) & past(table, joined, rank, history.hosts_skew_ns)
    for members in by_event(joined):
        jumped = members[early[members]]
        if len(jumped):
            first = jumped[np.argmin(joined.gone_by_ns[jumped])]
            yield _violation(history, joined, int(first), members, int(deepest[first]), len(jumped))


def _violation(history: History, joined: Line, who: int, members: Numbers, rank: int, count: int) -> Violation:
    table, gone_by_ns = history.table, joined.gone_by_ns[who] + history.hosts_skew_ns
    before = table.answered_ns[joined.join[members]] <= table.sent_ns[joined.join[who]] - history.hosts_skew_ns
    passed = members[before & (joined.until_ns[members] >= gone_by_ns)]
    some = passed[np.lexsort((joined.join[passed], -joined.until_ns[passed]))][:SHOWN]
    rows = np.concatenate([joined.join[[who]], joined.admission[[who]], joined.join[some], joined.until[some]])
    rows = np.unique(rows)
    claims = dict(zip(rows.tolist(), table.claims(rows), strict=True))
    joining = claims[int(joined.join[who])]
    waited_s = (joined.gone_by_ns[who] - joining.sent_ns) / SECOND_NS
    more = f", and {count - 1:,} more of the event" if count > 1 else ""
    return Violation(
        DEFINITE,
        f"{joining.user or joining.token} was let in at {joining.event} within {waited_s:.1f} s at rank "
        f"{len(passed) + 1:,} or beyond, which opens up to rank {rank:,}{more}.",
        witness(claims.values(), token=joining.token, event=joining.event, users=[joining.user]),
        count=count,
    )


RULE = Rule(
    "admitted_out_of_turn",
    "Nobody is let in before his turn.",
    MAJOR,
    check,
    by_columns=True,
    sees="This run's own people who had joined before and were still in line, by their looks and later admissions.",
    blind="A target whose profile is not known (`--promises`); people of the same band, who may come in any order; an "
    "operator who opens the doors wider looks like a platform that errs: a promise is one for the whole run.",
)
"""Counts who was passed by everybody that was let in."""
