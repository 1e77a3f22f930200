"""Incident `double-charge`: a reservation is charged twice."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Incident, Proof


class DoubleCharge(Incident):
    """A second payment of a reservation that is paid already goes through: the race between check and act of a till
    that two tabs of one browser use at once.
    """

    name = "double-charge"
    rule = "charged_twice"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "double-charge"),
        scenario="turnover",
        run=("--duration", "10s"),
        counted="struck",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 1.0, "count": 0})

    def overlook_charge(self, reservation: str) -> bool:  # noqa: ARG002
        """Strikes where a second charge would be refused."""
        return self.strikes()
