"""The clients to measure, by the names that `--transport` takes; to be opened in a process that gevent has patched."""

from __future__ import annotations

import time
from types import MappingProxyType
from typing import TYPE_CHECKING

from tacorush.wire.channel_options import ChannelOptions
from tacorush.wire.gevent_channel import GeventChannel
from tacorush.wire.grpcio_channel import GrpcioChannel, init_gevent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tacorush.wire.channel import Channel

CONNECTIONS = 4
_OPTIONS = ChannelOptions(connections=CONNECTIONS)

CHANNELS: Mapping[str, Callable[[str], Channel]] = MappingProxyType(
    {
        "wire": lambda address: GeventChannel(address, time.perf_counter_ns, options=_OPTIONS),
        "grpcio": lambda address: GrpcioChannel(address, time.perf_counter_ns, connections=CONNECTIONS),
    }
)


def opened(name: str, address: str, threads: int) -> Channel:
    """A channel; grpcio gets a pool of this many threads to wait in, but never fewer than gevent's own 10."""
    if name == "grpcio":
        init_gevent(threads)
    return CHANNELS[name](address)
