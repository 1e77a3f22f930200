"""What went over a process's connections, as counters of the evidence; only our own wire can tell."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tacorush.wire.gevent_channel import GeventChannel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tacorush.wire.channel import Channel

RPCS = "wire.rpcs "
"""Counter of the calls begun to one remote address, which follows."""


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
            now["wire.connections"] += figures.connections
            now["wire.sent_octets"] += figures.sent_octets
            now["wire.received_octets"] += figures.received_octets
            now["wire.wakeups"] += figures.wakeups
            now["wire.answers"] += figures.answers
            # Counters add up: the most is carried as what it has grown by.
            now["wire.backlog_most"] = max(now["wire.backlog_most"], figures.backlog)
            for address, number in channel.rpcs.items():
                now[RPCS + address] += number
        new = now - self._before
        self._before = now
        return new
