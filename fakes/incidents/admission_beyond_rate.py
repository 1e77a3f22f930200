"""Incident `admission-beyond-rate`: more people are let in than the event's bucket allows."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from fakes.incidents.setting import Setting


class AdmissionBeyondRate(Incident):
    """The event's bucket is not looked at: everybody up to the last rank who has waited is let in, as when each of many
    replicas has a bucket of its own. The crowd comes in as fast as it asks.
    """

    name = "admission-beyond-rate"
    rule = "admitted_too_fast"
    # Ranks show from outside only where people are passed: by others of their band, while they do not look.
    proof = Proof(
        fakes=("--platform", "deployed", "--events", "1", "--incident", "admission-beyond-rate"),
        scenario="queue",
        run=("--rate", "50", "--duration", "15s", "--promises", "deployed"),
        counted="unpaid",
        share=0.3,
        unseen="who is let in shows his rank only where people who had come before are known to stand in line still",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 1, "count": 0})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._unpaid = 0

    def overlook_bucket(self, event: str) -> bool:  # noqa: ARG002
        """Strikes at a look or a request for admission that finds the bucket empty."""
        return self.strikes()

    def was_admitted(self, token: str, *, unpaid: bool) -> None:  # noqa: ARG002
        """Counts those for whom there was no token."""
        self._unpaid += unpaid

    def facts(self) -> Mapping[str, int]:
        """How often an empty bucket was overlooked, and the people let in without a token of it."""
        return {"struck": self.struck, "unpaid": self._unpaid}
