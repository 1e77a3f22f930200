"""The server's port on asyncio's transports: callbacks, no task and no future a call.

Each connection is a `ServerCalls` without I/O; what lies here is the transport around it, and time. Answers that are
given while bytes are being taken in leave with them in one write; one that is given later (a timer) asks the loop for
one write at the end of its turn. Once a second every connection is told so: that renews its budgets and ends peers that
do not get on, that is, never greet (`greeting_s`) or take nothing of what waits for them (`stuck_s`). From a peer that
does not take what waits for it nothing more is read: what it is owed, and what that takes to keep, stays as it is.

    drain    GOAWAY with the highest id there is and a PING; when the PING is answered, GOAWAY with the last stream that
             was taken in (RFC 9113, 6.8); calls in flight go on for the grace; then connections are closed
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tacorush.wire import health
from tacorush.wire import status as codes
from tacorush.wire.answering import Route, ServerCalls, routed
from tacorush.wire.http2.frames import Code
from tacorush.wire.http2.limits import Limits
from tacorush.wire.http2.server import ServerConnection
from tacorush.wire.http2.settings import OurSettings
from tacorush.wire.messages import DEFAULT_LARGEST
from tacorush.wire.reflection import reflection_routes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tacorush.wire.answering import Asked
    from tacorush.wire.serving import Endpoint

WAITING_MESSAGES = 256
"""How many messages of a stream may wait for its reader, unless told otherwise."""
_LAST_WORDS_S = 2
"""How long a peer that broke the protocol may take to read that it did."""
_BUFFERED = 1 << 20
"""Octets in the transport's buffer above which DATA is held back and nothing more is read."""
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """What a server bears; the defaults suit a platform under load."""

    settings: OurSettings = field(default_factory=OurSettings)
    limits: Limits = field(default_factory=Limits)
    max_message_bytes: int = DEFAULT_LARGEST
    waiting_messages: int = WAITING_MESSAGES
    health: bool = True
    """Whether it serves `grpc.health.v1`."""
    greeting_s: int = 10
    """How long a peer may take to greet."""
    stuck_s: int = 30
    """How long a peer may leave a full buffer untouched."""


class Held(NamedTuple):
    """What a server keeps for its clients at the moment."""

    connections: int
    streams: int
    octets: int
    """What was received and is not whole, and what waits to be sent."""


