"""The platform's clock is right, within the skew that is allowed.

An answer that says when something happened (a confirmation, a cancellation, a payment) says it after the fact, and the
fact came after the first request about the same reservation or payment. A time later than the answer, or earlier than
that request, by more than the allowed skew is no time of that fact: definite. Nothing is said of what somebody else
began, and nothing where no time is stated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.finding import DEFINITE, MINOR, Rule, Violation
from reports.audit.history import SECOND_NS
from reports.audit.platform_clock import dates, is_dated
from reports.audit.suspects import stories
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.audit.history import History
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim


def suspects(history: History) -> Numbers:
    """Leaves out the reservations and payments whose stated times lie between the first request and the answer."""
    table = history.table
    row, ahead_ns, behind_ns = dates(table)
    odd = np.zeros(len(table), np.bool_)
    odd[row[(ahead_ns > history.skew_ns) | (behind_ns > history.skew_ns)]] = True
    return stories(table, table.reservations_with(odd), table.intents_with(odd))


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each answer whose time cannot be that of what it tells."""
    began = _began(history)
    for claim in history.claims:
        if not (claim.stated_ns and is_dated(claim)):
            continue
        if not (claim.reservation or claim.intent):
            continue
        ahead_ns = claim.stated_ns - claim.answered_ns
        first = [began[name] for name in _names(claim) if name[1] and name in began]
        behind_ns = min((each.sent_ns for each in first), default=0) - claim.stated_ns
        if ahead_ns > history.skew_ns:
            yield _violation(claim, [], ahead_ns, "after the answer that tells of it")
        elif behind_ns > history.skew_ns:
            yield _violation(claim, first, behind_ns, "before anybody had asked for it")


def _began(history: History) -> dict[tuple[str, str], Claim]:
    """The first request of this run's own about each reservation and each payment."""
    began: dict[tuple[str, str], Claim] = {}
    for claim in history.claims:
        if claim.action in {"hold", "intent"}:
            for name in _names(claim)[:1] if claim.action == "hold" else _names(claim)[1:]:
                began.setdefault(name, claim)
    return began


def _names(claim: Claim) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("reservation", claim.reservation), ("intent", claim.intent)


def _violation(claim: Claim, first: Sequence[Claim], off_ns: int, how: str) -> Violation:
    return Violation(
        DEFINITE,
        f"{claim.method.rpartition('/')[2]} is dated {off_ns / SECOND_NS:.1f} s {how}: the platform's clock is off.",
        witness(
            [*first, claim],
            event=claim.event,
            orders=[claim.order],
            reservations=[claim.reservation],
            intents=[claim.intent],
            users=[claim.user],
        ),
    )


RULE = Rule(
    "clock_skew",
    "The platform's clock is right within the allowed skew.",
    MINOR,
    check,
    suspects,
    sees="The times that answers state for confirmations, cancellations and payments, against the first request of "
    "this run about the same thing and the arrival of the answer.",
    blind="Clocks that are off by less than the allowed skew (1 s unless told otherwise); answers that state no time; "
    "of a clock that is behind, what is dated later than the first request.",
)
"""Compares what the platform dates with the run's own clock."""
