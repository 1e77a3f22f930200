"""A place in line whose owner gives no sign of life is given up.

Every call with the waiting token is a sign of life. Somebody joined or looked, was answered, said nothing for longer
than a place is kept (and the clocks' skew, within which the platform may look for such places), and is told at his next
look that he stands in line: that is definite, whoever else stands there. Of looks that were told the same again and
again only some are written down, so nothing is said of a silence after the second of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.finding import DEFINITE, MAJOR, Rule, Violation
from reports.audit.history import SECOND_NS, happened, may_have
from reports.audit.line_columns import waiting
from reports.audit.suspects import about
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History
    from tacorush.evidence.records import Claim


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each place in line; it counts once, however often it was found to be kept."""
    if history.admissions is None:
        return
    table, queue = history.table, history.table.queue
    joins = table.where(about("join", holds=happened))[queue.row]
    looks = table.where(about("poll"))[queue.row]
    token = np.where(joins, queue.token, queue.shown)
    signs = np.flatnonzero((joins | looks | table.where(about("admission"))[queue.row]) & (token >= 0))
    sent_ns, answered_ns = table.sent_ns[queue.row[signs]], table.answered_ns[queue.row[signs]]
    order = np.lexsort((answered_ns, sent_ns, token[signs]))
    signs, sent_ns, answered_ns = signs[order], sent_ns[order], answered_ns[order]
    same = token[signs][1:] == token[signs][:-1]
    again = np.append(False, same & looks[signs[1:]] & looks[signs[:-1]])
    again[1:] &= queue.position[signs][1:] == queue.position[signs][:-1]
    heard = (joins | looks)[signs] & ~table.where(may_have)[queue.row[signs]] & ~again
    in_line = table.where(waiting)[queue.row[signs]] & (queue.position[signs] > 0)
    allowed_ns = round(history.admissions.heartbeat_s * SECOND_NS) + history.skew_ns + history.hosts_skew_ns
    found = np.flatnonzero(same & heard[:-1] & in_line[1:] & (sent_ns[1:] - answered_ns[:-1] > allowed_ns))
    _, first = np.unique(token[signs][found], return_index=True)
    for place in sorted(found[first].tolist(), key=lambda at: int(sent_ns[at + 1])):
        rows = queue.row[signs[[place, place + 1]]]
        one, other = sorted(table.claims(np.sort(rows)), key=lambda claim: claim.sent_ns)
        yield _violation(one, other)


def _violation(one: Claim, other: Claim) -> Violation:
    silent_s = (other.sent_ns - one.answered_ns) / SECOND_NS
    return Violation(
        DEFINITE,
        f"The place of {other.shown} was kept at {other.position:,} though its owner had said nothing for "
        f"{silent_s:.1f} s.",
        witness([one, other], token=other.shown, users=[other.user]),
    )


RULE = Rule(
    "place_outlived_silence",
    "A place in line whose owner gives no sign of life is given up.",
    MAJOR,
    check,
    by_columns=True,
    sees="People of this run who said nothing for longer than a place is kept (300 s as documented, times the run's "
    "time scale) and looked again, as the scenario `ghosts` does on purpose.",
    blind="A target whose profile is not known (`--promises`); ghosts who never look again, and foreign ones; silences "
    "that end before they are too long by the clocks' skew.",
)
"""Compares how long somebody was silent with what he is told when he looks again."""
