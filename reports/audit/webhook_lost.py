"""Whoever asked to be told of a payment is told, once it has settled.

A payment that an answer calls COMPLETED or FAILED, of whose end the run had asked to be told at its own mailbox, and of
which no genuine webhook tells an end although the mailbox was open for as long as a platform may try: that is definite,
unless no webhook came at all in the whole run. Then the mailbox may have been out of the platform's reach, and it is
possible. What settled too late to be told in time proves nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.finding import DEFINITE, MAJOR, POSSIBLE, Rule, Violation
from reports.audit.history import COMPLETED, happened, statement
from reports.audit.suspects import about, stories
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History, Mailbox, Payment
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim

_SETTLED = frozenset({COMPLETED, "FAILED"})
_ENDS = _SETTLED | {"CANCELLED", "REFUNDED", "EXPIRED"}


def suspects(history: History) -> Numbers:
    """Leaves out payments of which nobody asked to be told, that did not settle in time, or that were told of."""
    table, mailbox = history.table, history.mailbox
    if mailbox is None:
        return np.full(len(table), -1, np.int64)
    wanted = np.zeros(len(table), np.bool_)
    wanted[table.wanted.claim] = True
    asked = wanted & table.where(about("intent", holds=happened))
    settled = table.where(about("charge", "payment read", holds=lambda claim: statement(claim) in _SETTLED))
    in_time = settled & (table.answered_ns + mailbox.patience_ns <= mailbox.until_ns)
    told = table.where(about("webhook", holds=_tells_an_end))
    lost = table.intents_with(asked) & table.intents_with(in_time) & ~table.intents_with(told)
    return stories(table, None, lost)


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each payment."""
    mailbox = history.mailbox
    if mailbox is None:
        return
    for payment in history.payments.values():
        settled = _settled_in_time(payment, mailbox)
        if settled is not None:
            yield _violation(payment, settled, mailbox)


def _tells_an_end(claim: Claim) -> bool:
    return happened(claim) and claim.status in _ENDS


def _settled_in_time(payment: Payment, mailbox: Mailbox) -> Claim | None:
    """Returns the first answer that says that it settled, when somebody had to be told of that and nobody was."""
    if not any(happened(opening) and opening.wanted for opening in payment.opened):
        return None
    if any(_tells_an_end(webhook) for webhook in payment.webhooks):
        return None
    settled = [claim for claim in (*payment.charges, *payment.reads) if statement(claim) in _SETTLED]
    first = min(settled, key=lambda claim: claim.answered_ns, default=None)
    return first if first is not None and first.answered_ns + mailbox.patience_ns <= mailbox.until_ns else None


def _violation(payment: Payment, settled: Claim, mailbox: Mailbox) -> Violation:
    listened_s = (mailbox.until_ns - settled.answered_ns) / 1e9
    return Violation(
        DEFINITE if mailbox.came else POSSIBLE,
        f"Payment {payment.id} was {statement(settled)}, and no webhook told of it in {listened_s:.1f} s.",
        witness(
            [*payment.opened, settled],
            reservations=[payment.reservation],
            intents=[payment.id],
            users=[settled.user],
        ),
    )


RULE = Rule(
    "webhook_lost",
    "Whoever asked to be told of a payment is told, once it has settled.",
    MAJOR,
    check,
    suspects,
    sees="Payments that settled while the run took webhooks in (`--webhook-listen`) and of which none came.",
    blind="Runs without `--webhook-listen`; payments that settled less than 35 s (times the time scale) before the "
    "mailbox closed; a mailbox that the platform cannot reach looks like a platform that tells nothing, so that "
    "it stays at possible when not one webhook came.",
)
"""Compares payments that settled with the webhooks that came."""
