"""What was acknowledged is not told again.

Two genuine deliveries of one event about one payment, the second begun after the first was answered with 2xx, are
definite when both say that they are the same attempt: then the second is no repetition for want of an answer. A further
attempt at an event is none: our answer may have been lost on its way. Where attempts are not told it is possible.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from reports.audit.finding import DEFINITE, MINOR, POSSIBLE, Rule, Violation
from reports.audit.history import happened
from reports.audit.suspects import about, stories
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History, Payment
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim


def suspects(history: History) -> Numbers:
    """Leaves out the payments that were told of once."""
    table = history.table
    told = table.where(about("webhook", holds=happened)) & (table.intent >= 0)
    return stories(table, None, np.bincount(table.intent[told], minlength=table.intents) > 1)


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each event that was told again."""
    for payment in history.payments.values():
        events: dict[tuple[str, str, int], list[Claim]] = {}
        for webhook in payment.webhooks:
            if happened(webhook):
                events.setdefault((webhook.trace, webhook.status, webhook.attempt), []).append(webhook)
        for told in events.values():
            again = next((both for both in pairwise(told) if both[1].sent_ns >= both[0].answered_ns), None)
            if again is not None:
                yield _violation(payment, again)


def _violation(payment: Payment, both: tuple[Claim, Claim]) -> Violation:
    first = both[0]
    known = bool(first.trace and first.attempt)
    event = f"event {first.trace}, attempt {first.attempt}" if known else "without saying which attempt it is"
    verb = "was" if known else "may have been"
    return Violation(
        DEFINITE if known else POSSIBLE,
        f"Payment {payment.id} {verb} told as {first.status} again after it was acknowledged ({event}).",
        witness(
            both,
            reservations=[first.reservation],
            intents=[payment.id],
        ),
    )


RULE = Rule(
    "webhook_twice",
    "What was acknowledged is not told again.",
    MINOR,
    check,
    suspects,
    sees="Deliveries to the run's own mailbox (`--webhook-listen`) that repeat an event after it was answered.",
    blind="Runs without `--webhook-listen`; a platform that counts up the attempt, for which our answer may have been "
    "lost.",
)
"""Looks for events that were delivered again under the same attempt."""