class AsyncioServer:
    """`serving.Server` and `serving.Doors` over asyncio; one object serves once."""

    def __init__(self, options: ServerOptions | None = None) -> None:
        self.options = options or ServerOptions()
        self.connections: set[_Connection] = set()
        self.routes: Mapping[bytes, Route] = {}
        self.draining = False
        self._shut_until = 0.0
        self._health = health.Health()
        self._listeners: list[asyncio.Server] = []
        self._ticking: asyncio.TimerHandle | None = None
        self._empty = asyncio.Event()

    def __repr__(self) -> str:
        state = "draining" if self.draining else "serving"
        return f"<AsyncioServer {state} {len(self.routes)} methods on {len(self.connections)} connections>"

    @property
    def held(self) -> Held:
        """What it keeps for its clients at the moment."""
        each = [connection.held for connection in self.connections]
        return Held(len(each), sum(streams for streams, _ in each), sum(octets for _, octets in each))

    async def start(self, endpoints: Sequence[Endpoint], addresses: Sequence[str]) -> Sequence[str]:
        """Listens on each `host:port` or `unix:path`; returns those bound; OSError names one that cannot be."""
        services = sorted({endpoint.path[1:].partition("/")[0] for endpoint in endpoints})
        routes = [Route(e.path, e.request.FromString, e.handler, e.streams) for e in endpoints]
        if self.options.health:
            routes += self._health.routes(services)
            services.append(health.SERVICE)
        self.routes = routed([*routes, *reflection_routes(services)])
        try:
            bound = [await self._listen(address) for address in addresses]
        except OSError:
            self._close_listeners()
            raise
        self._tick()
        return bound

    async def drain(self, grace_s: float) -> None:
        """Takes no new call, lets those in flight finish for `grace_s` seconds, then ends them."""
        self._health.shut_down()
        self.draining = True
        self._close_listeners()
        for connection in tuple(self.connections):
            connection.begin_leaving()
        if self.connections and grace_s > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._empty.wait(), grace_s)
        for connection in tuple(self.connections):
            connection.end_calls()
        if self._ticking is not None:
            self._ticking.cancel()

    def hang_up(self, peer: str = "") -> None:
        """Cuts the connections of a peer (all when none is named) at once, with the calls on them."""
        for connection in tuple(self.connections):
            if peer in ("", connection.peer):
                connection.abort()

    def send_away(self, peer: str) -> None:
        """Ends the connections of a peer with GOAWAY (ENHANCE_YOUR_CALM), as one that asks too much."""
        for connection in tuple(self.connections):
            if connection.peer == peer:
                connection.send_away()

    def shut(self, seconds: float) -> None:
        """Cuts off at once whoever connects within so many seconds."""
        self._shut_until = asyncio.get_running_loop().time() + seconds

    @property
    def is_shut(self) -> bool:
        """Whether who connects now is cut off."""
        return asyncio.get_running_loop().time() < self._shut_until

    def forget(self, connection: _Connection) -> None:
        """A connection is closed."""
        self.connections.discard(connection)
        if not self.connections:
            self._empty.set()

    def _close_listeners(self) -> None:
        for listener in self._listeners:
            listener.close()

    async def _listen(self, address: str) -> str:
        loop = asyncio.get_running_loop()
        try:
            if address.startswith("unix:"):
                listener = await loop.create_unix_server(lambda: _Connection(self), address.removeprefix("unix:"))
                self._listeners.append(listener)
                return address
            host, _, port = address.rpartition(":")
            listener = await loop.create_server(
                lambda: _Connection(self), host.strip("[]"), int(port), reuse_address=True, backlog=4096
            )
        except OSError as error:
            # asyncio wraps the system's word for what is wrong in a sentence of its own.
            why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or error
            raise OSError(error.errno, f"cannot listen on {address}: {why}") from error
        self._listeners.append(listener)
        return f"{host}:{listener.sockets[0].getsockname()[1]}"

    def _tick(self) -> None:
        for connection in tuple(self.connections):
            connection.tick()
        self._ticking = asyncio.get_running_loop().call_later(1.0, self._tick)


