"""Incident `cancelled-order`: an order is cancelled like a hold."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Incident, Proof


class CancelledOrder(Incident):
    """Whoever asks to cancel an order is obeyed: its seats are freed and sold again, and its money is kept. What a
    service does that does not look what has become of the hold.
    """

    name = "cancelled-order"
    rule = "order_cancelled"
    proof = Proof(
        fakes=("--platform", "open", "--events", "1", "--seats", "400", "--incident", "cancelled-order"),
        scenario="turnover",
        run=("--duration", "10s", "--time-scale", "0.2"),
        counted="struck",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 1.0, "count": 0})

    def cancel_order(self, reservation: str) -> bool:  # noqa: ARG002
        """Strikes where an order is asked to be cancelled."""
        return self.strikes()
