"""Incident `joins-fail`: nobody gets into the queue, and the rest of the platform is well."""

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


class JoinsFail(Incident):
    """Every JoinQueue is answered INTERNAL and not served, and all other calls go well: the one method whose client of
    the store was built for another kind of store. Who is in already buys; nobody comes after.
    """

    name = "joins-fail"
    rule = "Error rate"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "joins-fail@2s.."),
        scenario="flow",
        run=("--rate", "20", "--duration", "10s", "--time-scale", "0.2"),
    )
    by_call = True
    usual = frozenset({"gateway.v1.QueueService/JoinQueue"})
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 1.0, "count": 0})

    def instead(self, method: Method, request: Message) -> Refusal | None:  # noqa: ARG002
        """INTERNAL, in either error mode."""
        if not self.concerns(method) or not self.strikes():
            return None
        return Refusal(grpc.StatusCode.INTERNAL.value[0], "store: MOVED 12182: this client speaks to one node only")
