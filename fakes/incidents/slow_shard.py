"""Incident `slow-shard`: what is about one event is slow."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from contracts.catalogue import Method


class SlowShard(Incident):
    """Calls about one event in six leave 550 ms late, and the others are quick: a hot event pins one shard of the
    store.

    Which events lie on the slow shard follows from their ids: `shards` of them share one. The confirmation and the
    other calls that name only a reservation lie where its seats do.
    """

    name = "slow-shard"
    rule = "P95 of joining the queue"
    proof = Proof(
        fakes=("--platform", "open", "--events", "12", "--incident", "slow-shard"),
        scenario="flow",
        run=("--rate", "20", "--duration", "15s", "--time-scale", "0.2"),
    )
    by_call = True
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 1.0, "count": 0, "ms": 550, "shards": 6})

    def delay_s(self, method: Method, request: Message) -> float:
        """`ms` milliseconds for what is about an event of the slow shard."""
        event = self._event(request) if self.concerns(method) else ""
        if not event or zlib.crc32(event.encode()) % max(1, int(self.values["shards"])) or not self.strikes():
            return 0.0
        return self.values["ms"] / 1000

    def _event(self, request: Any) -> str:
        fields = request.DESCRIPTOR.fields_by_name
        if "event_id" in fields:
            return str(request.event_id)
        hold = self.ledger.find(request.reservation_id) if "reservation_id" in fields else None
        return hold.event if hold is not None else ""
