"""Incident `foreign-token-accepted`: a reservation token is good in anybody's hands."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.faults import ANOTHERS
from fakes.incidents.incident import Proof
from fakes.incidents.lax_door import LaxDoor


class ForeignTokenAccepted(LaxDoor):
    """One reservation token in two that was given to somebody else is accepted, as by a door that looks the token up
    but not whose it is: places in the queue can be sold.
    """

    name = "foreign-token-accepted"
    rule = "token_of_another"
    proof = Proof(
        fakes=("--platform", "deployed", "--time-scale", "0.1", "--incident", "foreign-token-accepted"),
        scenario="cheats",
        run=("--rate", "10", "--duration", "10s", "--time-scale", "0.1"),
        counted="reservations",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.5, "count": 0})
    overlooks = ANOTHERS
