"""Incident `sold-out-as-internal`: a house that is full is told as an error of the platform."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from contracts.messages import errors_pb2
from fakes.incidents.disguise import Disguise
from fakes.incidents.incident import Proof


class SoldOutAsInternal(Disguise):
    """Who asks for more seats than are left is told INTERNAL instead of INSUFFICIENT_INVENTORY: the end of a sale
    looks like an outage.
    """

    name = "sold-out-as-internal"
    rule = "Error rate"
    proof = Proof(
        fakes=("--platform", "open", "--events", "1", "--seats", "10", "--incident", "sold-out-as-internal"),
        scenario="tour",
        run=("--rate", "4", "--duration", "15s", "--slo", "production"),
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 1.0, "count": 0})
    hides = errors_pb2.ERROR_CODE_INSUFFICIENT_INVENTORY
    says = "index out of range"
