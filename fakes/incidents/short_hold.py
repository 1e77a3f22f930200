"""Holds that run out before their time: what the incidents have in common whose holds are cut short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from fakes.incidents.setting import Setting


class ShortHold(Incident):
    """Cuts the life of the holds that it strikes to `share` of what is told."""

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._until_s: dict[str, float] = {}
        """When holds that were cut short should have ended."""
        self._cut_short = 0
        """Holds that ended before their time."""

    def hold_life_s(self, reservation: str, told_s: float) -> float:
        """`share` of what is told where it strikes."""
        if not self.strikes():
            return told_s
        self._until_s[reservation] = self._elapsed() + told_s
        return told_s * self.values["share"]

    def ends_too_early(self, reservation: str) -> bool:
        """Whether a hold that runs out had more time, and counts it; who extended his hold had his time."""
        early = self._elapsed() < self._until_s.pop(reservation, 0.0)
        self._cut_short += early
        return early


def proof_of(incident: str, counted: str) -> Proof:
    """How such an incident is driven, at a tenth of all lives."""
    scaled = ("--time-scale", "0.1")
    return Proof(
        fakes=("--platform", "open", "--events", "1", "--seats", "2000", *scaled, "--incident", incident),
        scenario="turnover",
        run=("--duration", "10s", *scaled),
        counted=counted,
        share=0.5,
        unseen="who holds a seat until it runs out, or comes too late, asks only when its time would have been over",
    )
