"""Incident `early-expiry`: holds run out before their time."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.short_hold import ShortHold, proof_of


class EarlyExpiry(ShortHold):
    """One hold in two ends when a twentieth of its time is over, as when the store's time to live is another than the
    one that is told.
    """

    name = "early-expiry"
    rule = "hold_ended_early"
    proof = proof_of("early-expiry", counted="holds_ended")
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.5, "count": 0, "share": 0.05})

    def forget_expired(self, reservation: str) -> bool:
        """Forgets none, but counts those that ended too early."""
        self.ends_too_early(reservation)
        return False

    def facts(self) -> Mapping[str, int]:
        """The holds that ended too early; those that were confirmed or given up before did not."""
        return {"holds_ended": self._cut_short}
