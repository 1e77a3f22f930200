"""Incident `connection-storm`: connections are cut again and again."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof, Trouble

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from contracts.catalogue import Method


class ConnectionStorm(Incident):
    """One call in a hundred finds its connection cut, with all calls on it, and who connects in the next 200 ms is cut
    off as well: pods that are evicted and come back while a thousand clients try again.
    """

    name = "connection-storm"
    rule = "Availability"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "connection-storm"),
        scenario="flow",
        run=("--rate", "20", "--duration", "10s", "--time-scale", "0.2"),
    )
    by_call = True
    needs_doors = True
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.01, "count": 0, "ms": 200})

    def trouble(self, method: Method, request: Message) -> Trouble | None:  # noqa: ARG002
        """The connection is cut, and the doors are shut for `ms` milliseconds; the call is not served."""
        if not self.concerns(method) or not self.strikes():
            return None
        return Trouble(hangs_up=True, shuts_s=self.values["ms"] / 1000)
