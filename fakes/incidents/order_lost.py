"""Incident `order-lost`: an order is forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Incident, Proof


class OrderLost(Incident):
    """One reservation in ten is forgotten as soon as its order was told, as when a replica dies before it has passed
    the write on; its seats stay sold and its money taken.
    """

    name = "order-lost"
    rule = "read_back_differs"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "order-lost"),
        scenario="flow",
        run=("--rate", "20", "--duration", "8s"),
        counted="struck",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.1, "count": 0})

    def lose_order(self, reservation: str) -> bool:  # noqa: ARG002
        """Strikes where an order has just been made."""
        return self.strikes()
