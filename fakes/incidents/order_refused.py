"""Incident `order-refused`: who has paid is refused the order."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Incident, Proof


class OrderRefused(Incident):
    """One paid confirmation in ten is refused with INVENTORY_CONFLICT and the money is kept, as when the inventory has
    lost whose the seats are: the buyer has paid for nothing.
    """

    name = "order-refused"
    rule = "paid_without_order"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "order-refused"),
        scenario="flow",
        run=("--rate", "20", "--duration", "8s"),
        counted="struck",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.1, "count": 0})

    def refuse_order(self, reservation: str) -> bool:  # noqa: ARG002
        """Strikes where a paid reservation is confirmed."""
        return self.strikes()
