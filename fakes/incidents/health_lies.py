"""Incident `health-lies`: the health checks are fine while everything fails."""

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


class HealthLies(Incident):
    """Every call of the sale is answered UNAVAILABLE while health checks and readiness go on saying that all is well: a
    wrong client of the store behind a probe that asks only whether the process lives.
    """

    name = "health-lies"
    rule = "Availability"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "health-lies@2s.."),
        scenario="flow",
        run=("--rate", "20", "--duration", "10s", "--time-scale", "0.2"),
    )
    by_call = True
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 1.0, "count": 0})

    def instead(self, method: Method, request: Message) -> Refusal | None:  # noqa: ARG002
        """UNAVAILABLE for all but what is asked about the platform's health."""
        if not self.concerns(method) or not self.strikes():
            return None
        return Refusal(grpc.StatusCode.UNAVAILABLE.value[0], "store: no route to host")
