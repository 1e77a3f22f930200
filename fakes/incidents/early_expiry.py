"""Incident `early-expiry`: holds run out before their time."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from fakes.incidents.setting import Setting


class EarlyExpiry(Incident):
    """One hold in two ends when a twentieth of its time is over, as when the store's time to live is another than the
    one that is told.
    """

    name = "early-expiry"
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
            "early-expiry",
        ),
        scenario="turnover",
        run=("--duration", "10s", "--time-scale", "0.1"),
        counted="holds_ended",
        share=0.5,
        unseen="who holds a seat until it runs out, or comes too late, asks only when its time would have been over",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.5, "count": 0, "share": 0.05})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._until_s: dict[str, float] = {}
        """When holds that were cut short should have ended."""
        self._ended = 0

    def hold_life_s(self, reservation: str, told_s: float) -> float:
        """`share` of what is told where it strikes."""
        if not self.strikes():
            return told_s
        self._until_s[reservation] = self._elapsed() + told_s
        return told_s * self.values["share"]

    def forget_expired(self, reservation: str) -> bool:
        """Forgets none, but counts those that ended too early; who extended his hold had his time."""
        self._ended += self._elapsed() < self._until_s.pop(reservation, 0.0)
        return False

    def facts(self) -> Mapping[str, int]:
        """The holds that ended too early; those that were confirmed or given up before did not."""
        return {"holds_ended": self._ended}
