"""Who was let in past how many, more than how fast, and what was left; over the columns of everybody who joined."""

from __future__ import annotations

from heapq import heappush, heappushpop
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.audit.codes import NEVER_NS
from reports.audit.history import SECOND_NS
from reports.audit.line_columns import line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.claim_table import ClaimTable, Mask
    from reports.audit.line_columns import Line
    from tacorush.evidence.claim_columns import Numbers

_JITTER = 1e-6


def past(table: ClaimTable, joined: Line, least: int, hosts_skew_ns: int) -> Mask:
    """Returns who was admitted while at least `least` who had joined before are known to have stood in line still."""
    found = np.zeros(len(joined.join), np.bool_)
    sent_ns, answered_ns = table.sent_ns[joined.join], table.answered_ns[joined.join]
    for members in by_event(joined):
        coming = members[np.argsort(answered_ns[members], kind="stable")].tolist()
        admitted = members[joined.gone_by_ns[members] < NEVER_NS]
        admitted = admitted[np.argsort(sent_ns[admitted], kind="stable")]
        latest: list[int] = []
        """Until when the last `least` of those who joined before stood in line, as a heap."""
        at = 0
        for who, since_ns in zip(admitted.tolist(), (sent_ns[admitted] - hosts_skew_ns).tolist(), strict=True):
            while at < len(coming) and answered_ns[coming[at]] <= since_ns:
                keep = heappush if len(latest) < least else heappushpop
                keep(latest, int(joined.until_ns[coming[at]]))
                at += 1
            found[who] = len(latest) == least and latest[0] >= joined.gone_by_ns[who] + hosts_skew_ns
    return found


class Passing(NamedTuple):
    """How orderly people were let in."""

    admitted: int
    """So many of those who joined were let in."""
    ahead: int
    """So many of these while somebody who had joined the same line before is known to have stood in it still."""


def passing(table: ClaimTable, hosts_skew_ns: int) -> Passing:
    """Counts who was let in, and who of them ahead of somebody; a platform may promise an order or not."""
    joined = line(table)
    admitted = joined.gone_by_ns < NEVER_NS
    return Passing(int(admitted.sum()), int((admitted & past(table, joined, 1, hosts_skew_ns)).sum()))


def by_event(joined: Line) -> Iterator[Numbers]:
    """Yields those who joined the same event, in the order of their events' digests."""
    order = np.argsort(joined.event, kind="stable")
    if len(order):
        yield from np.split(order, np.flatnonzero(np.diff(joined.event[order])) + 1)


class Excess(NamedTuple):
    """More than a bucket allows."""

    beyond: int
    """So many too many."""
    admitted: int
    """Let in within the time, wholly."""
    begin_ns: int
    end_ns: int


def excess(from_ns: Numbers, by_ns: Numbers, burst: float, per_s: float) -> Excess | None:
    """Returns the time in which most were let in beyond a bucket; None where each may have had its token.

    Each was let in at some instant from one time to another. Whatever these instants were: those that lie wholly within
    a stretch of time are no more than the bucket's size and what flows in meanwhile.
    """
    order = np.lexsort((from_ns, by_ns))
    per_ns, level, now_ns, full_ns, admitted = per_s / SECOND_NS, burst, -np.inf, 0.0, 0
    worst: Excess | None = None
    for begin_ns, end_ns in zip(from_ns[order].tolist(), by_ns[order].tolist(), strict=True):
        at_ns = max(begin_ns, now_ns)
        level = min(burst, level + (at_ns - now_ns) * per_ns) if now_ns > -np.inf else burst
        now_ns = at_ns
        if level >= burst:
            full_ns, admitted = at_ns, 0
        admitted += begin_ns >= full_ns
        wait_ns = max(0.0, (1 - level) / per_ns)
        if at_ns + wait_ns <= end_ns + _JITTER:
            now_ns, level = at_ns + wait_ns, level + wait_ns * per_ns - 1
            continue
        count = int(admitted - burst - (end_ns - full_ns) * per_ns - _JITTER)
        if count > (worst.beyond if worst else 0):
            worst = Excess(count, admitted, int(full_ns), end_ns)
    return worst


def least_level(
    from_ns: Numbers,
    by_ns: Numbers,
    begin_ns: int,
    bucket: tuple[float, float],
    before_ns: Numbers,
    until_ns: Numbers,
) -> NDArray[np.float64]:
    """Returns the least that a bucket (size, refill a second), empty at `begin_ns`, held at each of some times.

    Who may have taken one did so at some instant from one time to another, NEVER_NS when nothing bounds it; each is
    taken to have done it as late as he can, since what is taken sooner has longer to flow in again. A time is an
    interval as well: what had flowed in before `before_ns`, less all that may have been taken until `until_ns`. Times
    rise with `before_ns`.
    """
    burst, per_s = bucket
    per_ns, level, now_ns = per_s / SECOND_NS, 0.0, begin_ns
    begun, ended = np.sort(from_ns[from_ns < NEVER_NS]), np.sort(by_ns[by_ns < NEVER_NS])
    taken = np.searchsorted(ended, before_ns, side="right")
    pending = np.searchsorted(begun, until_ns, side="right") - taken
    takes = ended.tolist()
    found = np.empty(len(before_ns), np.float64)
    at = 0
    for number, (instant_ns, count) in enumerate(zip(before_ns.tolist(), taken.tolist(), strict=True)):
        for take_ns in takes[at:count]:
            level, now_ns = min(burst, level + max(take_ns - now_ns, 0) * per_ns) - 1, max(take_ns, now_ns)
        at = count
        found[number] = min(burst, level + max(instant_ns - now_ns, 0) * per_ns)
    found -= np.maximum(pending, 0)
    return found
