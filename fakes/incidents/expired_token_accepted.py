"""Incident `expired-token-accepted`: a reservation token is good for longer than was said."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.faults import RUN_OUT
from fakes.incidents.incident import Proof
from fakes.incidents.lax_door import LaxDoor


class ExpiredTokenAccepted(LaxDoor):
    """One reservation token in two that has run out is accepted all the same, as from a store whose expiry is only
    swept now and then: seats go to those who should queue again.
    """

    name = "expired-token-accepted"
    rule = "token_outlived"
    proof = Proof(
        fakes=("--platform", "deployed", "--time-scale", "0.1", "--incident", "expired-token-accepted"),
        scenario="cheats",
        run=("--rate", "10", "--duration", "10s", "--time-scale", "0.1"),
        counted="reservations",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.5, "count": 0})
    overlooks = RUN_OUT
