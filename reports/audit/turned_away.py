"""Whoever is told that it is his turn is let in, as long as the bucket allows.

Asking where one stands spends nothing. So where somebody was told at his last look that he may come, came, and was
denied, somebody else must have taken the last admission meanwhile: out of the event's bucket, or out of that of all
events. The least that a bucket held is known: it was empty when the first of this run joined, it fills at the promised
rate, and from it took at most those of this run who may have been let in by then, each as late as he may have been, and
as many others as the platform says, before and after the run, that it let in. Where both buckets held one admission or
more, and had for as long as clocks may differ, the denial is definite: possible only, where the platform itself told a
lower rate than it promised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.audit.admitted_too_fast import ROUNDING
from reports.audit.codes import NEVER_NS
from reports.audit.finding import DEFINITE, MAJOR, POSSIBLE, Rule, Violation
from reports.audit.line_columns import line
from reports.audit.suspects import about
from reports.audit.turns import by_event, least_level
from reports.audit.witness import witness
from tacorush.evidence.claim_columns import text_digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.claim_table import ClaimTable, Mask
    from reports.audit.history import History
    from reports.audit.line_columns import Line
    from tacorush.evidence.claim_columns import Digests, Numbers


class _Denials(NamedTuple):
    """Those who were told to come and were denied."""

    row: Numbers
    """Of the denial in the table, and so is the next."""
    look: Numbers
    event: Digests


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each event; it counts the requests that were denied."""
    promised, table = history.admissions, history.table
    if promised is None:
        return
    joined, denials = line(table), _denials(table)
    if not len(joined.join):
        return
    told = {np.uint64(text_digest(event)): queue for event, queue in history.queues.items()}
    others = {event: _others(joined, event, queue.admitted) for event, queue in told.items()}
    all_others = sum(others.values()) if set(joined.event.tolist()) <= {int(event) for event in told} else np.inf
    bucket = promised.system_per_s, promised.system_per_s
    everywhere = _room(history, joined, np.full(len(joined.join), True), all_others, bucket, denials.row)
    for members in by_event(joined):
        event = joined.event[members[0]]
        if event not in told:
            continue
        chosen = np.flatnonzero(denials.event == event)
        own = np.zeros(len(joined.join), np.bool_)
        own[members] = True
        room = _room(history, joined, own, others[event], (promised.burst, promised.per_s), denials.row[chosen])
        wrong = np.flatnonzero((room >= 1) & (everywhere[chosen] >= 1))
        if len(wrong):
            lowered = min(told[event].per_s) < promised.per_s * (1 - ROUNDING)
            first = denials.look[chosen[wrong[0]]], denials.row[chosen[wrong[0]]]
            yield _violation(table, first, int(room[wrong[0]]), len(wrong), possible=lowered)


def _others(joined: Line, event: np.uint64, admitted: int) -> float:
    """How many others were let in at most; inf where the platform did not even count those of this run."""
    own = int(((joined.event == event) & (joined.gone_by_ns < NEVER_NS)).sum())
    return admitted - own if admitted >= own else np.inf


def _denials(table: ClaimTable) -> _Denials:
    """Finds who was told at the last look before that he is ready; in the order of the requests."""
    queue = table.queue
    looks = table.where(about("poll"))[queue.row]
    ready = table.where(lambda claim: claim.status == "READY")[queue.row] & looks & (queue.position > 0)
    denied = table.where(lambda claim: claim.code == "DENIED")[queue.row]
    steps = np.flatnonzero((looks | denied) & (queue.shown >= 0))
    rows = queue.row[steps]
    steps = steps[np.lexsort((table.answered_ns[rows], table.sent_ns[rows], queue.shown[steps]))]
    before, after = steps[:-1], steps[1:]
    found = ready[before] & denied[after] & (queue.shown[before] == queue.shown[after])
    found &= table.answered_ns[queue.row[before]] <= table.sent_ns[queue.row[after]]
    look, row = queue.row[before[found]], queue.row[after[found]]
    order = np.argsort(table.sent_ns[row], kind="stable")
    return _Denials(row[order], look[order], table.event[row[order]])


def _room(
    history: History, joined: Line, some: Mask, others: float, bucket: tuple[float, float], denials: Numbers
) -> NDArray[np.float64]:
    """Returns how many admissions a bucket held at least when each of these requests came."""
    table = history.table
    if np.isinf(bucket[1]):
        return np.full(len(denials), np.inf)
    near_ns = history.skew_ns + history.hosts_skew_ns
    sent_ns, answered_ns = table.sent_ns[denials] - near_ns, table.answered_ns[denials] + history.hosts_skew_ns
    begin_ns = int(table.sent_ns[joined.join[some]].min())
    level = least_level(joined.left_from_ns[some], joined.gone_by_ns[some], begin_ns, bucket, sent_ns, answered_ns)
    return level - others


def _violation(table: ClaimTable, rows: tuple[int, int], room: int, count: int, *, possible: bool) -> Violation:
    claims = sorted(table.claims(np.sort(np.array(rows))), key=lambda claim: claim.sent_ns)
    denial = claims[-1]
    more = f"; {count - 1:,} more of the event were" if count > 1 else ""
    return Violation(
        POSSIBLE if possible else DEFINITE,
        f"{denial.user or denial.shown} was told to come in at {denial.event} and was turned away, though the bucket "
        f"held {room:,} admissions or more{more}.",
        witness(claims, token=denial.shown, event=denial.event, users=[denial.user]),
        count=count,
    )


RULE = Rule(
    "turned_away",
    "Whoever is told that it is his turn is let in, as long as the bucket allows.",
    MAJOR,
    check,
    by_columns=True,
    sees="Requests for admission of this run's own people that were denied right after a look that told them to come, "
    "against what the bucket must have held by its promised rate, and what GetQueueStats says, before and after the "
    "run, of how many were let in.",
    blind="A target whose profile is not known (`--promises`), or that does not tell how many it let in; runs that "
    "name their events, which do not ask; the first seconds, when the bucket may have been empty; an operator who "
    "stops admissions, or lowers their rate, and restores it before the run ends looks like a platform that errs.",
)
"""Compares denials with the least that a bucket must have held."""
