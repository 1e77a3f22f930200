"""What a webhook tells of a payment is what the platform answers about it.

A payment is paid or it has failed. A genuine webhook that tells the one while an answer or a read states the other is
definite, whichever came first: neither can become the other. A payment that was given back, cancelled or left to expire
after it was paid is no contradiction, and neither is a webhook that came before the status had changed.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from reports.audit.finding import CRITICAL, DEFINITE, Rule, Violation
from reports.audit.history import COMPLETED, happened, statement
from reports.audit.suspects import about, stories
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.claim_table import ClaimTable, Mask
    from reports.audit.history import History, Payment
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim

_FAILED = "FAILED"
_OPPOSITE = {COMPLETED: _FAILED, _FAILED: COMPLETED}


def suspects(history: History) -> Numbers:
    """Leaves out the payments of which webhooks and answers say the same."""
    table = history.table
    contradicted = np.zeros(table.intents, np.bool_)
    for word, other in _OPPOSITE.items():
        contradicted |= table.intents_with(_told(table, word)) & table.intents_with(_stated(table, other))
    return stories(table, None, contradicted)


def _told(table: ClaimTable, word: str) -> Mask:
    return table.where(about("webhook", holds=lambda claim: happened(claim) and claim.status == word))


def _stated(table: ClaimTable, word: str) -> Mask:
    return table.where(about("charge", "payment read", holds=lambda claim: statement(claim) == word))


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each payment."""
    for payment in history.payments.values():
        told = [webhook for webhook in payment.webhooks if happened(webhook)]
        for webhook, said in product(told, (*payment.charges, *payment.reads)):
            if _OPPOSITE.get(webhook.status) == statement(said):
                yield _violation(payment, webhook, said)
                break


def _violation(payment: Payment, webhook: Claim, said: Claim) -> Violation:
    return Violation(
        DEFINITE,
        f"A webhook told that payment {payment.id} is {webhook.status}, and the platform says that it is "
        f"{statement(said)}.",
        witness(
            [webhook, said],
            reservations=[payment.reservation],
            intents=[payment.id],
            users=[said.user],
        ),
    )


RULE = Rule(
    "webhook_contradicts",
    "What a webhook tells of a payment is what the platform answers about it.",
    CRITICAL,
    check,
    suspects,
    sees="Genuine webhooks at the run's own mailbox (`--webhook-listen`) beside every answer and read about the same "
    "payment.",
    blind="Runs without `--webhook-listen`; payments that nobody asked about after the webhook; two webhooks that "
    "contradict each other while no answer says which is right.",
)
"""Compares webhooks with answers."""
