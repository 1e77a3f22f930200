"""Peers written by hand for the HTTP/2 tests: frames put together and taken apart without the code under test.

`greeted_server` and `greeted_client` are connections whose peer has said its preface and SETTINGS and acknowledged
theirs; what they send from then on is read with `sent`.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from tacorush.wire.http2.client import ClientConnection
from tacorush.wire.http2.events import Failed
from tacorush.wire.http2.server import ServerConnection
from tacorush.wire.http2.settings import OurSettings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tacorush.wire.http2.connection import Connection
    from tacorush.wire.http2.events import Event
    from tacorush.wire.http2.limits import Limits

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, WITH_PRIORITY = 0x1, 0x1, 0x4, 0x8, 0x20
WHOLE = END_STREAM | END_HEADERS


def field(name: bytes, value: bytes) -> bytes:
    """A field as a literal without indexing, its strings shorter than 127 octets (RFC 7541, 6.2.2)."""
    return b"\x00" + bytes((len(name),)) + name + bytes((len(value),)) + value


REQUEST = b"\x83\x86" + field(b":path", b"/t.S/Unary") + field(b"content-type", b"application/grpc")
"""The head of a request: POST, http."""
RESPONSE = b"\x88" + field(b"content-type", b"application/grpc")
TRAILERS = field(b"grpc-status", b"0")


class Frame(NamedTuple):
    """One frame, taken apart."""

    kind: int
    flags: int
    stream: int
    payload: bytes


def frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"") -> bytes:
    """One frame: 24 bits of length, 8 of type, 8 of flags, 32 of stream (RFC 9113, 4.1)."""
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def word(value: int) -> bytes:
    """32 bits."""
    return struct.pack(">I", value)


def settings(*pairs: tuple[int, int]) -> bytes:
    """SETTINGS with these identifiers and values."""
    return frame(SETTINGS, payload=b"".join(struct.pack(">HI", *pair) for pair in pairs))


def window(increment: int, stream: int = 0) -> bytes:
    """WINDOW_UPDATE."""
    return frame(WINDOW_UPDATE, 0, stream, word(increment))


def request(stream: int, flags: int = WHOLE, block: bytes = REQUEST) -> bytes:
    """HEADERS of a request."""
    return frame(HEADERS, flags, stream, block)


def split(octets: bytes) -> list[Frame]:
    """Takes frames apart; what is left over is an error."""
    found = []
    while octets:
        size = int.from_bytes(octets[:3])
        kind, flags = octets[3], octets[4]
        assert len(octets) >= 9 + size, "the last frame is cut off"
        found.append(Frame(kind, flags, int.from_bytes(octets[5:9]) & 0x7FFFFFFF, octets[9 : 9 + size]))
        octets = octets[9 + size :]
    return found


def sent(connection: Connection) -> list[Frame]:
    """What the connection wants to send, taken."""
    return split(connection.take().removeprefix(PREFACE))


def greeted_server(
    ours: OurSettings | None = None, limits: Limits | None = None, peer: Iterable[tuple[int, int]] = ()
) -> ServerConnection:
    """A server whose client has said hello and acknowledged its settings and that there is no header table."""
    connection = ServerConnection(ours or OurSettings(), limits)
    connection.receive(PREFACE + settings(*peer) + frame(SETTINGS, ACK))
    connection.refuse_table()
    connection.receive(frame(SETTINGS, ACK))
    connection.take()
    return connection


def greeted_client(
    ours: OurSettings | None = None,
    limits: Limits | None = None,
    peer: Iterable[tuple[int, int]] = (),
    first_stream: int = 1,
) -> ClientConnection:
    """A client whose server has said hello and acknowledged its settings."""
    connection = ClientConnection(ours or OurSettings(), limits, first_stream)
    connection.receive(settings(*peer) + frame(SETTINGS, ACK))
    connection.take()
    return connection


def failure(events: list[Event]) -> int | None:
    """The code with which the connection ended; None while it goes on."""
    return next((event.code for event in events if isinstance(event, Failed)), None)
