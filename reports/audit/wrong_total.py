"""What a reservation costs is what its seats cost, and that is what is paid.

Definite is a total beside other prices of the same seats in the same answer, another total in a later answer about the
same seats, and a payment of which the platform tells another amount than it was asked for. Possible is a total that
only differs from the prices at which this person was shown the seats before: a price may change until they are held.
Of a reservation that has ended nothing is said, nor of an answer that leaves a price or the total out. Where no total
of the whole run is what its seats cost, the platform has something in all of them that stands at no seat, such as a
booking fee: then totals are held against each other alone, not against prices.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from reports.audit.finding import CRITICAL, DEFINITE, POSSIBLE, Rule, Violation
from reports.audit.history import COMPLETED, CONFIRMED, happened, statement
from reports.audit.suspects import stories
from reports.audit.witness import witness
from reports.wording import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History, Payment
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim

_STANDING = frozenset({"PENDING", "HOLD", CONFIRMED})
_PAID = frozenset({"PENDING", "PROCESSING", COMPLETED})


def suspects(history: History) -> Numbers:
    """Leaves out the reservations and payments of which one amount alone is told, the price of the seats."""
    table, stated = history.table, history.table.stated
    wanted = stated.reservations.copy()
    if history.of_all.adds_up:
        odd = table.reservation[stated.odd]
        wanted[odd[odd >= 0]] = True
    return stories(table, wanted, stated.intents)


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each reservation with a wrong total, and for each other payment of a wrong amount."""
    for reservation in history.reservations.values():
        totals = [claim for claim in reservation if _states_total(claim)]
        violation = _changed(totals)
        if history.of_all.adds_up:
            violation = _by_itself(totals) or violation or _as_shown(totals)
        if violation is not None:
            yield violation
    for payment in history.payments.values():
        yield from _of_payment(payment)


def _told(claim: Claim) -> bool:
    return bool(claim.amount or claim.currency)


def _states_total(claim: Claim) -> bool:
    """It says what a reservation costs that stands."""
    held = claim.action == "hold" and happened(claim)
    return _told(claim) and (held or (claim.action == "read" and statement(claim) in _STANDING))


def _by_itself(totals: list[Claim]) -> Violation | None:
    for claim in totals:
        if claim.worth and claim.worth != claim.amount:
            return _violation(
                DEFINITE, f"is said to cost {_money(claim)}, its seats {number(claim.worth)} in the same answer", claim
            )
    return None


def _changed(totals: list[Claim]) -> Violation | None:
    for said, later in combinations(totals, 2):
        asked_after = later.sent_ns >= said.answered_ns
        same_seats = not (said.seats and later.seats) or sorted(said.seats) == sorted(later.seats)
        if asked_after and same_seats and _differ(said, later):
            return _violation(DEFINITE, f"was said to cost {_money(said)}, and later {_money(later)}", said, later)
    return None


def _as_shown(totals: list[Claim]) -> Violation | None:
    for claim in totals:
        if claim.quoted and claim.quoted != claim.amount:
            return _violation(
                POSSIBLE, f"is said to cost {_money(claim)}, its seats were shown for {number(claim.quoted)}", claim
            )
    return None


def _of_payment(payment: Payment) -> Iterator[Violation]:
    """Compares what was to be paid with what the platform says it is or was."""
    asked = [opened for opened in payment.opened if happened(opened) and _told(opened)]
    stated = [read for read in payment.reads if _told(read) and statement(read) in _PAID]
    for opened in asked[:1]:
        wrong = next((read for read in stated if _differ(opened, read)), None)
        if wrong is not None:
            yield Violation(
                DEFINITE,
                f"Payment {payment.id} was opened for {_money(opened)} and is one of {_money(wrong)}.",
                _witness(opened, wrong),
            )


def _differ(one: Claim, other: Claim) -> bool:
    """They tell different amounts; of different currencies nothing is said."""
    return one.amount != other.amount and one.currency == other.currency


def _money(claim: Claim) -> str:
    return f"{number(claim.amount)} {claim.currency}".strip()


def _violation(certainty: str, what: str, *claims: Claim) -> Violation:
    return Violation(certainty, f"Reservation {claims[0].reservation} {what}.", _witness(*claims))


def _witness(*claims: Claim) -> dict[str, object]:
    first, last = claims[0], claims[-1]
    return witness(
        claims,
        event=first.event or last.event,
        seats=sorted(first.seats),
        reservations=sorted({claim.reservation for claim in claims}),
        intents=sorted({claim.intent for claim in claims}),
        users=[first.user],
    )


RULE = Rule(
    "wrong_total",
    "What a reservation costs is what its seats cost, and that is what is paid.",
    CRITICAL,
    check,
    suspects,
    sees="The total of every reservation beside the prices of its seats in the same answer, the totals of later "
    "answers, the prices at which this run's own people were shown the seats before, and the amount of every payment "
    "as opened and as read.",
    blind="Answers that leave out the total or the price of a seat; a platform that puts a fee into every total of the "
    "run, which cannot be told from one that adds all of them up wrongly; amounts in different currencies; a total "
    "that was always wrong where no answer shows a price; a price that changes between the look and the hold, which "
    "stays at possible; what a provider really charges.",
)
"""Compares totals with prices."""
