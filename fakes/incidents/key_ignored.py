"""Incident `key-ignored`: a repeated key is not recognised."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Proof
from fakes.incidents.lapse import Lapse


class KeyIgnored(Lapse):
    """One repeated key in five is taken for a new one, as a payment simulator does that never looks at keys: the same
    request makes a second thing.
    """

    name = "key-ignored"
    rule = "two_answers_to_one_key"
    proof = Proof(
        fakes=("--platform", "open", "--time-scale", "0.1", "--incident", "key-ignored"),
        scenario="repeats",
        run=("--rate", "10", "--duration", "10s", "--time-scale", "0.1"),
        counted="keys_answered_otherwise",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.2, "count": 0})

    def forget_key(self, key: str, age_s: float, life_s: float) -> bool:  # noqa: ARG002
        """Strikes whenever a key comes again."""
        return self.lets_through(key)
