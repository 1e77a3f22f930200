"""How many orders and seats a run bought and how contended they were, counted over the columns of all claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from contracts.outcomes import UNSENT_CODE
from reports.audit.codes import latest, with_several
from reports.audit.history import happened
from reports.audit.suspects import RESERVATION_TOPICS, about, proofs, sold
from tacorush.evidence.claim_columns import mixed

if TYPE_CHECKING:
    from reports.audit.claim_table import ClaimTable, Mask
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim

_RESERVES = "CreateReservation"


class Totals(NamedTuple):
    """What was bought."""

    orders: int
    """Reservations known to be confirmed."""
    seats_sold: int
    """Their seats: Reservation.quantity of each."""


def totals(table: ClaimTable) -> Totals:
    """Counts orders and their seats."""
    bought = table.reservations_with(proofs(table))
    return Totals(int(bought.sum()), int(quantities(table, bought)[bought].sum()))


def contended_seats(table: ClaimTable) -> int:
    """Returns how many seats two or more journeys asked CreateReservation for."""
    asked = table.where(_asks)
    rows = table.wanted.claim[asked[table.wanted.claim]]
    place = mixed(table.event[rows], table.wanted.digest[asked[table.wanted.claim]])
    seats, codes = np.unique(place, return_inverse=True)
    return int(with_several(codes.astype(np.int32), table.journey[rows], len(seats)).sum())


def _asks(claim: Claim) -> bool:
    return claim.action == "hold" and claim.method.endswith(_RESERVES) and claim.code != UNSENT_CODE


def quantities(table: ClaimTable, bought: Mask) -> Numbers:
    """Returns how many seats each of these reservations is about, by its number.

    They are those named by the best claim, else as many as were asked for.
    """
    told = (table.reservation >= 0) & table.where(about(*RESERVATION_TOPICS))
    found = latest(np.where(told, table.reservation, -1), table.quantity, table.reservations)
    rank = np.select(
        [sold(table), proofs(table), table.where(about("hold", holds=happened)), table.where(about("hold"))],
        [0, 1, 2, 3],
        default=4,
    ).astype(np.int8)
    rows = np.flatnonzero((table.reservation >= 0) & (table.seat_count > 0) & (rank < 4))
    rows = rows[bought[table.reservation[rows]]]
    found[table.reservation[rows]] = table.seat_count[rows]
    odd = with_several(table.reservation[rows], table.seat_count[rows], table.reservations)
    rows = rows[odd[table.reservation[rows]]]
    rows = rows[np.lexsort((table.answered_ns[rows], table.sent_ns[rows], rank[rows]))][::-1]
    found[table.reservation[rows]] = table.seat_count[rows]  # of several the last assigned stays: the best and earliest
    return found
