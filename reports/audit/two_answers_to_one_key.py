"""One idempotency key has one answer.

A key stands for one intention of one user. While the platform remembers it, the same request brings the first answer
again, and another request under the same key is refused. Two answers that went through with different ids, a request
with another body that went through, and a repetition that is refused after the first had gone through are definite.
Being told to come later (RATE_LIMITED and the like), or a second request after the key's life, is no violation; answers
that never came prove nothing.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from reports.audit.finding import DEFINITE, MAJOR, Rule, Violation
from reports.audit.history import COME_LATER, denied, happened
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim


def suspects(history: History) -> Numbers:
    """Groups the claims that have user, method and key in common with another."""
    keys = history.table.key
    groups = np.full(len(keys), -1, np.int64)
    named = np.flatnonzero(keys)
    order = named[np.argsort(keys[named])]
    again = np.flatnonzero(keys[order[1:]] == keys[order[:-1]])
    several = np.union1d(again, again + 1)
    _, groups[order[several]] = np.unique(keys[order[several]], return_inverse=True)
    return groups


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each key with two answers."""
    uses: dict[tuple[str, str, str], list[Claim]] = {}
    for claim in history.claims:
        if claim.key:
            uses.setdefault((claim.user, claim.method, claim.key), []).append(claim)
    remembered_ns = history.key_life_ns - history.skew_ns
    for claims in uses.values():
        for first, second in combinations(claims, 2):
            wrong = _what_is_wrong(first, second) if second.answered_ns - first.sent_ns <= remembered_ns else ""
            if wrong:
                yield _violation(first, second, wrong)
                break


def _what_is_wrong(first: Claim, second: Claim) -> str:
    """Says what is wrong with two answers to one key, the first sent first; empty when nothing is."""
    other_body = bool(first.body and second.body and first.body != second.body)
    if happened(first) and happened(second):
        if other_body:
            return "two different requests went through under it"
        return _difference(first, second)
    repeated = happened(first) and denied(second) and first.answered_ns <= second.sent_ns
    if repeated and not other_body and second.code not in COME_LATER:
        return f"the request that had gone through was then refused with {second.code}"
    return ""


def _difference(first: Claim, second: Claim) -> str:
    for name in ("reservation", "order", "intent", "payment"):
        one, other = getattr(first, name), getattr(second, name)
        if one and other and one != other:
            return f"it was answered with {name} {one} and with {name} {other}"
    if first.seats and second.seats and sorted(first.seats) != sorted(second.seats):
        return f"it was answered with seats {', '.join(first.seats)} and with seats {', '.join(second.seats)}"
    return ""


def _violation(first: Claim, second: Claim, wrong: str) -> Violation:
    both = (first, second)
    return Violation(
        DEFINITE,
        f"Key {first.key} of {first.method.rpartition('/')[2]} has two answers: {wrong}.",
        witness(
            both,
            key=first.key,
            event=first.event,
            orders=sorted({claim.order for claim in both}),
            reservations=sorted({claim.reservation for claim in both}),
            intents=sorted({claim.intent for claim in both}),
            users=[first.user],
        ),
    )


RULE = Rule(
    "two_answers_to_one_key",
    "One idempotency key has one answer.",
    MAJOR,
    check,
    suspects,
    sees="All answers that this run got to requests under the same key of the same user and method.",
    blind="Keys that were used once; answers that never came; what a repetition did that the platform answered like "
    "the first; requests further apart than the key's life less the clocks' skew.",
)
"""Compares all answers to one key of one user and method."""
