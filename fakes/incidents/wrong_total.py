"""Incident `wrong-total`: a reservation costs more than its seats."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Incident, Proof


class WrongTotal(Incident):
    """The total of one reservation in ten has a fee of 5,000 in it that stands at no seat, and is paid with it, as when
    a price is kept in two places and only one of them is changed.
    """

    name = "wrong-total"
    rule = "wrong_total"
    proof = Proof(
        fakes=("--platform", "open", "--events", "1", "--seats", "4000", "--incident", "wrong-total"),
        scenario="flow",
        run=("--rate", "25", "--duration", "10s"),
        counted="struck",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.1, "count": 0, "fee": 5000})

    def total_of(self, reservation: str, price: int) -> int:  # noqa: ARG002
        """Strikes where a reservation is made."""
        return price + round(self.values["fee"]) if self.strikes() else price
