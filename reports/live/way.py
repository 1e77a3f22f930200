"""The way to a ticket so far, and the seats seen with two orders, from the claims of each delta as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.audit.claim_table import ClaimTable
from reports.pages.way import STATIONS, station_of
from tacorush.evidence.oversold import Oversold
from tacorush.evidence.packed_claims import PackedClaims
from tacorush.evidence.records import SEAT_ACTIONS, Claim, SeatNews

if TYPE_CHECKING:
    from collections.abc import Iterable

_STATIONS = (("Admitted", "admission"), *STATIONS)
"""Journeys tell of their admission when they end; while they are under way, the door's own answer does."""


class Way:
    """Journeys by the stations that answers prove, each counted once."""

    def __init__(self) -> None:
        self._reached: dict[str, set[int]] = {station: set() for _, station in _STATIONS}
        self.oversold = Oversold()

    def __repr__(self) -> str:
        return f"<Way {self.reached()}>"

    def take(self, packed: Iterable[tuple[bytes, int]]) -> None:
        """Takes in the packed claims of deltas, in the order in which they came."""
        for octets, count in packed:
            claims = ClaimTable(PackedClaims.of_octets(octets, count))
            for station, journeys in self._reached.items():
                proved = claims.where(lambda claim, station=station: _proves(claim) == station)  # type: ignore[misc]
                journeys.update(np.unique(claims.journey[proved & (claims.journey >= 0)]).tolist())
            seats = np.flatnonzero(claims.where(_of_seats))
            self.oversold.see(map(_news, claims.claims(seats)))

    def reached(self) -> tuple[tuple[str, int], ...]:
        """How many journeys came to each station, in their order."""
        return tuple((name, len(self._reached[station])) for name, station in _STATIONS)


def _proves(claim: Claim) -> str:
    return claim.action if claim.action == "admission" and claim.effect == "happened" else station_of(claim)


def _of_seats(claim: Claim) -> bool:
    return claim.action in SEAT_ACTIONS and claim.effect == "happened"


def _news(claim: Claim) -> SeatNews:
    return SeatNews(claim.action, claim.event, claim.seats, claim.reservation, claim.order)
