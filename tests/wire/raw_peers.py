"""A server made of bytes: it says what a test wrote down, whatever HTTP/2 thinks of it, and keeps what it was told.

Each connection has a thread. What the client sent is read strictly afterwards (`faults`): a peer that misbehaves is no
excuse for breaking the protocol.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from tacorush.wire.http2 import frames
from tacorush.wire.http2.events import Data, Failed, Headers, Reset
from tacorush.wire.http2.limits import Limits
from tacorush.wire.http2.server import ServerConnection
from tacorush.wire.http2.settings import OurSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from tacorush.wire.http2.events import Event

_PIECE = 1 << 16
LIMIT_S = 20.0


class Talk:
    """One connection as the scripted server sees it: `send` bytes, wait for `request`s, `close`."""

    def __init__(self, sock: socket.socket) -> None:
        self.received = bytearray()
        self.pieces: list[int] = []
        """How many octets each read brought."""
        self.stream = 0
        """The stream of the request that was waited for last."""
        self._sock = sock
        # Strict but for floods, which a test may provoke.
        roomy = OurSettings(connection_window=1 << 30, initial_window=1 << 30)
        self._reader = ServerConnection(roomy, Limits(control_frames=1 << 30, rapid_resets=1 << 30))
        self.events: list[Event] = []
        self._heard = 0

    def send(self, data: bytes, octets: int = 0) -> None:
        """Sends, `octets` at a time if so told; a client that has gone does not matter."""
        with suppress(OSError):
            for at in range(0, len(data), octets or max(len(data), 1)):
                self._sock.sendall(data[at : at + octets] if octets else data)

    def read(self) -> bool:
        """Takes in one piece; False when the client has ended the connection."""
        try:
            data = self._sock.recv(_PIECE)
        except OSError:
            return False
        self.received += data
        self.pieces.append(len(data))
        self.events += self._reader.receive(data)
        return bool(data)

    def read_all(self) -> None:
        """Reads until the client ends the connection."""
        while self.read():
            pass

    def wait_for(self, condition: Callable[[Event], bool]) -> Event | None:
        """Reads until an event comes that was not waited for before; None when the client ends first."""
        while True:
            while self._heard < len(self.events):
                event = self.events[self._heard]
                self._heard += 1
                if condition(event):
                    return event
            if not self.read():
                return None

    def request(self, whole: bool = True) -> int:
        """Waits for a request, or for its head alone; returns its stream, 0 when none comes any more."""
        found = self.wait_for(lambda event: isinstance(event, Data | Headers) and (event.ended or not whole))
        self.stream = found.stream.id if isinstance(found, Data | Headers) else 0
        return self.stream

    def reset(self) -> int:
        """Waits for an RST_STREAM of the client; returns its code, -1 when none comes any more."""
        found = self.wait_for(lambda event: isinstance(event, Reset))
        return found.code if isinstance(found, Reset) else -1

    def close(self) -> None:
        """Sends nothing any more."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    @property
    def faults(self) -> list[str]:
        """What the client did that HTTP/2 does not allow."""
        found: list[str] = []
        for event in self.events:
            if isinstance(event, Failed) or (isinstance(event, Reset) and not event.by_peer):
                found.append(event.text)
        return found


class RawPeer:
    """Listens on 127.0.0.1 and lets `behave` talk on every connection, each in a thread."""

    def __init__(self, behave: Callable[[Talk], None], port: int = 0) -> None:
        self._behave = behave
        self._listener = socket.create_server(("127.0.0.1", port))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.talks: list[Talk] = []
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> RawPeer:
        return self

    def __exit__(self, *_: object) -> None:
        """Ends every connection and waits for the threads."""
        for sock in (self._listener, *self._sockets):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in tuple(self._threads):
            thread.join(LIMIT_S)
        for sock in (self._listener, *self._sockets):
            sock.close()

    @property
    def faults(self) -> list[str]:
        """What clients did that HTTP/2 does not allow."""
        return [fault for talk in self.talks for fault in talk.faults]

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            if sock.family == socket.AF_INET:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            talk = Talk(sock)
            self._sockets.append(sock)
            self.talks.append(talk)
            thread = threading.Thread(target=self._behave, args=(talk,))
            self._threads.append(thread)
            thread.start()


SETTINGS = frames.settings([])
"""What every server says first."""
