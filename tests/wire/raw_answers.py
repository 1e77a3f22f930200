"""Answers to a connection's first request as bytes, right or wrong."""

from __future__ import annotations

import struct

from hpack import Encoder

from tacorush.wire.http2 import frames
from tacorush.wire.http2.field_blocks import write_block
from tacorush.wire.http2.frames import frame, header_frames

END, HEADS, LONGEST = frames.END_STREAM, frames.END_HEADERS, frames.SMALLEST_MAX_FRAME
S = 1
"""The stream of the only request."""


def head(
    *more: tuple[bytes, bytes], status: bytes = b"200", kind: bytes = b"application/grpc", end: bool = False
) -> bytes:
    """The head of a response."""
    block = write_block([(b":status", status), (b"content-type", kind), *more])
    return header_frames(S, block, END if end else 0, LONGEST)


def trailers(*fields: tuple[bytes, bytes]) -> bytes:
    return header_frames(S, write_block(fields), END, LONGEST)


def data(payload: bytes, flags: int = 0) -> bytes:
    cut = [payload[at : at + LONGEST] for at in range(0, len(payload), LONGEST)] or [b""]
    return b"".join(frame(frames.DATA, 0, S, part) for part in cut[:-1]) + frame(frames.DATA, flags, S, cut[-1])


def message(payload: bytes, flag: int = 0, size: int = -1) -> bytes:
    """A message with its prefix; `size` lies about its length."""
    return struct.pack(">BI", flag, len(payload) if size < 0 else size) + payload


def padded(kind: int, flags: int, payload: bytes, padding: int) -> bytes:
    return frame(kind, flags | frames.PADDED, S, bytes([padding]) + payload + bytes(padding))


def split(payload: bytes, flags: int, octets: int) -> bytes:
    """A header block in CONTINUATION frames of so many octets, an empty one among them."""
    parts = [payload[at : at + octets] for at in range(0, len(payload), octets)]
    first = frame(frames.HEADERS, flags, S, parts[0]) + frame(frames.CONTINUATION, 0, S)
    rest = b"".join(frame(frames.CONTINUATION, 0, S, part) for part in parts[1:])
    return first + rest + frame(frames.CONTINUATION, HEADS, S)


def bomb() -> bytes:
    """A head of 9 KiB that means 19 MiB: one large field in the dynamic table, referred to 5,000 times.

    That is beyond grpcio's hard limit of 16 MiB; of what lies between it and the soft one it refuses some by chance.
    """
    encoder = Encoder()
    block = encoder.encode([(b":status", b"200"), (b"x-bomb", b"x" * 3_900)])
    return header_frames(S, block + b"\xbe" * 5_000, 0, LONGEST)
