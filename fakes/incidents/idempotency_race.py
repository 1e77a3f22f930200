"""Incident `idempotency-race`: two concurrent requests with one key are both served."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Proof
from fakes.incidents.lapse import Lapse


class IdempotencyRace(Lapse):
    """A key that comes again within 30 ms of its first use is taken for a new one: the race between check and act of a
    store without a conditional write, which a double click runs into.
    """

    name = "idempotency-race"
    rule = "two_answers_to_one_key"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "idempotency-race"),
        scenario="double-click",
        run=("--duration", "10s"),
        counted="keys_done_twice",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 1.0, "count": 0, "ms": 30})

    def forget_key(self, key: str, age_s: float, life_s: float) -> bool:  # noqa: ARG002
        """Strikes within `ms` milliseconds."""
        return age_s < self.values["ms"] / 1000 and self.lets_through(key)
