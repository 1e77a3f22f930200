"""Incident `seats-kept-after-cancellation`: who cancels gives nothing back."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from fakes.incidents.setting import Setting


class SeatsKeptAfterCancellation(Incident):
    """One reservation in two that is cancelled keeps its seats for ever, as when the message that frees them is lost:
    the buyer is told that all is well, and nobody can buy them.
    """

    name = "seats-kept-after-cancellation"
    rule = "counters_differ"
    proof = Proof(
        fakes=(
            "--platform",
            "open",
            "--events",
            "1",
            "--seats",
            "4000",
            "--incident",
            "seats-kept-after-cancellation",
        ),
        scenario="abandon",
        run=("--rate", "25", "--duration", "10s", "--sole-buyer"),
        counted="seats_kept",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.5, "count": 0})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._seats = 0

    def keep_seats(self, reservation: str, seats: int) -> bool:  # noqa: ARG002
        """Strikes where a reservation is cancelled."""
        strikes = self.strikes()
        self._seats += seats * strikes
        return strikes

    def facts(self) -> Mapping[str, int]:
        """The cancellations that freed nothing, and their seats."""
        return {"struck": self.struck, "seats_kept": self._seats}
