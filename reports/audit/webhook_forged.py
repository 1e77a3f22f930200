"""Every webhook about a payment is signed with the secret of its receiver.

A delivery that names a payment of this run under a signature that is wrong, or none, is definite: strangers do not know
the payment. One that names no payment of this run may come from anybody and says nothing about the platform.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.audit.finding import DEFINITE, MAJOR, Rule, Violation
from reports.audit.history import happened
from reports.audit.suspects import about, stories
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History, Payment
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim


def suspects(history: History) -> Numbers:
    """Leaves out the payments about which nothing came that is forged."""
    table = history.table
    return stories(table, None, table.intents_with(table.where(about("webhook", holds=_forged))))


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each event that was told under a wrong signature."""
    for payment in history.payments.values():
        if not any(happened(opening) for opening in payment.opened):
            continue
        events: dict[str, list[Claim]] = {}
        for webhook in payment.webhooks:
            if _forged(webhook):
                events.setdefault(webhook.trace, []).append(webhook)
        for told in events.values():
            yield _violation(payment, told)


def _forged(claim: Claim) -> bool:
    return claim.code == "FORGED"


def _violation(payment: Payment, told: list[Claim]) -> Violation:
    first = told[0]
    return Violation(
        DEFINITE,
        f"A webhook told that payment {payment.id} is {first.status or 'there'}, and its signature is wrong.",
        witness(
            [*payment.opened, *told],
            reservations=[payment.reservation],
            intents=[payment.id],
        ),
    )


RULE = Rule(
    "webhook_forged",
    "Every webhook about a payment is signed with the secret of its receiver.",
    MAJOR,
    check,
    suspects,
    sees="Deliveries to the run's own mailbox (`--webhook-listen`) that name a payment of this run and whose "
    "`X-Webhook-Signature` is not that of their body under `TACORUSH_WEBHOOK_SECRET`.",
    blind="Runs without `--webhook-listen`; a secret that is not the platform's makes every webhook look forged.",
)
"""Looks for webhooks that are signed wrongly."""
