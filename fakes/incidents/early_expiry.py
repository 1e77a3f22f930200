"""Incident `early-expiry`: holds run out before their time."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Incident, Proof


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
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.5, "count": 0, "share": 0.05})

    def hold_life_s(self, reservation: str, told_s: float) -> float:  # noqa: ARG002
        """`share` of what is told where it strikes."""
        return told_s * self.values["share"] if self.strikes() else told_s
