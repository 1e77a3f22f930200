"""Incident `held-twice`: a seat is held for two."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from fakes.incidents.setting import Setting


class HeldTwice(Incident):
    """One hold in twenty of a seat that another holds goes through, and only the first of the two can confirm: a hold
    is written without a look, and the sale alone is checked.
    """

    name = "held-twice"
    rule = "held_twice"
    proof = Proof(
        fakes=("--platform", "open", "--events", "1", "--seats", "400", "--incident", "held-twice"),
        scenario="turnover",
        run=("--duration", "10s", "--time-scale", "0.2"),
        counted="seats_held_twice",
        share=0.5,
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.05, "count": 0})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._shared: set[tuple[str, str]] = set()

    def overlook_conflict(self, event: str, seat: str, holder: str) -> bool:
        """Strikes where a seat is asked for, never where it is sold."""
        if self.ledger.find(holder) is not None or not self.strikes():
            return False
        self._shared.add((event, seat))
        return True

    def facts(self) -> Mapping[str, int]:
        """The seats for which a second hold was let through; one whose other seats are taken comes to nothing."""
        return {"seats_held_twice": len(self._shared)}
