"""Incident `lost-hold`: holds vanish."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.short_hold import ShortHold, proof_of


class LostHold(ShortHold):
    """One hold in three vanishes when a twentieth of its time is over: its seats are free, and nobody knows the
    reservation any more. What a cache does that evicts what is still needed.
    """

    name = "lost-hold"
    rule = "hold_ended_early"
    proof = proof_of("lost-hold", counted="holds_lost")
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.33, "count": 0, "share": 0.05})

    def forget_expired(self, reservation: str) -> bool:
        """Forgets those that it has cut short, once they are gone."""
        return self.ends_too_early(reservation)

    def facts(self) -> Mapping[str, int]:
        """The holds that vanished; those that were confirmed or given up before did not."""
        return {"holds_lost": self._cut_short}
