"""Valid frames of four calls, and frames that may come between them: what fuzzing begins with and mutates."""

from __future__ import annotations

import gzip

from google.protobuf.wrappers_pb2 import BytesValue

from tacorush.wire.calling import call_head
from tacorush.wire.http2 import frames
from tacorush.wire.http2.field_blocks import literal, write_block
from tacorush.wire.http2.frames import frame
from tacorush.wire.messages import prefixed
from tests.wire.joined import END, HEAD

HEADS, LAST = frames.END_HEADERS, frames.END_STREAM
BODY = prefixed(BytesValue(value=b"hello").SerializeToString())
FULL = call_head("/test/Unary", "f", False, 1.0, "f")
ZIPPED = gzip.compress(BytesValue(value=bytes(50_000)).SerializeToString())
BOMB = gzip.compress(bytes(1 << 20))
GZIP = literal(b"grpc-encoding", b"gzip")


def packed(message: bytes) -> bytes:
    """A compressed message with its prefix."""
    return b"\x01" + len(message).to_bytes(4) + message


REQUESTS = [
    piece
    for n in range(1, 9, 2)
    for piece in (
        frame(frames.HEADERS, HEADS, n, FULL + literal(b"trace", b"%d" % n)),
        frame(frames.DATA, LAST, n, BODY),
    )
]
RESPONSES = [
    piece
    for n in range(1, 9, 2)
    for piece in (
        frame(frames.HEADERS, HEADS, n, HEAD),
        frame(frames.DATA, 0, n, BODY),
        frame(frames.HEADERS, HEADS | LAST, n, END),
    )
]
STREAMED = [
    frame(frames.HEADERS, HEADS, 9, call_head("/test/Stream", "f", False, 1.0, "f")),
    frame(frames.DATA, LAST, 9, BODY),
    frame(frames.HEADERS, HEADS, 11, call_head("/test/Talk", "f", False, 1.0, "f") + GZIP),
    frame(frames.DATA, 0, 11, BODY + packed(ZIPPED) + BODY),
    frame(frames.DATA, 0, 11, packed(ZIPPED) * 3 + packed(BOMB)),
    frame(frames.DATA, LAST, 11, BODY[:7]),
    frame(frames.DATA, LAST, 11, BODY),
    frames.settings([(4, 0)]),
    frames.window_update(9, 7),
]
STREAMS = [
    piece
    for n in (5, 7)
    for piece in (
        frame(frames.HEADERS, HEADS, n, HEAD + GZIP),
        frame(frames.DATA, 0, n, BODY * 3 + packed(ZIPPED) + BODY[:7]),
        frame(frames.DATA, 0, n, BODY[7:] + packed(ZIPPED) * 3),
        frame(frames.DATA, 0, n, packed(BOMB)),
        frame(frames.DATA, 0, n, packed(b"no gzip")),
    )
]
OTHERS = [
    frame(frames.PING, 0, 0, bytes(8)),
    frames.settings([(4, 100), (5, 20_000)]),
    frames.window_update(0, 1000),
    frames.window_update(1, 1000),
    frames.rst_stream(3, 8),
    frames.goaway(3, 0, "bye"),
    frame(0x55, 3, 1, b"??"),
    frame(frames.HEADERS, LAST, 5, write_block([(b":status", b"200")])),
    frame(frames.CONTINUATION, HEADS, 5, literal(b"a", b"b")),
]
