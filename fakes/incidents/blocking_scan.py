"""Incident `blocking-scan`: one slow call stalls all."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof, Trouble

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from contracts.catalogue import Method


class BlockingScan(Incident):
    """One look at the queue in ten scans the whole store for 700 ms, and the process does nothing else meanwhile:
    every call of everybody waits behind it.
    """

    name = "blocking-scan"
    rule = "P95 of all calls"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "blocking-scan"),
        scenario="flow",
        run=("--rate", "20", "--duration", "10s", "--time-scale", "0.2"),
    )
    by_call = True
    usual = frozenset({"gateway.v1.QueueService/GetQueueStatus"})
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.1, "count": 0, "ms": 700})

    def trouble(self, method: Method, request: Message) -> Trouble | None:  # noqa: ARG002
        """The process stands still for `ms` milliseconds."""
        return Trouble(stalls_s=self.values["ms"] / 1000) if self.concerns(method) and self.strikes() else None
