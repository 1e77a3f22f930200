"""Incident `queue-order-violated`: people are let in before their turn."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from fakes.incidents.setting import Setting


class QueueOrderViolated(Incident):
    """One in ten of those who come is let in whatever the rank and however short the wait, as from a line that is kept
    in several shards of which one is short: who came last goes first.
    """

    name = "queue-order-violated"
    rule = "admitted_out_of_turn"
    proof = Proof(
        fakes=("--platform", "deployed", "--events", "1", "--incident", "queue-order-violated"),
        scenario="rush",
        run=("--rate", "40", "--duration", "15s", "--promises", "deployed"),
        counted="admitted",
        share=0.5,
        unseen="one who was near his turn anyway has passed too few people who are known to stand in line still",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.1, "count": 0})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._favoured: dict[str, bool] = {}
        self._admitted = 0

    def overlook_turn(self, token: str) -> bool:
        """Strikes when it is first asked of somebody, for good."""
        if token not in self._favoured:
            self._favoured[token] = self.strikes()
        return self._favoured[token]

    def was_admitted(self, token: str, *, unpaid: bool) -> None:  # noqa: ARG002
        """Counts those whom it favoured."""
        self._admitted += self._favoured.pop(token, False)

    def facts(self) -> Mapping[str, int]:
        """People who were favoured, and those of them who were let in."""
        return {"favoured": self.struck, "admitted": self._admitted}
