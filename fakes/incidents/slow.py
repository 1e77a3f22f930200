"""Incident `slow`: a share of the answers is late."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from contracts.catalogue import Method


class Slow(Incident):
    """One answer in ten leaves 550 ms late, as when a blocking scan of the store holds the calls behind it up.

    Where the gateway answers itself (callers wait 600 ms) that is an answer above the P95 target of 500 ms; in the
    services (500 ms) and at the inventory (250 ms) it is a deadline that passes, the caller's or the gateway's, though
    the platform did what was asked.
    """

    name = "slow"
    rule = "P95 of all calls"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "slow"),
        scenario="flow",
        run=("--rate", "20", "--duration", "10s", "--time-scale", "0.2"),
    )
    by_call = True
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.1, "count": 0, "ms": 550})

    def delay_s(self, method: Method, request: Message) -> float:  # noqa: ARG002
        """`ms` milliseconds where it strikes."""
        return self.values["ms"] / 1000 if self.concerns(method) and self.strikes() else 0.0
