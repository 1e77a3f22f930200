"""Frames as they lie on the wire (RFC 9113, sections 4, 6 and 7): numbers, and bytes made of them."""

from __future__ import annotations

from enum import IntEnum
from struct import Struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""What a client sends first (3.4)."""

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
"""Frame types (6.1 to 6.10). Any other is ignored (5.5)."""

END_STREAM = ACK = 0x1
END_HEADERS = 0x4
PADDED = 0x8
WITH_PRIORITY = 0x20

HEAD = Struct(">IBI")
"""Length and type in one word, flags, stream: 9 octets (4.1)."""
HEAD_SIZE = HEAD.size
STREAM_MASK = 0x7FFFFFFF
"""The reserved bit is ignored on receipt (4.1)."""
WORD = Struct(">I")
SETTING = Struct(">HI")
SETTING_PAIR = Struct(">II")

LARGEST_WINDOW = (1 << 31) - 1
LARGEST_STREAM = (1 << 31) - 1
SMALLEST_MAX_FRAME = 1 << 14
LARGEST_MAX_FRAME = (1 << 24) - 1


class Code(IntEnum):
    """Error codes (7)."""

    NO_ERROR = 0
    PROTOCOL_ERROR = 1
    INTERNAL_ERROR = 2
    FLOW_CONTROL_ERROR = 3
    SETTINGS_TIMEOUT = 4
    STREAM_CLOSED = 5
    FRAME_SIZE_ERROR = 6
    REFUSED_STREAM = 7
    CANCEL = 8
    COMPRESSION_ERROR = 9
    CONNECT_ERROR = 10
    ENHANCE_YOUR_CALM = 11
    INADEQUATE_SECURITY = 12
    HTTP_1_1_REQUIRED = 13


def code_name(code: int) -> str:
    """The name of an error code; an unknown one stays a number."""
    try:
        return Code(code).name
    except ValueError:
        return str(code)


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame."""
    return HEAD.pack(len(payload) << 8 | kind, flags, stream) + payload


def header_frames(stream: int, block: bytes, flags: int, largest: int) -> bytes:
    """A HEADERS frame, with CONTINUATION frames where the block is longer than a frame may be (4.3)."""
    if len(block) <= largest:
        return HEAD.pack(len(block) << 8 | HEADERS, flags | END_HEADERS, stream) + block
    parts = [block[at : at + largest] for at in range(0, len(block), largest)]
    made = [frame(HEADERS, flags, stream, parts[0])]
    made += [frame(CONTINUATION, 0, stream, part) for part in parts[1:-1]]
    made.append(frame(CONTINUATION, END_HEADERS, stream, parts[-1]))
    return b"".join(made)


def rst_stream(stream: int, code: int) -> bytes:
    """RST_STREAM (6.4)."""
    return frame(RST_STREAM, 0, stream, WORD.pack(code))


def settings(values: Iterable[tuple[int, int]]) -> bytes:
    """SETTINGS (6.5)."""
    return frame(SETTINGS, 0, 0, b"".join(SETTING.pack(*pair) for pair in values))


SETTINGS_ACK = frame(SETTINGS, ACK, 0)


def window_update(stream: int, increment: int) -> bytes:
    """WINDOW_UPDATE (6.9)."""
    return frame(WINDOW_UPDATE, 0, stream, WORD.pack(increment))


def goaway(last_stream: int, code: int, debug: str = "") -> bytes:
    """GOAWAY (6.8)."""
    return frame(GOAWAY, 0, 0, WORD.pack(last_stream) + WORD.pack(code) + debug.encode())
