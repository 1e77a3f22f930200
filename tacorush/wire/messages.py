"""Messages in a stream of DATA (gRPC over HTTP/2, Length-Prefixed-Message): one octet that says whether it is
compressed, four of length, then the message.

The reader takes pieces of any size and does bounded work for each octet. It holds at most one message of at most
`largest` octets: a longer one is refused as soon as its length is read, and a compressed one as soon as it inflates
beyond that, so that a bomb costs no more than the largest message. gzip makes a thousand octets of one: what inflates
of one read is bounded by `largest` in all (`feed`), or is kept as it came until it is wanted (`cut`).
"""

from __future__ import annotations

import zlib
from struct import Struct
from typing import NamedTuple

from tacorush.wire.status import INTERNAL, RESOURCE_EXHAUSTED, UNIMPLEMENTED

PREFIX = Struct(">BI")
PREFIX_SIZE = PREFIX.size
DEFAULT_LARGEST = 4 << 20
"""Largest message taken in, as gRPC has it everywhere."""
_GZIP = 16 + zlib.MAX_WBITS
ENCODINGS = ("identity", "gzip")


class MessageError(Exception):
    """A message that cannot be read; `status` is the gRPC status that says why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def prefixed(message: bytes) -> bytes:
    """A message as it is sent: not compressed."""
    return PREFIX.pack(0, len(message)) + message


class Packed(NamedTuple):
    """A whole message as it came."""

    octets: bytes
    most: int
    """How many octets it may inflate to; -1 when it is not compressed."""

    def unpacked(self) -> bytes:
        """The message; raises MessageError for one that is broken or inflates beyond what it may."""
        return self.octets if self.most < 0 else _inflated(self.octets, self.most)


class MessageReader:
    """Reads the messages of one direction of one stream. `server` decides the status of an unknown encoding."""

    __slots__ = ("_buffer", "_compressed", "_encoding", "_largest", "_server", "_size")

    def __init__(self, largest: int, encoding: str = "identity", server: bool = False) -> None:
        self._largest, self._encoding, self._server = largest, encoding, server
        self._buffer = bytearray()
        self._size = -1
        self._compressed = False

    @property
    def partial(self) -> bool:
        """A message has begun and is not complete."""
        return bool(self._buffer) or self._size >= 0

    def feed(self, data: bytes) -> list[bytes]:
        """Takes octets in and returns the messages that are complete now; raises MessageError.

        It is as well raised where those that were compressed have more than `largest` octets together.
        """
        found: list[bytes] = []
        room = self._largest
        for octets, most in self.cut(data):
            found.append(octets if most < 0 else _inflated(octets, room))
            if most >= 0:
                room -= len(found[-1])
        return found

    def cut(self, data: bytes) -> list[Packed]:
        """Takes octets in and returns the messages that are complete now, as they came; raises MessageError."""
        buffer = self._buffer
        buffer += data
        found: list[Packed] = []
        start = 0
        while True:
            if self._size < 0:
                if len(buffer) - start < PREFIX_SIZE:
                    break
                self._begin(*PREFIX.unpack_from(buffer, start))
                start += PREFIX_SIZE
            if len(buffer) - start < self._size:
                break
            octets = bytes(buffer[start : start + self._size])
            found.append(Packed(octets, self._largest if self._compressed else -1))
            start += self._size
            self._size = -1
        del buffer[:start]
        return found

    def _begin(self, flag: int, size: int) -> None:
        if flag > 1:
            raise MessageError(INTERNAL, f"a message with the compression flag {flag}")
        if size > self._largest:
            raise MessageError(RESOURCE_EXHAUSTED, f"a message of {size} octets, the most is {self._largest}")
        if flag and self._encoding == "identity":
            raise MessageError(INTERNAL, "a compressed message without a grpc-encoding")
        if flag and self._encoding not in ENCODINGS:
            status = UNIMPLEMENTED if self._server else INTERNAL
            raise MessageError(status, f"a message compressed with {self._encoding!r}, only gzip is known")
        self._compressed, self._size = bool(flag), size


def _inflated(message: bytes, most: int) -> bytes:
    unzip = zlib.decompressobj(_GZIP)
    try:
        inflated = unzip.decompress(message, most + 1)
    except zlib.error as error:
        raise MessageError(INTERNAL, f"a compressed message that is broken: {error}") from error
    if len(inflated) > most:
        raise MessageError(RESOURCE_EXHAUSTED, f"a message that inflates beyond {most} octets")
    if not unzip.eof:
        raise MessageError(INTERNAL, "a compressed message that is cut off")
    return inflated
