"""Incident `key-conflict-accepted`: one key, two different requests, and both are served."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Proof
from fakes.incidents.lapse import Lapse


class KeyConflictAccepted(Lapse):
    """Another request under a key that was used is served instead of refused with IDEMPOTENCY_CONFLICT, as by a store
    that keeps keys without what they were used for.
    """

    name = "key-conflict-accepted"
    rule = "two_answers_to_one_key"
    proof = Proof(
        fakes=("--platform", "open", "--time-scale", "0.1", "--incident", "key-conflict-accepted"),
        scenario="repeats",
        run=("--rate", "10", "--duration", "10s", "--time-scale", "0.1"),
        counted="keys_done_twice",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 1.0, "count": 0})

    def overlook_key_conflict(self, key: str) -> bool:
        """Strikes when a used key comes with another request."""
        return self.lets_through(key)
