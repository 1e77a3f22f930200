"""Who asks for certain seats gets those, or none.

The seats that a hold states are compared with those that were asked for, whatever their order; where none were named,
their number is compared with the number asked for. Nothing is said of a hold that was denied or not answered, or that
states no seats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.finding import DEFINITE, MAJOR, Rule, Violation
from reports.audit.history import happened
from reports.audit.suspects import about
from reports.audit.witness import witness
from reports.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim


def suspects(history: History) -> Numbers:
    """Leaves out the holds of the very seats, or of as many as were asked for; groups those of one reservation."""
    table = history.table
    wanted = np.zeros(len(table), np.uint64)
    np.add.at(wanted, table.wanted.claim, table.wanted.digest)
    named = np.bincount(table.wanted.claim, minlength=len(table)) > 0
    number = (table.quantity > 0) & (table.quantity != table.seat_count)
    differs = np.where(named, wanted != table.seat_sum, number)
    held = table.where(about("hold", holds=happened)) & (table.seat_count > 0)
    whose = np.where(table.reservation >= 0, table.reservation, table.reservations + np.arange(len(table)))
    return np.where(held & differs, whose, -1)


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each reservation with other seats than were asked for."""
    told: set[str] = set()
    for claim in history.claims:
        if claim.action != "hold" or not happened(claim) or not claim.seats or claim.reservation in told:
            continue
        if _differs(claim):
            told |= {claim.reservation} - {""}
            yield _violation(claim)


def _differs(hold: Claim) -> bool:
    if hold.wanted:
        return sorted(hold.wanted) != sorted(hold.seats)
    return hold.quantity > 0 and hold.quantity != len(hold.seats)


def _violation(hold: Claim) -> Violation:
    asked = f"seats {', '.join(sorted(hold.wanted))}" if hold.wanted else plural(hold.quantity, "seat")
    return Violation(
        DEFINITE,
        f"Reservation {hold.reservation or '(no id)'} asked for {asked} and holds {', '.join(sorted(hold.seats))}.",
        witness(
            [hold],
            event=hold.event,
            seats_wanted=sorted(hold.wanted),
            seats_held=sorted(hold.seats),
            reservations=[hold.reservation],
            users=[hold.user],
        ),
    )


RULE = Rule(
    "seats_held_differ",
    "Who asks for certain seats, or for so many, gets those or none.",
    MAJOR,
    check,
    suspects,
    sees="Every hold that names its seats, beside the request that it answers.",
    blind="Holds that name no seats; what becomes of them later (`seats_confirmed_differ` compares the order).",
)
"""Compares what was asked for with what is held."""
