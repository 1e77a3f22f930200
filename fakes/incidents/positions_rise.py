"""Incident `positions-rise`: people fall back in the queue, as far as they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Incident, Proof


class PositionsRise(Incident):
    """One look at the queue in ten is told a position that is 100 too high, as from a counter that another replica has
    moved on already: who was 30th is 130th, and 28th a moment later.
    """

    name = "positions-rise"
    rule = "position_rises"
    proof = Proof(
        fakes=("--platform", "deployed", "--events", "1", "--incident", "positions-rise"),
        scenario="rush",
        run=("--rate", "30", "--duration", "15s"),
        counted="struck",
        share=0.2,
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.1, "count": 0, "by": 100})

    def told_position(self, token: str, joined_at: int, rank: int) -> int:  # noqa: ARG002
        """Adds `by` where it strikes."""
        return rank + round(self.values["by"]) if self.strikes() else rank
