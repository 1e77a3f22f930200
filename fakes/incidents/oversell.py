"""Incident `oversell`: seats are sold twice."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from fakes.incidents.setting import Setting


class Oversell(Incident):
    """A hold on a seat that another holds or has bought is let through with p = 0.05, and both may be confirmed: the
    race between check and act of a store without a transaction.

    The confirmation of who was let through, and of who held the seat before him, then goes through. What counts is not
    how often the incident looked away but what came of it: the seats that stand sold to two orders or more.
    """

    name = "oversell"
    rule = "double_sale"
    proof = Proof(
        fakes=("--platform", "open", "--events", "1", "--seats", "400", "--incident", "oversell"),
        scenario="hotseat",
        run=("--duration", "15s", "--time-scale", "0.2"),
        counted="seats_sold_twice",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.05, "count": 0})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._shared: set[tuple[str, str]] = set()

    def overlook_conflict(self, event: str, seat: str, holder: str) -> bool:
        """Strikes when the seat is asked for; always looks away when one who shares it has it confirmed."""
        if self.ledger.find(holder) is not None:
            return (event, seat) in self._shared
        if not self.strikes():
            return False
        self._shared.add((event, seat))
        return True

    def facts(self) -> Mapping[str, int]:
        """The seats sold twice, and how often a conflict was overlooked when a seat was asked for."""
        twice = sum(len(orders) > 1 for orders in self.ledger.sales.values())
        return {"seats_sold_twice": twice, "conflicts_overlooked": self.struck}
