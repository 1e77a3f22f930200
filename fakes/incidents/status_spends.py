"""Incident `status-spends`: looks at the queue use up the admissions."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from fakes.incidents.setting import Setting


class StatusSpends(Incident):
    """Every look at the queue takes a token out of the event's bucket, as when the same script tells the status and
    admits: who is told that it is his turn finds the door shut, and the longer the line, the fewer get in.
    """

    name = "status-spends"
    rule = "turned_away"
    proof = Proof(
        fakes=("--platform", "deployed", "--events", "1", "--time-scale", "0.2", "--incident", "status-spends"),
        scenario="rush",
        run=("--rate", "40", "--duration", "12s", "--time-scale", "0.2", "--promises", "deployed"),
        counted="turned_away",
        share=0.5,
        unseen="at first the bucket may have been empty for those who came before the run",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 1.0, "count": 0})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._ready: dict[str, bool] = {}
        """What everybody was told last."""
        self._turned_away = 0

    def spend_at_look(self, token: str, *, ready: bool) -> bool:
        """Strikes at any look of one who waits."""
        self._ready[token] = ready
        return self.strikes()

    def was_denied(self, token: str) -> None:
        """Counts those who had been told that it was their turn."""
        self._turned_away += self._ready.get(token, False)

    def facts(self) -> Mapping[str, int]:
        """Looks that took a token, or found none to take, and requests denied to who had been told to come."""
        return {"looks": self.struck, "turned_away": self._turned_away}
