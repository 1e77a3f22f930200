"""Reservation tokens: who was given each, and which reservations it was shown for; as objects and by columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from contracts.outcomes import MAY_HAVE
from reports.audit.history import SECOND_NS, happened
from reports.audit.queue_columns import makes_reservation
from reports.audit.suspects import about, components

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.audit.claim_table import ClaimTable, Mask
    from reports.audit.history import History
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim


@dataclass(slots=True)
class Token:
    """One reservation token that an answer gave, and its claims in the order of the sends."""

    id: str
    grants: list[Claim] = field(default_factory=list)
    """Answers at the door that gave it: who asks again is given it again."""
    uses: list[Claim] = field(default_factory=list)
    """Requests for a reservation that showed it, whatever became of them."""
    unanswered: list[Claim] = field(default_factory=list)
    """Requests for admission with the same waiting token that may have done something unseen."""

    @property
    def made(self) -> list[Claim]:
        """The reservations known to be made with it: for each the first answer that says so."""
        first: dict[str, Claim] = {}
        for use in self.uses:
            if happened(use):
                first.setdefault(use.reservation, use)
        return list(first.values())

    @property
    def ends_ns(self) -> int:
        """The latest end of its life that any answer allows; 0 when one of them tells none."""
        return min(map(end_ns, self.grants)) and max(map(end_ns, self.grants))


def end_ns(grant: Claim) -> int:
    """The end of a token's life as an answer tells it, by its length or by the platform's clock; 0 when by neither."""
    return max(grant.answered_ns + grant.wait_s * SECOND_NS if grant.wait_s > 0 else 0, grant.expires_ns)


def tokens(history: History) -> Mapping[str, Token]:
    """Every reservation token that an answer gave, by its id."""
    found: dict[str, Token] = {}
    waiting: dict[str, list[Token]] = {}
    for claim in history.claims:
        if claim.action == "admission" and claim.token:
            token = found.setdefault(claim.token, Token(claim.token))
            token.grants.append(claim)
            waiting.setdefault(claim.shown, []).append(token)
    for claim in history.claims:
        if makes_reservation(claim) and claim.shown in found:
            found[claim.shown].uses.append(claim)
        elif claim.action == "admission" and claim.effect == MAY_HAVE:
            for token in {each.id: each for each in waiting.get(claim.shown, ())}.values():
                token.unanswered.append(claim)
    return found


def granted(table: ClaimTable) -> Mask:
    """Which rows of the queue give a reservation token."""
    said: Mask = table.where(about("admission"))[table.queue.row] & (table.queue.token >= 0)
    return said


def made(table: ClaimTable) -> Mask:
    """Which rows of the queue are reservations known to be made."""
    return table.where(lambda claim: makes_reservation(claim) and happened(claim))[table.queue.row]


def purchases(table: ClaimTable) -> Numbers:
    """The rows of the queue that are reservations known to be made with a token, rising."""
    return np.flatnonzero(made(table) & (table.queue.shown >= 0))


def known(table: ClaimTable) -> Mask:
    """Which tokens were given as reservation tokens, by their numbers; at the end False, for none."""
    found = np.zeros(table.queue.tokens + 1, np.bool_)
    found[table.queue.token[granted(table)]] = True
    return found


def with_their_tokens(table: ClaimTable, suspected: Numbers) -> Numbers:
    """Returns a group for each claim of the table: of the tokens of these rows of the queue, and of those that go with
    them; -1 for all other claims.
    """
    queue = table.queue
    both = np.flatnonzero((queue.token >= 0) & (queue.shown >= 0))
    labels = np.append(components(queue.tokens, queue.token[both], queue.shown[both]), -1)
    group = labels[np.where(queue.token >= 0, queue.token, queue.shown)]
    wanted = np.zeros(len(labels), np.bool_)
    wanted[group[suspected]] = True
    wanted[-1] = False
    rows = np.flatnonzero(wanted[group])
    found = np.full(len(table), -1, np.int64)
    found[queue.row[rows]] = group[rows]
    return found
