"""Who stood in which line from when to when, by columns: one row for everybody who joined and was told a waiting token.

Everybody stood in line at the latest when the answer to joining came, and left it by being admitted: not before the
first request for admission that may have been granted was sent, and not after the first grant was answered. Who was
never seen admitted is known to have stood in line when a look that placed him there was sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from contracts.outcomes import DID_NOT
from reports.audit.codes import NEVER_NS, earliest, latest
from reports.audit.history import happened
from reports.audit.suspects import about

if TYPE_CHECKING:
    from reports.audit.claim_table import ClaimTable, Codes, Mask
    from tacorush.evidence.claim_columns import Digests, Numbers
    from tacorush.evidence.records import Claim

IN_LINE = frozenset({"WAITING", "READY"})


class Line(NamedTuple):
    """Everybody who joined, in the order in which the columns of the table have them."""

    join: Numbers
    """Row of the claim in the table, and so are the others."""
    event: Digests
    left_from_ns: Numbers
    """He had not left before; NEVER_NS when nothing shows that he asked to be let in."""
    gone_by_ns: Numbers
    """He was admitted by then; NEVER_NS when nothing shows that he was."""
    admission: Numbers
    """Row of the answer that shows it, -1 for none."""
    until_ns: Numbers
    """He is known to have stood in line then; 0 when nothing shows it."""
    until: Numbers
    """Row of the claim that shows it: a look, or the admission; that of joining when there is none."""


def waiting(claim: Claim) -> bool:
    """It is a look at the queue that was answered with a place in line."""
    return claim.action == "poll" and happened(claim) and claim.status in IN_LINE


def line(table: ClaimTable) -> Line:
    """Finds out about everybody who joined."""
    queue = table.queue
    sent_ns, answered_ns = table.sent_ns[queue.row], table.answered_ns[queue.row]
    joins = np.flatnonzero(table.where(about("join", holds=happened))[queue.row] & (queue.token >= 0))
    joins = joins[np.lexsort((answered_ns[joins], sent_ns[joins]))]
    names, first = np.unique(queue.token[joins], return_index=True)
    owner = np.full(queue.tokens + 1, -1, np.int32)
    owner[names] = np.arange(len(names))
    who = owner[queue.shown]
    asked = table.where(about("admission", holds=lambda claim: claim.effect != DID_NOT))[queue.row]
    let_in = table.where(about("admission", holds=happened))[queue.row]
    left_from_ns = earliest(np.where(asked, who, -1), sent_ns, len(names))
    gone_by_ns = earliest(np.where(let_in, who, -1), answered_ns, len(names))
    looks = table.where(waiting)[queue.row] & (queue.position > 0) & (who >= 0)
    looks &= sent_ns <= np.append(left_from_ns, 0)[who]
    until_ns = latest(np.where(looks, who, -1), sent_ns, len(names))
    until_ns = np.where(gone_by_ns < NEVER_NS, np.maximum(until_ns, left_from_ns), until_ns)
    join = queue.row[joins[first]]
    admission = _rows(table.queue.row, let_in, who, answered_ns, gone_by_ns)
    until = _rows(table.queue.row, looks, who, sent_ns, until_ns)
    until = np.where(until >= 0, until, np.where(admission >= 0, admission, join))
    return Line(join, table.event[join], left_from_ns, gone_by_ns, admission, until_ns, until)


def _rows(rows: Numbers, some: Mask, who: Codes, times_ns: Numbers, wanted_ns: Numbers) -> Numbers:
    """Returns for each who joined the row of one of these claims of his that has this time, -1 for none."""
    found = np.full(len(wanted_ns), -1, np.int64)
    places = np.flatnonzero(some & (who >= 0))
    places = places[times_ns[places] == wanted_ns[who[places]]]
    found[who[places]] = rows[places]
    return found
