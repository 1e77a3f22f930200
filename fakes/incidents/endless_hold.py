"""Incident `endless-hold`: holds never run out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from fakes.incidents.setting import Setting


class EndlessHold(Incident):
    """One hold in two that runs out is kept for ever and its seats with it, as when the worker's message about it is
    lost.
    """

    name = "endless-hold"
    rule = "seats_leaked"
    proof = Proof(
        fakes=(
            "--platform",
            "open",
            "--events",
            "1",
            "--seats",
            "400",
            "--time-scale",
            "0.05",
            "--incident",
            "endless-hold@..12s",  # what is kept later, nobody can look for any more
        ),
        scenario="turnover",
        run=("--duration", "15s", "--time-scale", "0.05"),
        counted="seats_kept",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.5, "count": 0})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._kept: set[str] = set()

    def overlook_expiry(self, reservation: str) -> bool:
        """Strikes where a hold runs out."""
        if not self.strikes():
            return False
        self._kept.add(reservation)
        return True

    def facts(self) -> Mapping[str, int]:
        """Holds that were kept, and the seats of those that were neither given up nor confirmed since."""
        held = [hold for hold in map(self.ledger.find, sorted(self._kept)) if hold is not None and not hold.order]
        return {"struck": self.struck, "seats_kept": sum(len(hold.seats) for hold in held)}
