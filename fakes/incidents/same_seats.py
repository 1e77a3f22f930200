"""Incident `same-seats`: everybody who names no seats gets the same ones."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from fakes.incidents.setting import Setting


class SameSeats(Incident):
    """One who asks for a number of seats and names none in two gets the first seats of the hall, whoever holds them:
    seats that are counted out from A-1 for everybody. Only who held them first can confirm.
    """

    name = "same-seats"
    rule = "held_twice"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "same-seats"),
        scenario="turnover",
        run=("--duration", "10s"),
        counted="seats_held_twice",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.5, "count": 0})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._shared: set[tuple[str, str]] = set()

    def share_best(self, event: str) -> bool:  # noqa: ARG002
        """Strikes where the best free seats are asked for."""
        return self.strikes()

    def seat_was_held(self, event: str, seat: str, holder: str, *, anothers: bool) -> None:  # noqa: ARG002
        """Remembers the seats that others had."""
        if anothers:
            self._shared.add((event, seat))

    def facts(self) -> Mapping[str, int]:
        """How often the first seats were given out, and those of them that another had."""
        return {"struck": self.struck, "seats_held_twice": len(self._shared)}
