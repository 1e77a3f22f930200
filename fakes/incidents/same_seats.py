"""Incident `same-seats`: everybody who names no seats gets the same ones."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Incident, Proof


class SameSeats(Incident):
    """One who asks for a number of seats and names none in two gets the first seats of the hall, whoever holds them:
    seats that are counted out from A-1 for everybody. Only who held them first can confirm.
    """

    name = "same-seats"
    rule = "held_twice"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "same-seats"),
        scenario="turnover",
        run=("--duration", "10s"),
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.5, "count": 0})

    def share_best(self, event: str) -> bool:  # noqa: ARG002
        """Strikes where the best free seats are asked for."""
        return self.strikes()
