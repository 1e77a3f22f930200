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
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.05, "count": 0})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._let_through: set[tuple[str, str]] = set()
        self._shared: set[tuple[str, str]] = set()

    def overlook_conflict(self, event: str, seat: str, holder: str) -> bool:
        """Strikes where a seat is asked for, never where it is sold."""
        if self.ledger.find(holder) is not None or not self.strikes():
            return False
        self._let_through.add((event, seat))
        return True

    def seat_was_held(self, event: str, seat: str, holder: str, *, anothers: bool) -> None:  # noqa: ARG002
        """Remembers what came of it: a hold whose other seats are taken comes to nothing."""
        if anothers and (event, seat) in self._let_through:
            self._shared.add((event, seat))

    def facts(self) -> Mapping[str, int]:
        """The seats that were held a second time."""
        return {"seats_held_twice": len(self._shared)}
