"""A stream tells what happened in the order in which it happened.

An update of a reservation or payment that is behind an earlier one of the same stream (HOLD after CONFIRMED, PROCESSING
after COMPLETED) is definite: a stream keeps the order of its messages, and a status does not go back. Of a queue, a
place further back under an older time of the platform's own is. A place further back with a newer time is no matter of
order, and neither is the same status told again.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from reports.audit.finding import DEFINITE, MAJOR, Rule, Violation
from reports.audit.streams import FINAL, UNKNOWN, stage
from reports.audit.suspects import about
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.claim_table import Mask
    from reports.audit.history import History
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim


def suspects(history: History) -> Numbers:
    """Groups the updates that a journey had of one thing, where one is behind an earlier one by status or by time."""
    table = history.table
    updates = np.flatnonzero(table.where(about("update")))
    things = (table.intent[updates], table.reservation[updates], table.journey[updates])
    rows = updates[np.lexsort((table.answered_ns[updates], table.sent_ns[updates], *things))]
    things = (table.intent[rows], table.reservation[rows], table.journey[rows])
    group = np.cumsum(np.append(True, np.any([of[1:] != of[:-1] for of in things], axis=0))[: len(rows)])
    stages = np.array([stage(example.status) for example in table.examples], np.int64)[table.form[rows]]
    stated, time = np.unique(table.stated_ns[rows], return_inverse=True)
    behind = (stages > UNKNOWN) & _behind(group, stages - UNKNOWN, FINAL + 3)
    behind |= (table.stated_ns[rows] > 0) & _behind(group, time, len(stated))
    kept = np.isin(group, group[behind])
    found = np.full(len(table), -1, np.int64)
    found[rows[kept]] = group[kept]
    return found


def _behind(group: Numbers, values: Numbers, above: int) -> Mask:
    """Which of these values, which lie from 0 to below `above`, are lower than an earlier one of their group."""
    ranks = group * above + values
    lower: Mask = ranks < np.maximum.accumulate(ranks)
    return lower


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each update that is behind an earlier one."""
    streams: dict[tuple[str, str, str], list[Claim]] = {}
    for claim in history.claims:
        if claim.action == "update":
            streams.setdefault((claim.trace, claim.reservation, claim.intent), []).append(claim)
    for updates in streams.values():
        yield from _places_gone_back(updates) if updates[0].shown else _statuses_gone_back(updates)


def _statuses_gone_back(updates: list[Claim]) -> Iterator[Violation]:
    furthest = updates[0]
    for update in updates[1:]:
        if stage(update.status) < 0:
            continue
        if stage(update.status) < stage(furthest.status):
            yield _violation(furthest, update, f"{update.status} after {furthest.status}")
        else:
            furthest = update


def _places_gone_back(updates: list[Claim]) -> Iterator[Violation]:
    for earlier, update in pairwise(updates):
        if update.position > earlier.position and 0 < update.stated_ns < earlier.stated_ns:
            yield _violation(earlier, update, f"place {update.position} after place {earlier.position}")


def _violation(earlier: Claim, update: Claim, what: str) -> Violation:
    name = f"reservation {update.reservation}" if update.reservation else f"payment {update.intent}"
    name = f"waiting token {update.shown}" if update.shown else name
    return Violation(
        DEFINITE,
        f"The stream of {name} told {what}.",
        witness(
            [earlier, update],
            reservations=[update.reservation],
            intents=[update.intent],
            users=[update.user],
        ),
    )


RULE = Rule(
    "stream_out_of_order",
    "A stream tells what happened in the order in which it happened.",
    MAJOR,
    check,
    suspects,
    sees="The messages of each stream that this run followed (scenario `streams`), in the order in which they came.",
    blind="Runs in which nobody follows streams; statuses of which neither comes before the other; places in a queue "
    "whose messages carry no time.",
)
"""Compares each update with those before it."""
