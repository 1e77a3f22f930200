"""The way to a ticket: how many journeys reached each station, and of which kind were those that came no farther.

A station counts as reached when an answer proves it. The claims are read by columns: millions cost no objects.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from reports.figures import ADMISSION_WAIT, JOURNEY_TOTAL
from reports.pages.material import Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.audit.claim_table import ClaimTable
    from reports.calls import Cell
    from tacorush.evidence.records import Claim

_PAYS = frozenset({"charge", "read"})
STATIONS = (("Held seats", "hold"), ("Paid", "paid"), ("Got the ticket", "sale"))
"""What the stations behind the door are called, and which claims prove them: see `station_of`."""


def funnel(claims: ClaimTable, own: Sequence[Cell], journeys: int, queued: bool) -> tuple[Step, ...]:
    """The stations in their order; a run whose scenario joins no queue has the first alone.

    `own` are the cells of journeys' times, `journeys` is how many began.
    """
    names, reached = ["Began"], [_counted(own, JOURNEY_TOTAL)]
    if queued:
        names += ["Admitted", *(name for name, _ in STATIONS)]
        reached += [_counted(own, ADMISSION_WAIT), *(_reached(claims, station) for _, station in STATIONS)]
    amounts = [journeys, *(by_kind.total() for by_kind in reached[1:])]
    lost = [(), *(_lost(before, after) for before, after in pairwise(reached))]
    return tuple(Step(*row) for row in zip(names, amounts, lost, strict=True))


def _counted(own: Sequence[Cell], measure: str) -> Counter[str]:
    """Journeys by kind that a time was measured of; every journey has it at most once."""
    found: Counter[str] = Counter()
    for cell in own:
        if cell.key.measure == measure:
            found[cell.key.journey] += cell.tally.count
    return found


def _reached(claims: ClaimTable, station: str) -> Counter[str]:
    """Journeys by kind that a claim proves to have reached a station."""
    proved = claims.where(lambda claim: station_of(claim) == station) & (claims.journey >= 0)
    kinds = sorted({example.kind for example in claims.examples})
    found = {kind: np.unique(claims.journey[proved & _of(claims, kind)]).size for kind in kinds}
    return Counter({kind: int(amount) for kind, amount in found.items() if amount})


def _of(claims: ClaimTable, kind: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return claims.where(lambda claim: claim.kind == kind)


def _lost(before: Mapping[str, int], after: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Kinds of journeys with how many came no farther, most first."""
    gone = {kind: amount - after.get(kind, 0) for kind, amount in before.items()}
    return tuple(sorted(((kind, n) for kind, n in gone.items() if n > 0), key=lambda row: (-row[1], row[0])))


def station_of(claim: Claim) -> str:
    """The station of the way to a ticket that a claim proves to be reached; empty for none."""
    if claim.action in ("hold", "sale"):
        return claim.action if claim.effect == "happened" else ""
    return "paid" if claim.action in _PAYS and claim.status == "COMPLETED" else ""
