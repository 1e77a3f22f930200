"""Incident `invented-token-accepted`: who invents a reservation token gets in."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.faults import UNKNOWN
from fakes.incidents.incident import Proof
from fakes.incidents.lax_door import LaxDoor


class InventedTokenAccepted(LaxDoor):
    """One reservation token in two that nobody was given is accepted, as by a door that takes an error of the token
    store for a yes: programs walk past the queue.
    """

    name = "invented-token-accepted"
    rule = "token_invented"
    proof = Proof(
        fakes=("--platform", "deployed", "--time-scale", "0.1", "--incident", "invented-token-accepted"),
        scenario="cheats",
        run=("--rate", "10", "--duration", "10s", "--time-scale", "0.1"),
        counted="reservations",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.5, "count": 0})
    overlooks = UNKNOWN
