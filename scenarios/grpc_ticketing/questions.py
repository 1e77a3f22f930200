"""Open questions: what a missing or useless answer leaves unsaid of seats, orders and money, until a read says it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from contracts.outcomes import DID_NOT, HAPPENED, MAY_HAVE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tacorush.evidence.records import Claim


class Question(NamedTuple):
    """One thing to ask."""

    about: str
    """reservation, payment (by its intent), reservations (of a user), payments (of a user and reservation), hold (a
    reservation that was left to run out), refund (a payment, by its intent, that may have been for nothing)."""
    name: str
    """The id: of the reservation, the intent, the user, the reservation that is paid."""
    user: str
    not_before_ns: int = 0
    """The answer says something from then on, by the run's clock: the stated end of a hold."""


_ABOUT: Mapping[str, str] = MappingProxyType(
    {
        "hold": "reservation",
        "extend": "reservation",
        "sale": "reservation",
        "cancel": "reservation",
        "intent": "payment",
        "charge": "payment",
        "void": "payment",
    }
)
"""Action of a claim that may have happened to what must be asked about; a read leaves nothing open."""

_PASSING = frozenset({"", "PENDING", "HOLD", "PROCESSING"})
"""Statuses that may still change because of the call that was not answered."""


_SETTLED = frozenset({"REFUNDED", "CANCELLED", "FAILED", "CONFIRMED"})
"""Statuses of a payment that is not owed back, and of the order that it paid for."""


def leaves_open(claim: Claim) -> bool:
    """Says if a claim leaves a question: what may have happened, a confirmation denied, a payment still under way.

    Whoever has paid must not be left without an order, nor money move unseen because its owner stopped looking.
    """
    if claim.effect == MAY_HAVE:
        return True
    denied = claim.action == "sale" and claim.effect == DID_NOT
    return denied or (claim.action == "charge" and claim.effect == HAPPENED and claim.status in _PASSING)


class Questions:
    """The open questions of one journey."""

    __slots__ = ("_held", "_kept", "_open")

    def __init__(self) -> None:
        self._open: dict[Question, None] = {}
        self._held: dict[str, Question] = {}
        """Holds by reservation, until somebody says what became of them."""
        self._kept: dict[str, Question] = {}
        """Payments by intent that were taken, until there is an order or the money is back."""

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Question]:
        return iter(list(self._open))

    @property
    def left(self) -> list[Question]:
        """What was left behind, save what is asked about anyhow: holds, and payments without an order."""
        asked = {question.name for question in self._open}
        return [question for question in (*self._held.values(), *self._kept.values()) if question.name not in asked]

    def follow(self, claim: Claim) -> None:
        """Takes in any answer: who still holds seats, and who has paid and has no order, is asked about at the end."""
        if claim.effect != HAPPENED:
            return
        action, status = claim.action, claim.status
        if action == "hold" and claim.reservation:
            self._held[claim.reservation] = Question("hold", claim.reservation, claim.user, claim.expires_ns)
        elif action in {"sale", "cancel"} or (action == "read" and status not in _PASSING):
            self._held.pop(claim.reservation, None)
        if action == "sale" or status in _SETTLED:
            self._kept.pop(claim.intent, None)
        elif status == "COMPLETED" and claim.intent:
            self._kept[claim.intent] = Question("refund", claim.intent, claim.user)

    def open(self, claim: Claim) -> None:
        """Takes in a write that leaves a question."""
        about = _ABOUT.get(claim.action)
        if about is not None:
            self._open[_question(about, claim)] = None

    def answer(self, claim: Claim) -> None:
        """Takes in a read: what it states as final about a reservation or payment is no question any more."""
        if not self._open or claim.outcome == "unknown" or claim.status in _PASSING:
            return
        for about in ("reservation", "payment"):
            name = claim.reservation if about == "reservation" else claim.intent
            self._open.pop(Question(about, name, claim.user), None)


def _question(about: str, claim: Claim) -> Question:
    if about == "reservation" and not claim.reservation:
        return Question("reservations", claim.user, claim.user)
    if about == "payment" and not claim.intent:
        return Question("payments", claim.reservation, claim.user)
    return Question(about, claim.reservation if about == "reservation" else claim.intent, claim.user)
