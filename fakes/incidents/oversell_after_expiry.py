"""Incident `oversell-after-expiry`: who comes too late is served though the seats are another's."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from fakes.incidents.setting import Setting


class OversellAfterExpiry(Incident):
    """A hold that has run out frees its seats, and may be confirmed all the same: reservation and inventory each have a
    clock of their own, and nobody asks the other. Who bought the seats meanwhile has them too.
    """

    name = "oversell-after-expiry"
    rule = "double_sale"
    proof = Proof(
        fakes=(
            *("--platform", "open", "--events", "1", "--seats", "80", "--time-scale", "0.05"),
            *("--incident", "oversell-after-expiry"),
        ),
        scenario="turnover",
        run=("--duration", "15s", "--time-scale", "0.05"),
        counted="seats_sold_twice",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 1.0, "count": 0})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._shared: set[tuple[str, str]] = set()

    def free_expired(self, holder: str) -> bool:
        """Strikes where a hold runs out; its seats may then be sold to it and to whoever holds them next."""
        if not self.strikes():
            return False
        self._shared.update(self.ledger.seats_of(holder))
        return True

    def overlook_conflict(self, event: str, seat: str, holder: str) -> bool:
        """Looks away when one of those who have such a seat has it confirmed, never when it is asked for."""
        return self.ledger.find(holder) is not None and (event, seat) in self._shared

    def facts(self) -> Mapping[str, int]:
        """The seats sold twice, and the holds that ran out and went on."""
        twice = sum(len(orders) > 1 for orders in self.ledger.sales.values())
        return {"seats_sold_twice": twice, "holds_outlived": self.struck}
