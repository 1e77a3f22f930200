"""Incident `slow-status`: looks at the queue take 20 s."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from contracts.catalogue import Method


class SlowStatus(Incident):
    """Three looks at the queue in ten are answered after 20 s, as when each reads an index that holds everybody."""

    name = "slow-status"
    rule = "P95 of looking at the queue"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "slow-status"),
        scenario="flow",
        run=("--rate", "20", "--duration", "10s", "--time-scale", "0.2"),
    )
    by_call = True
    usual = frozenset({"gateway.v1.QueueService/GetQueueStatus"})
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.3, "count": 0, "ms": 20_000})

    def delay_s(self, method: Method, request: Message) -> float:  # noqa: ARG002
        """`ms` milliseconds."""
        return self.values["ms"] / 1000 if self.concerns(method) and self.strikes() else 0.0
