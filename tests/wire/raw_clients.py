"""A client made of bytes, and what it may say: for tests of the server that no well-behaved client could make."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from contracts.messages import queue_pb2
from tacorush.wire.http2 import frames
from tacorush.wire.http2.field_blocks import write_block
from tacorush.wire.http2.frames import HEAD, HEAD_SIZE, PREFACE, frame, header_frames, settings
from tests.wire.live_servers import LIMIT_S, SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterator

END, LONGEST = frames.END_STREAM, frames.SMALLEST_MAX_FRAME
GREETING = PREFACE + settings([])


class Frame(NamedTuple):
    """One frame that came."""

    kind: int
    flags: int
    stream: int
    payload: bytes


class RawClient:
    """A connection to a server; use it in a `with`."""

    def __init__(self, address: str, greeting: bytes = GREETING, buffer: int = 0) -> None:
        """`buffer`: about how many octets the kernel keeps for it that it has not read; 0: as the kernel likes."""
        host, _, port = address.rpartition(":")
        self._sock = socket.socket()
        self._sock.settimeout(LIMIT_S)
        if buffer:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self._sock.connect((host, int(port)))
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""
        self.send(greeting)

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._sock.close()

    def send(self, data: bytes, octets: int = 0) -> bool:
        """Sends, `octets` at a time if so told; False when the server has ended the connection."""
        try:
            for at in range(0, len(data), octets or max(len(data), 1)):
                self._sock.sendall(data[at : at + octets] if octets else data)
        except OSError:
            return False
        return True

    def offer(self, data: bytes) -> None:
        """Sends as much as the kernel takes at once."""
        with suppress(BlockingIOError):
            self._sock.send(data, socket.MSG_DONTWAIT)

    def finish(self) -> None:
        """Sends nothing any more."""
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:
            return  # the server was faster

    def frames(self) -> Iterator[Frame]:
        """What comes, until the server ends the connection."""
        while True:
            while len(self._rest) >= HEAD_SIZE:
                word, flags, stream = HEAD.unpack_from(self._rest)
                end = HEAD_SIZE + (word >> 8)
                if len(self._rest) < end:
                    break
                payload, self._rest = self._rest[HEAD_SIZE:end], self._rest[end:]
                yield Frame(word & 0xFF, flags, stream, payload)
            try:
                data = self._sock.recv(1 << 16)
            except ConnectionError:
                return
            if not data:
                return
            self._rest += data

    def goaway(self) -> int:
        """Reads to the end; the code of the GOAWAY, -1 when the connection ended without one."""
        codes = [struct.unpack(">II", one.payload[:8])[1] for one in self.frames() if one.kind == frames.GOAWAY]
        return codes[-1] if codes else -1

    def answer(self, stream: int) -> bytes:
        """Reads one answer to its end; the octets of its DATA and of its last header block."""
        found = b""
        for one in self.frames():
            if one.stream == stream:
                if one.kind in (frames.DATA, frames.HEADERS):
                    found += one.payload
                if one.flags & END or one.kind == frames.RST_STREAM:
                    return found
        return found


def fields(method: str = "Join", *more: tuple[bytes, bytes]) -> bytes:
    """The header block of a request."""
    return write_block(
        [
            (b":method", b"POST"),
            (b":scheme", b"http"),
            (b":path", (SERVICE + method).encode()),
            (b":authority", b"localhost"),
            (b"te", b"trailers"),
            (b"content-type", b"application/grpc"),
            *more,
        ]
    )


def body(user: str = "ann") -> bytes:
    """The message of a request with its prefix."""
    message = queue_pb2.JoinQueueRequest(user_id=user).SerializeToString()
    return struct.pack(">BI", 0, len(message)) + message


def request(stream: int, method: str = "Join", user: str = "ann") -> bytes:
    """A whole request."""
    return header_frames(stream, fields(method), 0, LONGEST) + frame(frames.DATA, END, stream, body(user))
