"""Incident `errors`: a share of the calls fails."""

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


class Errors(Incident):
    """One call in twenty is answered with status INTERNAL and not served, as when a replica has lost its store."""

    name = "errors"
    rule = "Error rate"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "errors"),
        scenario="flow",
        run=("--rate", "20", "--duration", "10s", "--time-scale", "0.2"),
    )
    by_call = True
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.05, "count": 0})

    def instead(self, method: Method, request: Message) -> Refusal | None:  # noqa: ARG002
        """INTERNAL, in either error mode."""
        if not self.concerns(method) or not self.strikes():
            return None
        return Refusal(grpc.StatusCode.INTERNAL.value[0], "store: connection pool exhausted")
