"""Incident `wrong-seats-sold`: other seats are sold than were held."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Incident, Proof


class WrongSeatsSold(Incident):
    """One order in ten has the first free seat of the hall in the place of one that was held, as when the inventory
    picks again at confirmation.
    """

    name = "wrong-seats-sold"
    rule = "seats_confirmed_differ"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "wrong-seats-sold"),
        scenario="flow",
        run=("--rate", "20", "--duration", "8s"),
        counted="struck",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.1, "count": 0})

    def swap_sold(self, holder: str) -> bool:  # noqa: ARG002
        """Strikes where a reservation is confirmed."""
        return self.strikes()
