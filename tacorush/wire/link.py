"""One of a channel's connections: made at the first call, made again when it is gone, and given up in good order.

    idle --call--> connecting --SETTINGS came--> ready --GOAWAY, age, churn, ids used up--> idle (the old one finishes)
                        `--refused, timed out--> waiting out the backoff --> idle

Calls that come while it connects wait; calls that come during the backoff end at once as unsent (gRPC without
wait-for-ready). Where the server bears no more streams at once, calls wait for their turn.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import gevent
from gevent import socket as green

from tacorush.wire import status as codes
from tacorush.wire.calling import ClientCalls
from tacorush.wire.gevent_wire import GeventWire
from tacorush.wire.http2.client import ClientConnection
from tacorush.wire.tls_pipe import TlsPipe

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from tacorush.wire.backoff import Backoff
    from tacorush.wire.calling import ClientCall
    from tacorush.wire.channel import Clock
    from tacorush.wire.channel_options import ChannelOptions
    from tacorush.wire.gevent_wire import WireFigures

CONNECT_S = 20.0
"""How long a connection may take, name, TLS and the server's SETTINGS included (connection-backoff.md)."""


class Link:
    """One connection at a time to `address`; `chance` draws from [0, 1)."""

    def __init__(
        self,
        address: str,
        clock: Clock,
        options: ChannelOptions,
        backoff: Backoff,
        chance: Callable[[], float],
        figures: WireFigures,
        context: ssl.SSLContext | None,
        server_name: str,
    ) -> None:
        self.wire: GeventWire | None = None
        """The connection on which calls may begin."""
        self.rpcs: dict[str, int] = {}
        """Calls begun by the address that was connected to."""
        self._address, self._clock, self._options = address, clock, options
        self._backoff, self._chance, self._figures = backoff, chance, figures
        self._context, self._server_name = context, server_name
        self._hub = gevent.get_hub()
        self._waiting: deque[tuple[ClientCall, bytes, bytes]] = deque()
        self._fresh: GeventWire | None = None
        """Connected, but its SETTINGS have not come."""
        self._connecting: Any = None
        self._patience: Any = None
        """Waits for them, and gives up."""
        self._old: set[GeventWire] = set()
        self._peer = ""
        self._not_before_ns = 0
        self._failure = ""
        self._retire_ns = 0
        self._pinged_ns = 0
        self._closed = False

    def __repr__(self) -> str:
        state = "ready" if self.wire else "connecting" if self._connecting or self._fresh else "idle"
        return f"<Link to {self._address} {state}, {len(self._waiting)} calls wait>"

    def begin(self, call: ClientCall, block: bytes, message: bytes) -> bool:
        """Begins a call or lets it wait; False when it has ended at once, unsent."""
        wire = self.wire
        if wire is not None and not self._waiting and wire.calls.connection.room > 0:
            wire.begin(call, block, message)
            if wire.begun >= self._options.calls_a_connection:
                self._retire(wire)
            return True
        if wire is None and self._fresh is None and self._connecting is None:
            if self._clock() < self._not_before_ns:
                call.end(codes.UNAVAILABLE, self._failure, "unsent")
                return False
            self._connecting = gevent.spawn(self._connect)
        self._waiting.append((call, block, message))
        return True

    def tick(self, now_ns: int) -> None:
        """A second has passed: budgets, ages, keepalive."""
        for one in [*self._old, *filter(None, (self.wire, self._fresh))]:
            one.calls.connection.tick()
        wire = self.wire
        if wire is None:
            return
        if self._retire_ns and now_ns >= self._retire_ns:
            self._retire(wire)
        elif self._options.keepalive_s and now_ns - self._pinged_ns >= self._options.keepalive_s * 1e9:
            if not wire.calls.ponged:
                wire.lose("the server answers no PING")
                return
            wire.calls.ponged, self._pinged_ns = False, now_ns
            wire.calls.connection.ping()
            wire.schedule()

    def read(self) -> None:
        """Takes in what has come, before anybody is told that nothing did."""
        for wire in [*self._old, *filter(None, (self.wire,))]:
            if not wire.closed:
                wire.read()

    def close(self) -> list[ClientCall]:
        """Closes everything; returns the calls that this ended."""
        self._closed = True
        ended = [call for call, _, _ in self._waiting if call.status < 0]
        for call in ended:
            call.end(codes.CANCELLED, "the channel was closed", "unsent")
        self._waiting.clear()
        if self._connecting is not None:
            self._connecting.kill(block=False)
        if self._patience is not None:
            self._patience.kill(block=False)
        for wire in [*self._old, *filter(None, (self.wire, self._fresh))]:
            open_calls = [stream.owner for stream in wire.calls.connection.streams.values()]
            for call in open_calls:
                wire.calls.cancel(call, codes.CANCELLED, "the channel was closed")
            ended += open_calls
            wire.close()
        self.wire = self._fresh = None
        self._old.clear()
        return ended

    def _connect(self) -> None:
        """Connects, in a greenlet of its own."""
        try:
            with gevent.Timeout(CONNECT_S, TimeoutError(f"no connection within {CONNECT_S:.0f} s")):
                sock, tls = self._open()
        except (OSError, UnicodeError) as error:
            self._fail(getattr(error, "strerror", None) or str(error))
            return
        finally:
            self._connecting = None
        if self._closed:
            sock.close()
            return
        options = self._options
        calls = ClientCalls(ClientConnection(options.settings, first_stream=options.first_stream), options.largest)
        self._figures.connections += 1
        self._fresh = GeventWire(self._hub, sock, calls, self._clock, self._figures, self._changed, tls)
        self._patience = gevent.spawn_later(CONNECT_S, self._too_long, self._fresh)

    def _open(self) -> tuple[green.socket, TlsPipe | None]:
        """Makes the socket, and shakes hands where TLS is asked for; raises OSError."""
        if self._address.startswith("unix:"):
            sock = green.socket(green.AF_UNIX, green.SOCK_STREAM)
            self._peer = self._address
            try:
                sock.connect(self._address.removeprefix("unix:"))
            except BaseException:
                sock.close()
                raise
        else:
            host, _, port = self._address.rpartition(":")
            sock = green.create_connection((host.strip("[]"), int(port)))
            sock.setsockopt(green.IPPROTO_TCP, green.TCP_NODELAY, 1)
            there = sock.getpeername()
            self._peer = f"[{there[0]}]:{there[1]}" if ":" in there[0] else f"{there[0]}:{there[1]}"
        tls = None
        try:
            if self._context is not None:
                tls = TlsPipe(self._context, self._server_name)
                _shake_hands(sock, tls)
        except BaseException:
            sock.close()
            raise
        sock.settimeout(0.0)
        return sock, tls

    def _too_long(self, wire: GeventWire) -> None:
        if self._fresh is wire:
            wire.lose("the server sends no SETTINGS: it does not speak HTTP/2")

    def _changed(self, wire: GeventWire) -> None:
        """Something came or the connection is gone: SETTINGS, room for waiting calls, GOAWAY."""
        calls = wire.calls
        if wire is self._fresh and (calls.connection.settled or calls.gone):
            self._patience.kill(block=False)
            if calls.connection.settled and not calls.gone:
                self._fresh, self.wire = None, wire
                self._ready()
            elif calls.gone:
                self._fresh = None
                wire.lose(calls.gone)
                self._fail(f"no HTTP/2 connection: {calls.gone}")
                return
        if calls.gone or calls.connection.used_up:
            self._retire(wire)
        if self._waiting and self.wire is not None:
            self._let_go()
        if wire in self._old and not calls.in_flight:
            self._old.discard(wire)
            wire.close()

    def _ready(self) -> None:
        self._backoff.succeeded()
        now_ns = self._pinged_ns = self._clock()
        age_s = self._options.max_age_s
        # A tenth of chance either way: connections of one age would all be renewed in the same moment.
        self._retire_ns = now_ns + int(age_s * 1e9 * (0.9 + 0.2 * self._chance())) if age_s else 0

    def _let_go(self) -> None:
        """Lets waiting calls begin, as many as there is room for."""
        while self._waiting and self.wire is not None:
            wire = self.wire
            if wire.calls.connection.room <= 0:
                return
            call, block, message = self._waiting.popleft()
            if call.status < 0:
                wire.begin(call, block, message)
                if wire.begun >= self._options.calls_a_connection:
                    self._retire(wire)

    def _retire(self, wire: GeventWire) -> None:
        """No call begins on it any more; it is closed once those in flight have ended."""
        if wire is self.wire:
            self.wire = None
            self.rpcs[self._peer] = self.rpcs.get(self._peer, 0) + wire.begun
            if not wire.closed:
                self._old.add(wire)
                if not wire.calls.in_flight:
                    self._old.discard(wire)
                    wire.close()
            if self._waiting and self._connecting is None and not self._closed:
                self._connecting = gevent.spawn(self._connect)

    @property
    def begun(self) -> dict[str, int]:
        """Calls begun so far, by the address that was connected to."""
        if self.wire is None:
            return dict(self.rpcs)
        return self.rpcs | {self._peer: self.rpcs.get(self._peer, 0) + self.wire.begun}

    def _fail(self, why: str) -> None:
        """No connection could be made: whoever waits for it is told, and the next attempt waits."""
        self._failure = f"failed to connect to {self._address}: {why}"
        now_ns = self._clock()
        self._not_before_ns = now_ns + int(self._backoff.failed() * 1e9)
        waiting, self._waiting = self._waiting, deque()
        for call, _, _ in waiting:
            if call.status < 0:
                call.end(codes.UNAVAILABLE, self._failure, "unsent")
                call.answered_ns = now_ns
                waiter, call.waiter = call.waiter, None
                if waiter is not None:
                    self._hub.loop.run_callback(waiter.switch)


def _shake_hands(sock: green.socket, tls: TlsPipe) -> None:
    done = tls.shake_hands()
    sock.sendall(tls.take())
    while not done:
        received = sock.recv(1 << 16)
        if not received:
            raise OSError("the server closed the connection in the middle of the TLS handshake")
        done = tls.shake_hands(received)
        sock.sendall(tls.take())
