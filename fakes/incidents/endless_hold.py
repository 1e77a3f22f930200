"""Incident `endless-hold`: holds never run out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Incident, Proof


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
            "endless-hold",
        ),
        scenario="turnover",
        run=("--duration", "15s", "--time-scale", "0.05"),
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.5, "count": 0})

    def overlook_expiry(self, reservation: str) -> bool:  # noqa: ARG002
        """Strikes where a hold runs out."""
        return self.strikes()
