"""No reservation token is good for another user or another event than it was given for.

A reservation that was made with a token which every answer that gave it gave to somebody else, or for another event, is
definite. What the request for admission left empty binds nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.finding import DEFINITE, MAJOR, Rule, Violation
from reports.audit.tokens import granted, known, purchases, tokens, with_their_tokens
from reports.audit.witness import witness
from tacorush.evidence.claim_columns import mixed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.claim_table import ClaimTable, Codes
    from reports.audit.history import History
    from reports.audit.tokens import Token
    from tacorush.evidence.claim_columns import Digests, Numbers
    from tacorush.evidence.records import Claim


def suspects(history: History) -> Numbers:
    """Groups the tokens with which a reservation was made for a user and event that they were not given for."""
    table = history.table
    queue = table.queue
    grants, uses = np.flatnonzero(granted(table)), purchases(table)
    uses = uses[known(table)[queue.shown[uses]]]
    theirs = np.isin(_whose(table, queue.shown, uses), _whose(table, queue.token, grants))
    return with_their_tokens(table, uses[~theirs])


def _whose(table: ClaimTable, tokens: Codes, rows: Numbers) -> Digests:
    """Returns digests of token, user and event of some rows of the queue."""
    queue = table.queue
    return mixed(tokens[rows].astype(np.uint64), mixed(queue.user[rows], table.event[queue.row[rows]]))


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each reservation."""
    for token in tokens(history).values():
        for use in token.made:
            if not any(_is_for(grant, use) for grant in token.grants):
                yield _violation(token, use)


def _is_for(grant: Claim, use: Claim) -> bool:
    return grant.user in ("", use.user) and grant.event in ("", use.event)


def _violation(token: Token, use: Claim) -> Violation:
    owner = token.grants[0]
    return Violation(
        DEFINITE,
        f"Reservation token {token.id}, given to {owner.user} for {owner.event}, was accepted from {use.user} for "
        f"{use.event}: {use.reservation}.",
        witness(
            [*token.grants, use],
            token=token.id,
            event=use.event,
            reservations=[use.reservation],
            users=sorted({claim.user for claim in (owner, use)}),
        ),
    )


RULE = Rule(
    "token_of_another",
    "A reservation token is good for its user and event only.",
    MAJOR,
    check,
    suspects,
    sees="Reservations with tokens that were given to another of this run's own people, as in the scenario `cheats`.",
    blind="Tokens that nobody lent; tokens that were given to foreign buyers.",
)
"""Compares who shows a token, and for what, with whom it was given to."""
