"""Incident `ghosts-kept`: who has gone without a word keeps his place at the head of the line."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from fakes.incidents.setting import Setting


class GhostsKept(Incident):
    """Nobody is dropped from the line for his silence, as when the keys of the heartbeat have no time to live: who went
    without a word comes to its head, never asks to be let in, and pushes everybody behind back by a rank.
    """

    name = "ghosts-kept"
    rule = "place_outlived_silence"
    proof = Proof(
        fakes=("--platform", "deployed", "--events", "1", "--time-scale", "0.02", "--incident", "ghosts-kept"),
        scenario="ghosts",
        run=("--rate", "20", "--duration", "10s", "--time-scale", "0.02", "--promises", "deployed"),
        counted="told_a_place",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 1.0, "count": 0})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._kept: set[str] = set()
        self._told: set[str] = set()

    def keep_silent(self, token: str) -> bool:
        """Strikes where somebody has been silent for too long."""
        if not self.strikes():
            return False
        self._kept.add(token)
        return True

    def told_position(self, token: str, joined_at: int, rank: int) -> int:  # noqa: ARG002
        """Leaves it as it is, and remembers who looks again."""
        if token in self._kept:
            self._told.add(token)
        return rank

    def facts(self) -> Mapping[str, int]:
        """The places that were kept, and those of them whose owners looked again and were told that they stand."""
        return {"places_kept": len(self._kept), "told_a_place": len(self._told)}
