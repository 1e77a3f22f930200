"""An order has exactly the seats that were held for it.

The seats that the confirmation states are compared with those that the hold stated, whatever their order; where the
hold named none, their number is compared. Nothing is said where either is missing or unanswered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.codes import with_several
from reports.audit.finding import CRITICAL, DEFINITE, Rule, Violation
from reports.audit.history import happened
from reports.audit.suspects import about, sold, stories
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History, Reservation
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim


def suspects(history: History) -> Numbers:
    """Leaves out the orders for which whoever names seats names the same, and whoever counts them the same number."""
    table = history.table
    sale, hold = sold(table), table.where(about("hold", holds=happened))
    named = np.where((sale | hold) & (table.seat_count > 0), table.reservation, -1)
    seats = with_several(named, table.seat_sum, table.reservations)
    number = np.where(hold, table.quantity, table.seat_count)
    numbers = with_several(np.where((sale | hold) & (number > 0), table.reservation, -1), number, table.reservations)
    return stories(table, (seats | numbers) & table.reservations_with(sale & (table.seat_count > 0)))


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each order with other seats than were held."""
    for reservation in history.reservations.values():
        for sale in reservation.sold:
            if sale.seats and _differs(sale, reservation):
                yield _violation(sale, reservation)
                break


def _differs(sale: Claim, reservation: Reservation) -> bool:
    held = reservation.held_seats
    if held:
        return sorted(sale.seats) != list(held)
    numbers = {hold.quantity for hold in reservation.holds if happened(hold) and hold.quantity}
    return bool(numbers) and len(sale.seats) not in numbers


def _violation(sale: Claim, reservation: Reservation) -> Violation:
    held = ", ".join(reservation.held_seats) or f"{reservation.holds[0].quantity} unnamed"
    return Violation(
        DEFINITE,
        f"Reservation {reservation.id} held seats {held} and was confirmed with {', '.join(sorted(sale.seats))}.",
        witness(
            [*reservation.holds, sale],
            event=reservation.event,
            seats_held=list(reservation.held_seats),
            seats_confirmed=sorted(sale.seats),
            orders=[sale.order],
            reservations=[reservation.id],
            users=[reservation.user],
        ),
    )


RULE = Rule(
    "seats_confirmed_differ",
    "An order has exactly the seats that were held for it.",
    CRITICAL,
    check,
    suspects,
    sees="The seats that hold and confirmation state, else their number.",
    blind="Answers that name no seats; seats that are changed afterwards (`read_back_differs` compares those).",
)
"""Compares what was held with what was confirmed."""
