"""Incident `brown-out`: overloaded for a while, then well again."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import grpc

from fakes.error_modes import Refusal
from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from contracts.catalogue import Method


class BrownOut(Incident):
    """Three calls in ten are answered UNAVAILABLE, and the rest 300 ms late, while the window lasts; then all is well
    again: an overload that the platform sheds and recovers from.
    """

    name = "brown-out"
    rule = "Availability"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "brown-out@2s..6s"),
        scenario="flow",
        run=("--rate", "20", "--duration", "10s", "--time-scale", "0.2"),
    )
    by_call = True
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.3, "count": 0, "ms": 300})

    def instead(self, method: Method, request: Message) -> Refusal | None:  # noqa: ARG002
        """UNAVAILABLE, where it strikes."""
        if not self.concerns(method) or not self.strikes():
            return None
        return Refusal(grpc.StatusCode.UNAVAILABLE.value[0], "overloaded: try again later")

    def delay_s(self, method: Method, request: Message) -> float:  # noqa: ARG002
        """`ms` milliseconds for every call while it lasts."""
        return self.values["ms"] / 1000 if self.concerns(method) and self.under_way() else 0.0
