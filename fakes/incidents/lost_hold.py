"""Incident `lost-hold`: holds vanish."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from fakes.incidents.setting import Setting


class LostHold(Incident):
    """One hold in three vanishes when a twentieth of its time is over: its seats are free, and nobody knows the
    reservation any more. What a cache does that evicts what is still needed.
    """

    name = "lost-hold"
    rule = "hold_ended_early"
    proof = Proof(
        fakes=(
            "--platform",
            "open",
            "--events",
            "1",
            "--seats",
            "2000",
            "--time-scale",
            "0.1",
            "--incident",
            "lost-hold",
        ),
        scenario="turnover",
        run=("--duration", "10s", "--time-scale", "0.1"),
        counted="holds_lost",
        share=0.5,
        unseen="who holds a seat until it runs out, or comes too late, asks only when its time would have been over",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.33, "count": 0, "share": 0.05})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._until_s: dict[str, float] = {}
        """When holds that were cut short should have ended."""
        self._lost = 0

    def hold_life_s(self, reservation: str, told_s: float) -> float:
        """`share` of what is told where it strikes."""
        if not self.strikes():
            return told_s
        self._until_s[reservation] = self._elapsed() + told_s
        return told_s * self.values["share"]

    def forget_expired(self, reservation: str) -> bool:
        """Forgets those that it has cut short, once they are gone; who extended his hold had his time."""
        lost = self._elapsed() < self._until_s.pop(reservation, 0.0)
        self._lost += lost
        return lost

    def facts(self) -> Mapping[str, int]:
        """The holds that vanished; those that were confirmed or given up before did not."""
        return {"holds_lost": self._lost}
