"""Witnesses: the ids of a violation and the chain of calls that shows it, as plain values for JSON and pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tacorush.evidence.records import Claim

_SHOWN = (
    "method",
    "action",
    "journey",
    "kind",
    "sent_ns",
    "answered_ns",
    "outcome",
    "code",
    "effect",
    "status",
    "event",
    "seats",
    "reservation",
    "order",
    "intent",
    "payment",
    "amount",
    "currency",
    "worth",
    "quoted",
    "user",
    "key",
    "expires_ns",
    "token",
    "shown",
    "position",
    "wait_s",
    "stated_ns",
    "trace",
)
_ALWAYS = frozenset({"journey", "sent_ns", "answered_ns"})


def call(claim: Claim) -> dict[str, Any]:
    """Returns what a claim says, without its empty fields."""
    shown = {name: getattr(claim, name) for name in _SHOWN}
    shown["seats"] = list(claim.seats)
    return {name: value for name, value in shown.items() if value or name in _ALWAYS}


def witness(claims: Iterable[Claim], **facts: object) -> dict[str, Any]:
    """Returns the facts that are not empty and the calls in the order of their sends, each once; lists lose what is
    empty in them.
    """
    chain: list[Claim] = []
    for claim in claims:
        if not any(claim is known for known in chain):
            chain.append(claim)
    chain.sort(key=lambda claim: (claim.sent_ns, claim.answered_ns))
    told = {name: _without_empty(value) for name, value in facts.items()}
    return {name: value for name, value in told.items() if value} | {"calls": [call(claim) for claim in chain]}


def _without_empty(value: object) -> object:
    """An id that an answer left out is none."""
    return [each for each in value if each != ""] if isinstance(value, list) else value
