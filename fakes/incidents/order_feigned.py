"""Incident `order-feigned`: an order is told that was never made."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Incident, Proof


class OrderFeigned(Incident):
    """One confirmation in ten is answered with an order and CONFIRMED though nothing was written, as when the
    transaction behind the answer was rolled back: whoever reads the reservation finds it as it was.
    """

    name = "order-feigned"
    rule = "read_back_differs"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "order-feigned"),
        scenario="flow",
        run=("--rate", "20", "--duration", "8s"),
        counted="struck",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.1, "count": 0})

    def feign_order(self, reservation: str) -> bool:  # noqa: ARG002
        """Strikes where a paid reservation is confirmed."""
        return self.strikes()