class _Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, server: AsyncioServer) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self.peer = ""
        """The client's address; empty for one that was cut off when it came."""
        self._transport: asyncio.Transport
        self._calls: ServerCalls
        self._receiving = self._flushing = False
        self._paused = False
        self._age_s = self._stuck_s = 0
        self._leaving = False

    @property
    def failed(self) -> bool:
        """Its peer broke the protocol: it is being closed."""
        return self._calls.connection.failed

    @property
    def held(self) -> tuple[int, int]:
        """How many streams, and how many octets."""
        connection = self._calls.connection
        return len(connection.streams), connection.held_octets + self._transport.get_write_buffer_size()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport), "a listener makes stream transports"
        self._transport = transport
        if self._server.is_shut:
            transport.abort()
            return
        self.peer = _peer(transport)
        transport.set_write_buffer_limits(high=_BUFFERED)
        raw = transport.get_extra_info("socket")
        if raw is not None and raw.family in (socket.AF_INET, socket.AF_INET6):
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        options = self._server.options
        self._calls = ServerCalls(
            ServerConnection(options.settings, options.limits),
            self._server.routes,
            peer=self.peer,
            wake=self._wake,
            largest=options.max_message_bytes,
            waiting_messages=options.waiting_messages,
        )
        self._server.connections.add(self)
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._receiving = True
        try:
            for request in self._calls.receive(data):
                _handle(request)
        finally:
            self._receiving = False
        self._flush()
        if self._leaving:
            self._leave_on()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        if not self.peer:
            return
        self._calls.lost()
        self._server.forget(self)

    def pause_writing(self) -> None:
        # Its RST_STREAM and WINDOW_UPDATE are not read either: while nothing leaves they would get nothing on.
        self._paused = True
        self._transport.pause_reading()
        self._calls.connection.out.hold(True)

    def resume_writing(self) -> None:
        self._paused, self._stuck_s = False, 0
        self._calls.connection.out.hold(False)
        self._flush()
        if not self._paused:  # what had waited may have filled it again
            self._transport.resume_reading()

    def _wake(self) -> None:
        """Something waits to be taken: it leaves at the end of this turn of the loop."""
        if not self._receiving and not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        connection = self._calls.connection
        if self._paused:
            return
        waiting = connection.take()
        if waiting:
            self._transport.write(waiting)
        if connection.failed:
            self._transport.close()

    def tick(self) -> None:
        """A second has passed."""
        connection = self._calls.connection
        connection.tick()
        self._age_s += 1
        # One that failed is closing: if it does not read its last words, asyncio would keep it for ever.
        self._stuck_s = self._stuck_s + 1 if self._paused or connection.failed else 0
        options = self._server.options
        if self._stuck_s >= (_LAST_WORDS_S if connection.failed else options.stuck_s):
            self._transport.abort()
        elif not connection.settled and self._age_s >= options.greeting_s:
            connection.fail(Code.SETTINGS_TIMEOUT, f"no greeting within {options.greeting_s} s")
            self._flush()

    def abort(self) -> None:
        """Cuts it, with all calls on it; what had not left is lost."""
        self._transport.abort()

    def send_away(self) -> None:
        """Ends it with GOAWAY: the client asks too much."""
        self._calls.connection.fail(Code.ENHANCE_YOUR_CALM, "too_many_pings")
        self._flush()

    def begin_leaving(self) -> None:
        """Tells the client to go; it learns of the last stream taken once it has answered a PING."""
        self._leaving = True
        connection = self._calls.connection
        if not connection.settled:
            self._transport.close()
            return
        connection.announce_leaving()
        self._flush()

    def _leave_on(self) -> None:
        connection = self._calls.connection
        if self._calls.ponged and connection.takes_new:
            connection.go_away()
            self._flush()
        if not connection.takes_new and not connection.streams:
            self._transport.close()

    def end_calls(self) -> None:
        """The grace is over."""
        for stream in list(self._calls.connection.streams.values()):
            if stream.owner is not None:
                stream.owner.fail(codes.UNAVAILABLE, "the server is shutting down")
        self._flush()
        self._transport.close()


def _handle(request: Asked) -> None:
    """Parses and handles; a bug of the handler is the server's log and the client's INTERNAL."""
    call, body = request
    if call.ended:
        return
    route = call.route
    if body is None:
        call.finish()
        return
    try:
        message = route.parse(body)
    except Exception as error:  # protobuf's DecodeError, whichever implementation it has
        call.fail(codes.INTERNAL, f"the request is no {call.path} message: {error}")
        return
    try:
        route.handler(call, message)
    except Exception as error:
        _LOG.exception("the handler of %s failed", call.path)
        call.fail(codes.INTERNAL, f"the handler failed: {type(error).__name__}")
        return
    if route.streams and not call.ended:
        call.open()


def _peer(transport: asyncio.Transport) -> str:
    """The client's address, as grpcio writes it: ipv4:HOST:PORT, ipv6:[HOST]:PORT, unix:."""
    name = transport.get_extra_info("peername")
    if not isinstance(name, tuple):
        return "unix:"
    host, port = name[:2]
    return f"ipv6:[{host}]:{port}" if ":" in host else f"ipv4:{host}:{port}"
