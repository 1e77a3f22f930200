"""The streams that were followed, as their claims tell: each with its messages in their order, and how far they got.

A status never goes back: what was HOLD becomes CONFIRMED, what was PROCESSING becomes COMPLETED, never the other way
round. `stage` numbers how far a word is, so that messages and answers can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.audit.history import History
    from tacorush.evidence.records import Claim

_STAGES = (
    frozenset({"PENDING", "HOLD"}),
    frozenset({"PROCESSING"}),
    frozenset({"CONFIRMED", "COMPLETED", "CANCELLED", "EXPIRED", "FAILED"}),
    frozenset({"REFUNDED"}),
)
FINAL = 2
"""The first stage at which a reservation or payment has come to its end."""
UNKNOWN = -1
"""Stage of a word that says nothing."""


def stage(word: str) -> int:
    """How far a status is, from 0; UNKNOWN for a word that says nothing of it."""
    return next((number for number, words in enumerate(_STAGES) if word in words), UNKNOWN)


@dataclass(slots=True)
class Stream:
    """One stream of one reservation or payment."""

    whole: Claim
    """What was followed, from when to when, and how it ended."""
    updates: Sequence[Claim] = field(default=())
    """What came of it, in order."""

    @property
    def told(self) -> int:
        """The furthest stage that it told; UNKNOWN when it told none."""
        return max((stage(update.status) for update in self.updates), default=UNKNOWN)


def followed(history: History) -> list[Stream]:
    """Returns the streams of one reservation or one payment each, in the order of their beginnings."""
    updates: dict[tuple[str, str, str], list[Claim]] = {}
    for claim in history.claims:
        if claim.action == "update":
            updates.setdefault(_subject(claim), []).append(claim)
    found = [claim for claim in history.claims if claim.action == "stream" and (claim.reservation or claim.intent)]
    return [Stream(claim, tuple(updates.get(_subject(claim), ()))) for claim in found]


def _subject(claim: Claim) -> tuple[str, str, str]:
    return claim.trace, claim.reservation, claim.intent
