"""Incident `drifting-counters`: what is sold is not counted."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from fakes.incidents.setting import Setting


class DriftingCounters(Incident):
    """The seats of one order in ten stay counted as free, as when counters are kept beside the seats and an update is
    lost. The seats themselves are sold once.
    """

    name = "drifting-counters"
    rule = "counters_differ"
    proof = Proof(
        fakes=("--platform", "open", "--events", "1", "--seats", "4000", "--incident", "drifting-counters"),
        scenario="flow",
        run=("--rate", "25", "--duration", "10s"),
        counted="seats_not_counted",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.1, "count": 0})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._seats = 0

    def forget_sale(self, holder: str, seats: int) -> bool:  # noqa: ARG002
        """Strikes where seats were sold."""
        strikes = self.strikes()
        self._seats += seats * strikes
        return strikes

    def facts(self) -> Mapping[str, int]:
        """The orders that were not counted, and their seats."""
        return {"struck": self.struck, "seats_not_counted": self._seats}
