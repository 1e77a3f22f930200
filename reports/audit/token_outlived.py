"""No reservation token is accepted after its life.

The life is as told at the door: so many seconds from the answer, or until an instant of the platform's clock; what lies
later counts, and the clocks' skew on top. A reservation that was asked for later than that, and made, is definite. The
replayed answer to a request that was sent in time is no violation; a request for admission that was never answered may
have made the token live longer: then it is possible. Where an answer tells no end, nothing is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.codes import latest
from reports.audit.finding import DEFINITE, MAJOR, POSSIBLE, Rule, Violation
from reports.audit.history import SECOND_NS
from reports.audit.tokens import granted, purchases, tokens, with_their_tokens
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History
    from reports.audit.tokens import Token
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim


def suspects(history: History) -> Numbers:
    """Groups the tokens with which a reservation was made after their life, by any clock."""
    table = history.table
    queue = table.queue
    grants, uses = np.flatnonzero(granted(table)), purchases(table)
    claims, told_ns = queue.row[grants], queue.wait_s[grants].astype(np.int64) * SECOND_NS
    by_length = np.where(told_ns > 0, table.answered_ns[claims] + told_ns, 0)
    ends_ns = np.maximum(by_length, table.expires_ns[claims])
    last_ns = latest(queue.token[grants], ends_ns, queue.tokens)[queue.shown[uses]]
    late = (last_ns > 0) & (table.sent_ns[queue.row[uses]] > last_ns)
    return with_their_tokens(table, uses[late])


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each reservation that was made too late."""
    for token in tokens(history).values():
        if not token.ends_ns:
            continue
        for use in token.made:
            tries = [each for each in token.uses if each is use or (use.key and each.key == use.key)]
            if tries[0].sent_ns > token.ends_ns + history.ends_skew_ns:
                yield _violation(token, use, tries[0])


def _violation(token: Token, use: Claim, tried: Claim) -> Violation:
    longer = [ask for ask in token.unanswered if ask.sent_ns < use.answered_ns]
    late_s = (tried.sent_ns - token.ends_ns) / SECOND_NS
    return Violation(
        POSSIBLE if longer else DEFINITE,
        f"Reservation token {token.id} was accepted {late_s:.3f} s after its life, for {use.reservation}.",
        witness(
            [*token.grants, *longer, tried, use],
            token=token.id,
            event=token.grants[0].event,
            token_ends_ns=token.ends_ns,
            reservations=[use.reservation],
            users=[use.user],
        ),
    )


RULE = Rule(
    "token_outlived",
    "A reservation token is good while it lives.",
    MAJOR,
    check,
    suspects,
    sees="Reservations that were asked for later than the token's life as told, as `cheats` does on purpose.",
    blind="What is later by less than the clocks' skew (1 s unless told otherwise); tokens whose life is not told; a "
    "request that was sent in time and took effect late.",
)
"""Compares the send of a reservation with the life of its token as told at the door."""
