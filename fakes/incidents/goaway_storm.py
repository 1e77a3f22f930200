"""Incident `goaway-storm`: connections are ended with GOAWAY again and again."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof, Trouble

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from contracts.catalogue import Method


class GoawayStorm(Incident):
    """One call in fifty has its connection ended with GOAWAY (ENHANCE_YOUR_CALM, too_many_pings), as servers do to
    clients that ping too often: what was under way is done and never answered.
    """

    name = "goaway-storm"
    rule = "Availability"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "goaway-storm"),
        scenario="flow",
        run=("--rate", "20", "--duration", "10s", "--time-scale", "0.2"),
    )
    by_call = True
    needs_doors = True
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.02, "count": 0})

    def trouble(self, method: Method, request: Message) -> Trouble | None:  # noqa: ARG002
        """The connection is ended; the call is served, and its answer has no way back."""
        return Trouble(sends_away=True) if self.concerns(method) and self.strikes() else None
