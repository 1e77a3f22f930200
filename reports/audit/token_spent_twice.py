"""No reservation token buys more than one reservation.

Two reservations with ids of their own that the platform says it made for one token are definite. The replayed answer to
a repeated request names the same reservation and is no violation; a request that was refused or never answered is none.
Two reservations under one idempotency key are left to `two_answers_to_one_key`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.audit.codes import with_several
from reports.audit.finding import DEFINITE, MAJOR, Rule, Violation
from reports.audit.tokens import purchases, tokens, with_their_tokens
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History
    from reports.audit.tokens import Token
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim


def suspects(history: History) -> Numbers:
    """Groups the tokens with which two different reservations were made."""
    table = history.table
    uses = purchases(table)
    shown = table.queue.shown[uses]
    twice = with_several(shown, table.reservation[table.queue.row[uses]], table.queue.tokens)
    return with_their_tokens(table, uses[twice[shown]])


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each token; it counts the reservations after the first."""
    for token in tokens(history).values():
        bought: dict[str, Claim] = {}
        for use in token.made:
            bought.setdefault(use.key or use.reservation, use)
        if len(bought) > 1:
            yield _violation(token, list(bought.values()))


def _violation(token: Token, bought: list[Claim]) -> Violation:
    reservations = [use.reservation for use in bought]
    return Violation(
        DEFINITE,
        f"Reservation token {token.id} was good for {len(reservations)} reservations: {', '.join(reservations)}.",
        witness(
            [*token.grants[:1], *bought],
            token=token.id,
            event=token.grants[0].event,
            reservations=reservations,
            users=sorted({use.user for use in bought}),
        ),
        count=len(reservations) - 1,
    )


RULE = Rule(
    "token_spent_twice",
    "A reservation token is good for one reservation.",
    MAJOR,
    check,
    suspects,
    sees="Reservations of this run's own buyers that showed the same token, as the scenario `cheats` tries on purpose.",
    blind="Tokens that nobody showed twice; what was done for a request that was refused or not answered.",
)
"""Compares the reservations that one token was shown for."""
