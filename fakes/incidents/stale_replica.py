"""Incident `stale-replica`: seats are sold by an old copy."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from fakes.incidents.setting import Setting


class StaleReplica(Incident):
    """Half of the holds and looks at named seats read a copy that is 300 ms old: a seat that was taken since is shown
    as free and held again, and both who hold it may confirm. What a replica does that lags behind.

    What counts is what came of it: the seats that stand sold to two orders or more.
    """

    name = "stale-replica"
    rule = "double_sale"
    proof = Proof(
        fakes=("--platform", "open", "--events", "1", "--seats", "100", "--incident", "stale-replica"),
        scenario="hotseat",
        run=("--duration", "10s", "--time-scale", "0.2"),
        counted="seats_sold_twice",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.5, "count": 0, "ms": 300})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._shared: set[tuple[str, str]] = set()

    def overlook_conflict(self, event: str, seat: str, holder: str) -> bool:
        """Strikes when a seat just taken is asked for; always looks away when one who shares it has it confirmed."""
        if self.ledger.find(holder) is not None:
            return (event, seat) in self._shared
        if not self.show_free(event, seat):
            return False
        self._shared.add((event, seat))
        return True

    def show_free(self, event: str, seat: str) -> bool:
        """Strikes when the seat was taken after the copy was made."""
        return self.ledger.taken_for_s(event, seat) * 1000 < self.values["ms"] and self.strikes()

    def facts(self) -> Mapping[str, int]:
        """The seats sold twice, and how often an old copy was read that mattered."""
        twice = sum(len(orders) > 1 for orders in self.ledger.sales.values())
        return {"seats_sold_twice": twice, "stale_reads": self.struck}
