"""No event lets in more people than its bucket allows, and the platform no more than it promises.

Only those count whose rank is known to have been beyond those that pass freely: so many people of this run who had
joined before stood in line when they had been let in. Those let in wholly within a stretch of time that are more than
the bucket's size and what flows in meanwhile are definite; foreign buyers only take tokens away. Where the
platform itself told a higher rate than it promised, an operator has raised it: possible only.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from reports.audit.finding import DEFINITE, MAJOR, POSSIBLE, Rule, Violation
from reports.audit.history import SECOND_NS
from reports.audit.line_columns import line
from reports.audit.turns import by_event, excess, past
from reports.audit.witness import witness
from tacorush.evidence.claim_columns import text_digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History
    from reports.audit.line_columns import Line
    from reports.audit.turns import Excess
    from tacorush.evidence.claim_columns import Numbers

ROUNDING = 0.01
"""A rate is told in whole admissions a minute."""
SHOWN = 3
"""So many of the first and of the last admissions are shown."""


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each event, and one for all together; each counts those that were too many."""
    promised = history.admissions
    if promised is None:
        return
    joined = line(history.table)
    paying = past(history.table, joined, promised.free_ranks, history.hosts_skew_ns)
    raised = {
        np.uint64(text_digest(event)): max(told.per_s) > promised.per_s * (1 + ROUNDING)
        for event, told in history.queues.items()
    }
    for members in by_event(joined):
        possible = raised.get(joined.event[members[0]], False)
        bucket = promised.burst, promised.per_s
        yield from _of(history, joined, members[paying[members]], bucket, everywhere=False, possible=possible)
    system, possible = (promised.system_per_s, promised.system_per_s), any(raised.values())
    yield from _of(history, joined, np.flatnonzero(paying), system, everywhere=True, possible=possible)


def _of(
    history: History,
    joined: Line,
    admitted: Numbers,
    bucket: tuple[float, float],
    *,
    everywhere: bool,
    possible: bool,
) -> Iterator[Violation]:
    burst, per_s = bucket
    if len(admitted) <= burst:
        return
    from_ns = joined.left_from_ns[admitted] - history.hosts_skew_ns
    by_ns = joined.gone_by_ns[admitted] + history.hosts_skew_ns
    found = excess(from_ns, by_ns, burst, per_s)
    if found is not None:
        within = admitted[(from_ns >= found.begin_ns) & (by_ns <= found.end_ns)]
        violation = _violation(history, joined, within, found, everywhere=everywhere)
        yield replace(violation, certainty=POSSIBLE) if possible else violation


def _violation(history: History, joined: Line, admitted: Numbers, found: Excess, *, everywhere: bool) -> Violation:
    order = admitted[np.argsort(joined.gone_by_ns[admitted], kind="stable")]
    rows = np.unique(joined.admission[np.concatenate([order[:SHOWN], order[-SHOWN:]])])
    claims = list(history.table.claims(rows))
    event = "" if everywhere else claims[0].event
    seconds = (found.end_ns - found.begin_ns) / SECOND_NS
    return Violation(
        DEFINITE,
        f"{event or 'The platform'} let {found.admitted:,} in within {seconds:.1f} s, {found.beyond:,} more than its "
        "bucket allows.",
        witness(claims, event=event),
        count=found.beyond,
    )


RULE = Rule(
    "admitted_too_fast",
    "No more people are let in than the platform can bear.",
    MAJOR,
    check,
    by_columns=True,
    sees="The admissions of this run's own people from ranks that take a token, against size and refill of the bucket.",
    blind="A target whose profile is not known (`--promises`); admissions of foreign buyers; a line that is served in "
    "the order of joining, where nobody is passed, so that ranks do not show; an operator who raises the rate and "
    "restores it before the run ends looks like a platform that errs: a promise is one for the whole run.",
)
"""Compares the admissions with what a bucket allows."""
