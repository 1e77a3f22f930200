"""Incident `key-forgotten`: keys are forgotten long before their 300 s are over."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Proof
from fakes.incidents.lapse import Lapse


class KeyForgotten(Lapse):
    """A key is forgotten after a twentieth of its life (15 s of 300), as by a cache that is too small or loses its
    entries: who repeats a request later than that has it done again.
    """

    name = "key-forgotten"
    rule = "two_answers_to_one_key"
    proof = Proof(
        fakes=("--platform", "open", "--time-scale", "0.1", "--incident", "key-forgotten"),
        scenario="repeats",
        run=("--rate", "10", "--duration", "10s", "--time-scale", "0.1"),
        counted="keys_done_twice",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 1.0, "count": 0, "share": 0.05})

    def forget_key(self, key: str, age_s: float, life_s: float) -> bool:
        """Strikes after this `share` of the key's life."""
        return age_s >= self.values["share"] * life_s and self.lets_through(key)
