"""Incident `key-missing-accepted`: a write without a key is served."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Proof
from fakes.incidents.lapse import Lapse


class KeyMissingAccepted(Lapse):
    """A write that brings no idempotency key is served instead of refused with IDEMPOTENCY_REQUIRED: a client that
    forgets the key, and retries, pays twice.
    """

    name = "key-missing-accepted"
    rule = "write_without_key"
    proof = Proof(
        fakes=("--platform", "open", "--time-scale", "0.1", "--incident", "key-missing-accepted"),
        scenario="repeats",
        run=("--rate", "10", "--duration", "10s", "--time-scale", "0.1"),
        counted="done_without_key",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 1.0, "count": 0})

    def overlook_missing_key(self) -> bool:
        """Strikes when a key is missing."""
        return self.lets_through("")
