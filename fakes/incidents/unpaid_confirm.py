"""Incident `unpaid-confirm`: reservations are confirmed that nobody has paid."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Incident, Proof


class UnpaidConfirm(Incident):
    """A confirmation before the payment is COMPLETED goes through, as when a service takes the client's word for it,
    or makes up a payment where it could not ask.
    """

    name = "unpaid-confirm"
    rule = "sale_without_payment"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "unpaid-confirm"),
        scenario="turnover",
        run=("--duration", "10s"),
        counted="struck",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 1.0, "count": 0})

    def overlook_unpaid(self, reservation: str, intent: str) -> bool:  # noqa: ARG002
        """Strikes where somebody confirms unpaid."""
        return self.strikes()
