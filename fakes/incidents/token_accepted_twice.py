"""Incident `token-accepted-twice`: a reservation token buys more than one reservation."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.faults import SPENT
from fakes.incidents.incident import Proof
from fakes.incidents.lax_door import LaxDoor


class TokenAcceptedTwice(LaxDoor):
    """One reservation token in two that was spent is accepted once more, as by a door that reads the token and strikes
    it off in two steps: who was let in once takes seats twice.
    """

    name = "token-accepted-twice"
    rule = "token_spent_twice"
    proof = Proof(
        fakes=("--platform", "deployed", "--time-scale", "0.1", "--incident", "token-accepted-twice"),
        scenario="cheats",
        run=("--rate", "10", "--duration", "10s", "--time-scale", "0.1"),
        counted="reservations",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.5, "count": 0})
    overlooks = SPENT
