"""Incident `queue-frozen`: the position that is shown never falls."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from fakes.incidents.setting import Setting


class QueueFrozen(Incident):
    """Half of those who wait are shown the position at which they joined until they are let in, as from a place that is
    written when somebody joins and never again. The line itself moves.
    """

    name = "queue-frozen"
    rule = "position_stands_still"
    proof = Proof(
        fakes=("--platform", "deployed", "--events", "1", "--incident", "queue-frozen"),
        scenario="rush",
        run=("--rate", "30", "--duration", "15s"),
        counted="places",
        share=0.3,
        unseen="whoever is let in before ten of those ahead were cannot tell that his position stood",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.5, "count": 0})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._frozen: dict[str, bool] = {}
        self._looks = 0

    def told_position(self, token: str, joined_at: int, rank: int) -> int:
        """Strikes at one's first look, for good."""
        if token not in self._frozen:
            self._frozen[token] = self.strikes()
        if not self._frozen[token]:
            return rank
        self._looks += joined_at != rank
        return joined_at

    def facts(self) -> Mapping[str, int]:
        """Places in line that were frozen, and looks that were told a position that was over."""
        return {"places": self.struck, "looks": self._looks}
