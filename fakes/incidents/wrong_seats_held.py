"""Incident `wrong-seats-held`: other seats are held than were asked for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Incident, Proof


class WrongSeatsHeld(Incident):
    """One hold of named seats in ten has the first free seat of the hall in the place of one that was asked for, as
    when a platform puts the next best seat in place of one that is gone and does not ask.
    """

    name = "wrong-seats-held"
    rule = "seats_held_differ"
    proof = Proof(
        fakes=("--platform", "open", "--events", "1", "--seats", "400", "--incident", "wrong-seats-held"),
        scenario="hotseat",
        run=("--duration", "10s"),
        counted="struck",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.1, "count": 0})

    def swap_held(self, event: str, holder: str) -> bool:  # noqa: ARG002
        """Strikes where named seats can be held."""
        return self.strikes()
