"""What went over a process's connections, as counters of the evidence; only our own wire can tell."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tacorush.evidence.records import WIRE, WIRE_RPCS
from tacorush.wire.gevent_channel import GeventChannel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tacorush.wire.channel import Channel


class WireMeter:
    """Reads channels, and remembers what was read: counters add up, so each reading holds what is new."""

    def __init__(self, channels: Sequence[Channel]) -> None:
        self._channels = [channel for channel in channels if isinstance(channel, GeventChannel)]
        self._before: Counter[str] = Counter()

    def read(self) -> Mapping[str, float]:
        """Returns what has been added since the last reading."""
        now: Counter[str] = Counter()
        for channel in self._channels:
            figures = channel.figures
            now[f"{WIRE}connections"] += figures.connections
            now[f"{WIRE}sent_octets"] += figures.sent_octets
            now[f"{WIRE}received_octets"] += figures.received_octets
            now[f"{WIRE}wakeups"] += figures.wakeups
            now[f"{WIRE}answers"] += figures.answers
            # Counters add up: the most is carried as what it has grown by.
            now[f"{WIRE}backlog_most"] = max(now[f"{WIRE}backlog_most"], figures.backlog)
            for address, number in channel.rpcs.items():
                now[WIRE_RPCS + address] += number
        new = now - self._before
        self._before = now
        return new
