"""Incident `refund-due`: money is kept for what has ended."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Incident, Proof


class RefundDue(Incident):
    """Nothing is paid back: what was paid for a reservation that then ran out or was cancelled stays taken, as when
    the compensation is written to a queue that nobody reads.
    """

    name = "refund-due"
    rule = "refund_due"
    proof = Proof(
        fakes=(
            "--platform",
            "open",
            "--events",
            "1",
            "--seats",
            "400",
            "--time-scale",
            "0.05",
            "--incident",
            "refund-due",
        ),
        scenario="turnover",
        run=("--duration", "15s", "--time-scale", "0.05"),
        counted="struck",
        share=0.9,
        unseen="a refund may still come when the last reservations of a run are read back",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 1.0, "count": 0})

    def keep_money(self, reservation: str) -> bool:  # noqa: ARG002
        """Strikes where money has to be given back."""
        return self.strikes()
