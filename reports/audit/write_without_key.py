"""No write goes through without an idempotency key where one is taken.

A request without a key whose answer says that it was done is definite, whoever sent it and why. One that was refused,
failed or was never answered is none: nothing shows that it would have been done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from contracts.catalogue import METHODS
from reports.audit.finding import DEFINITE, MAJOR, Rule, Violation
from reports.audit.history import happened
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim


def suspects(history: History) -> Numbers:
    """Leaves out what had a key, and what was not done; each claim is a group of its own."""
    table = history.table
    rows = np.arange(len(table))
    return np.where((table.key == 0) & table.where(_done_where_a_key_is_taken), rows, -1)


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each request."""
    for claim in history.claims:
        if not claim.key and _done_where_a_key_is_taken(claim):
            yield _violation(claim)


def _done_where_a_key_is_taken(claim: Claim) -> bool:
    method = METHODS.get(claim.method)
    return method is not None and method.takes_key and happened(claim)


def _violation(claim: Claim) -> Violation:
    made = claim.order or claim.intent or claim.reservation or "no id"
    return Violation(
        DEFINITE,
        f"{claim.method.rpartition('/')[2]} went through without an idempotency key ({made}).",
        witness(
            [claim],
            event=claim.event,
            orders=[claim.order],
            reservations=[claim.reservation],
            intents=[claim.intent],
            users=[claim.user],
        ),
    )


RULE = Rule(
    "write_without_key",
    "No write goes through without an idempotency key.",
    MAJOR,
    check,
    suspects,
    sees="Requests that this run sent without a key, as the scenario `repeats` does on purpose.",
    blind="Runs in which every request has its key: nobody tried.",
)
"""Looks for requests without a key that were done."""
