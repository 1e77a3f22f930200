"""Incident `service-withdrawn`: a service is no longer served."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import grpc

from contracts.catalogue import METHODS
from fakes.error_modes import Refusal
from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from contracts.catalogue import Method


class ServiceWithdrawn(Incident):
    """Every call of the inventory is answered UNIMPLEMENTED from some moment on: a deploy in the middle of the sale
    whose new release has lost a service.
    """

    name = "service-withdrawn"
    rule = "Methods withdrawn"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "service-withdrawn@4s.."),
        scenario="flow",
        run=("--rate", "20", "--duration", "10s", "--time-scale", "0.2"),
    )
    by_call = True
    usual = frozenset(name for name in METHODS if name.startswith("reservation.v1.InventoryService/"))
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 1.0, "count": 0})

    def instead(self, method: Method, request: Message) -> Refusal | None:  # noqa: ARG002
        """UNIMPLEMENTED."""
        if not self.concerns(method) or not self.strikes():
            return None
        return Refusal(grpc.StatusCode.UNIMPLEMENTED.value[0], f"unknown service {method.service}")
