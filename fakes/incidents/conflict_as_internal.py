"""Incident `conflict-as-internal`: a seat that is taken is told as an error of the platform."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from contracts.messages import errors_pb2
from fakes.incidents.disguise import Disguise
from fakes.incidents.incident import Proof


class ConflictAsInternal(Disguise):
    """Who asks for a seat that another holds is told INTERNAL instead of INVENTORY_CONFLICT, as by a service that
    passes on what its store throws: buyers take the platform for broken, and nobody tells them to choose another seat.
    """

    name = "conflict-as-internal"
    rule = "Error rate"
    proof = Proof(
        fakes=("--platform", "open", "--events", "1", "--seats", "400", "--incident", "conflict-as-internal"),
        scenario="hotseat",
        run=("--duration", "20s"),
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 1.0, "count": 0})
    hides = errors_pb2.ERROR_CODE_INVENTORY_CONFLICT
    says = "transaction cancelled: ConditionalCheckFailed"
