"""The position in the queue falls when those ahead are let in.

Somebody looked twice and was told the same position, while others of the same event who had joined before him were
admitted: their requests were sent after his first look was answered, and answered before his second was sent. Two looks
between which `LEAST` of them were admitted are definite, since everybody ahead who leaves moves up all behind; fewer
may hide behind a position that is rounded. A platform may round as long as what it tells says who passes freely: to the
first band of ranks, which is ten. What was admitted in the last second (the clocks' skew) may not show yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.codes import NEVER_NS
from reports.audit.finding import DEFINITE, MAJOR, Rule, Violation
from reports.audit.line_columns import line, waiting
from reports.audit.promised import Admissions
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.claim_table import ClaimTable, Codes
    from reports.audit.history import History
    from reports.audit.line_columns import Line
    from tacorush.evidence.claim_columns import Numbers

LEAST = Admissions().ranks[0]
"""However a position is rounded that still tells the first band of ranks from the next, so many change it."""
_STEP = 256
"""So many admissions are looked at at once; nearly always the first few are enough."""


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each place in line that stood still."""
    table = history.table
    joined = line(table)
    let_in = np.flatnonzero((joined.gone_by_ns < NEVER_NS) & (joined.left_from_ns < NEVER_NS))
    order = let_in[np.lexsort((joined.gone_by_ns[let_in], joined.left_from_ns[let_in], joined.event[let_in]))]
    of_event = np.unique(joined.event[order], return_index=True, return_counts=True)
    admitted = {
        event: order[first : first + count]
        for event, first, count in zip(*(it.tolist() for it in of_event), strict=True)
    }
    for who, first, last in zip(*_still(table, joined), strict=True):
        near_ns = history.skew_ns + history.hosts_skew_ns
        begin_ns = table.answered_ns[first] + history.hosts_skew_ns
        end_ns = table.sent_ns[last] - near_ns
        ahead = _ahead(
            table,
            joined,
            who,
            admitted.get(int(joined.event[who]), order[:0]),
            (begin_ns, end_ns),
            history.hosts_skew_ns,
        )
        if len(ahead) >= LEAST:
            yield _violation(table, joined, who, (first, last), ahead)


def _still(table: ClaimTable, joined: Line) -> tuple[list[int], list[int], list[int]]:
    """Returns who looked twice and was told one position throughout, longest each, and the rows of the two looks."""
    queue = table.queue
    rows = queue.row
    looks = np.flatnonzero(table.where(waiting)[rows] & (queue.position > 0) & (queue.shown >= 0))
    looks = looks[np.lexsort((table.answered_ns[rows[looks]], table.sent_ns[rows[looks]], queue.shown[looks]))]
    if not len(joined.join):
        return [], [], []
    shown, position = queue.shown[looks], queue.position[looks]
    begins = np.flatnonzero(np.append(True, (shown[1:] != shown[:-1]) | (position[1:] != position[:-1])))
    ends = np.append(begins[1:], len(looks)) - 1
    long = begins < ends
    begins, ends = begins[long], ends[long]
    names = _tokens(table, joined)
    who = np.minimum(np.searchsorted(names, shown[begins]), len(names) - 1)
    known = names[who] == shown[begins]
    who, begins, ends = who[known], begins[known], ends[known]
    lengths = table.sent_ns[rows[looks[ends]]] - table.answered_ns[rows[looks[begins]]]
    best = np.lexsort((-lengths, who))
    _, first = np.unique(who[best], return_index=True)
    best = best[first]
    return who[best].tolist(), rows[looks[begins[best]]].tolist(), rows[looks[ends[best]]].tolist()


def _tokens(table: ClaimTable, joined: Line) -> Codes:
    """The waiting tokens of those who joined, which rise."""
    places = np.searchsorted(table.queue.row, joined.join)
    tokens: Codes = table.queue.token[places]
    return tokens


def _ahead(
    table: ClaimTable, joined: Line, who: int, admitted: Numbers, within_ns: tuple[int, int], hosts_skew_ns: int
) -> Numbers:
    """Returns the first `LEAST` who had joined before and were admitted wholly within this time."""
    begin_ns, end_ns = within_ns
    found: list[Numbers] = []
    at = int(np.searchsorted(joined.left_from_ns[admitted], begin_ns))
    joined_ns = table.sent_ns[joined.join[who]] - hosts_skew_ns
    while at < len(admitted) and sum(map(len, found)) < LEAST:
        some = admitted[at : at + _STEP]
        if joined.left_from_ns[some[0]] > end_ns:
            break
        before = table.answered_ns[joined.join[some]] <= joined_ns
        found.append(some[before & (joined.gone_by_ns[some] <= end_ns)])
        at += _STEP
    return np.concatenate([admitted[:0], *found])[:LEAST]


def _violation(table: ClaimTable, joined: Line, who: int, looks: tuple[int, int], ahead: Numbers) -> Violation:
    rows = np.unique(np.concatenate([looks, joined.join[[who]], joined.join[ahead], joined.admission[ahead]]))
    claims = dict(zip(rows.tolist(), table.claims(rows), strict=True))
    joining, one, other = (claims[row] for row in (int(joined.join[who]), *looks))
    still_s = (other.sent_ns - one.answered_ns) / 1e9
    return Violation(
        DEFINITE,
        f"The position of {other.shown} stood at {other.position:,} for {still_s:.1f} s, while {len(ahead)} or more "
        f"who had joined {joining.event} before were let in.",
        witness(claims.values(), token=other.shown, event=joining.event, users=[joining.user]),
    )


RULE = Rule(
    "position_stands_still",
    "The position in the queue falls when those ahead are let in.",
    MAJOR,
    check,
    by_columns=True,
    sees=f"Looks at the queue, and the admissions of this run's own people: {LEAST} of them who had joined before.",
    blind="A queue in which nobody is let in, or only foreign buyers; positions that fall too slowly.",
)
"""Compares the positions told with the admissions of those who joined before."""
