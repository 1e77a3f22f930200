"""Incident `positions-rise`: people fall back in the queue, as far as they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from fakes.incidents.setting import Setting


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
        counted="rises",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.1, "count": 0, "by": 100})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._told: dict[str, int] = {}
        """What everybody was told last."""
        self._rises = 0

    def told_position(self, token: str, joined_at: int, rank: int) -> int:  # noqa: ARG002
        """Adds `by` where it strikes."""
        told = rank + round(self.values["by"]) if self.strikes() else rank
        self._rises += told > self._told.get(token, told)
        self._told[token] = told
        return told

    def facts(self) -> Mapping[str, int]:
        """Looks that were told too much, and those of all looks that were told more than the one before."""
        return {"struck": self.struck, "rises": self._rises}
