"""Both kinds of client and both kinds of server, and how a test connects any two of them."""

from __future__ import annotations

import time
from concurrent import futures
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import gevent
import pytest

from tacorush.wire.asyncio_server import AsyncioServer, ServerOptions
from tacorush.wire.channel_options import ChannelOptions
from tacorush.wire.gevent_channel import GeventChannel
from tacorush.wire.grpcio_channel import GrpcioChannel
from tacorush.wire.grpcio_server import GrpcioServer
from tests.wire.live_servers import LIMIT_S, LiveServer, Platform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tacorush.wire.channel import Channel
    from tacorush.wire.serving import Server

MIB = 1 << 20
MANY = 4_096


class Side(Protocol):
    """How a kind of client waits and does things beside each other."""

    def open(self, address: str, largest: int) -> Channel: ...

    def beside(self, function: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
        """Starts a function; what it returns waits for the result."""
        ...

    def wait(self, wait: Callable[[], bool]) -> bool: ...

    def end(self) -> None: ...


class OnGevent:
    """Greenlets of this thread; a blocking wait goes to a thread of the hub, so that the hub goes on."""

    def open(self, address: str, largest: int) -> Channel:
        return GeventChannel(address, time.monotonic_ns, options=ChannelOptions(largest=largest))

    def beside(self, function: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
        greenlet = gevent.spawn(function, *arguments)

        def result() -> Any:
            return greenlet.get(timeout=LIMIT_S)

        return result

    def wait(self, wait: Callable[[], bool]) -> bool:
        return bool(gevent.get_hub().threadpool.apply(wait))

    def end(self) -> None:
        """Nothing stays."""


class OnThreads:
    """Threads, as grpcio has them."""

    def __init__(self) -> None:
        self._pool = futures.ThreadPoolExecutor(8)

    def open(self, address: str, largest: int) -> Channel:
        return GrpcioChannel(address, time.monotonic_ns, max_message_bytes=largest)

    def beside(self, function: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
        future = self._pool.submit(function, *arguments)

        def result() -> Any:
            return future.result(LIMIT_S)

        return result

    def wait(self, wait: Callable[[], bool]) -> bool:
        return wait()

    def end(self) -> None:
        self._pool.shutdown()


class Pair(NamedTuple):
    """Both ends, connected."""

    client: Side
    make_server: Callable[[int], Server]


def wire_server(waiting: int) -> Server:
    return AsyncioServer(ServerOptions(waiting_messages=waiting))


def grpcio_server(waiting: int) -> Server:
    return GrpcioServer(waiting_messages=waiting)


PAIRS = [
    pytest.param((client, server), id=f"{client_name}-{server_name}")
    for client_name, client in (("wire", OnGevent), ("grpcio", OnThreads))
    for server_name, server in (("wire", wire_server), ("grpcio", grpcio_server))
]


class Ends(NamedTuple):
    client: Side
    channel: Channel
    platform: Platform
    live: LiveServer

    def came(self, name: str) -> None:
        """Waits until a call of this method has come."""
        assert self.client.wait(lambda: self.platform.came[name].acquire(timeout=LIMIT_S))

    def ended(self, name: str) -> None:
        """Waits until the server knows that a call of this method has ended."""
        assert self.client.wait(lambda: self.platform.ended[name].acquire(timeout=LIMIT_S))


@contextmanager
def connected(pair: Pair, waiting: int = MANY, largest: int = 4 * MIB) -> Iterator[Ends]:
    platform = Platform()
    with LiveServer(pair.make_server(waiting), platform.endpoints()) as live:
        channel = pair.client.open(live.address, largest)
        try:
            yield Ends(pair.client, channel, platform, live)
        finally:
            channel.close()
