"""Servers whose messages are wrong, compressed, cut off or too long; and some that are odd but right."""

from __future__ import annotations

import gzip

from tacorush.wire.http2 import frames
from tacorush.wire.http2.field_blocks import write_block
from tacorush.wire.http2.frames import frame, header_frames, settings
from tests.wire.misbehaving_server import BLOCK, HEAD, OK, PING, REPLY, WHOLE, Row
from tests.wire.raw_answers import END, HEADS, LONGEST, S, data, head, message, padded, split, trailers
from tests.wire.raw_peers import SETTINGS

GZIP = (b"grpc-encoding", b"gzip")
TRAILING = write_block([(b"grpc-status", b"0")])

MESSAGES = (
    Row("no message", HEAD + OK, 13, "answered", 0, 13),
    Row("trailers only, and OK", head((b"grpc-status", b"0"), end=True), 13, "answered", 0, 13),
    Row("a second message", HEAD + WHOLE + WHOLE + OK, 13, "answered", 4, 13),
    Row("a message cut off", HEAD + data(message(REPLY)[:-1]) + OK, 13, "answered", 0, 13),
    Row("a prefix cut off", HEAD + data(b"\x00\x00\x00") + OK, 13, "answered", 0, 13),
    Row(
        "a message cut off, and a failure",
        HEAD + data(message(REPLY)[:-1]) + trailers((b"grpc-status", b"9")),
        9,
        "answered",
        9,
        13,
        "the server's status says more than the cut",
    ),
    Row("a length too long", HEAD + data(message(REPLY, size=1000)) + OK, 13, "answered", 0, 13),
    Row("a length too short", HEAD + data(message(REPLY, size=1)) + OK, 13, "answered", 13, 13),
    Row("a length beyond the limit", HEAD + data(message(REPLY, size=(4 << 20) + 1)) + OK, 8, "unanswered", 8, 8),
    Row("the longest length", HEAD + data(message(REPLY, size=(1 << 32) - 1)) + OK, 8, "unanswered", 8, 8),
    Row("no protobuf", HEAD + data(message(b"\xff\xff\xff")) + OK, 13, "answered", 13, 13),
    Row("an unknown compression flag", HEAD + data(message(REPLY, flag=2)) + OK, 13, "answered", 0, 13),
    Row(
        "compressed without saying how", HEAD + data(message(gzip.compress(REPLY), flag=1)) + OK, 13, "answered", 13, 13
    ),
    Row("gzip", head(GZIP) + data(message(gzip.compress(REPLY), flag=1)) + OK, 0, "answered", 0, 0),
    Row("gzip that is not used", head(GZIP) + WHOLE + OK, 0, "answered", 0, 0),
    Row("gzip that is broken", head(GZIP) + data(message(b"\x1f\x8b no gzip", flag=1)) + OK, 13, "answered", 13, 13),
    Row("gzip cut off", head(GZIP) + data(message(gzip.compress(REPLY)[:-6], flag=1)) + OK, 13, "answered", 13, 13),
    Row("a gzip bomb", head(GZIP) + data(message(gzip.compress(bytes(64 << 20)), flag=1)) + OK, 8, "unanswered", 8, 8),
    Row(
        "unknown compression",
        head((b"grpc-encoding", b"snappy")) + data(message(REPLY, flag=1)) + OK,
        13,
        "answered",
        13,
        13,
    ),
)

ODD_BUT_RIGHT = (
    Row("one octet at a time", HEAD + WHOLE + OK, 0, "answered", 0, 0, octets=1),
    Row(
        "padded",
        padded(1, HEADS, BLOCK, 9) + padded(0, 0, message(REPLY), 255) + padded(1, HEADS | END, TRAILING, 0),
        0,
        "answered",
        13,
        0,
    ),
    Row("split headers", split(BLOCK, 0, 7) + WHOLE + split(TRAILING, END, 3), 0, "answered", 0, 0),
    Row(
        "a 103 first",
        header_frames(S, write_block([(b":status", b"103"), (b"link", b"x")]), 0, LONGEST) + HEAD + WHOLE + OK,
        0,
        "answered",
        2,
        0,
    ),
    Row("one stream at a time", HEAD + WHOLE + OK, 0, "answered", 0, 0, opening=settings([(3, 1)])),
    Row(
        "unknown frames and flags",
        frame(0xBA, 0xFF, 0, b"?")
        + frame(0xBA, 0, S)
        + frame(frames.HEADERS, HEADS | 0xD0 & ~0x20, S, BLOCK)
        + WHOLE
        + OK,
        0,
        "answered",
        0,
        0,
    ),
    Row("unknown settings", HEAD + WHOLE + OK, 0, "answered", 0, 0, opening=settings([(0xFACE, 7), (9, 0)])),
    Row("DATA in empty frames too", HEAD + data(b"") * 10 + WHOLE + data(b"") * 10 + OK, 0, "answered", 0, 0),
    Row("300 PINGs and SETTINGS", (PING + SETTINGS) * 150 + HEAD + WHOLE + OK, 0, "answered", 0, 0),
    Row("PRIORITY", frame(frames.PRIORITY, 0, S, bytes(5)) + HEAD + WHOLE + OK, 0, "answered", 0, 0),
    Row("content-type with a suffix", head(kind=b"application/grpc+proto") + WHOLE + OK, 0, "answered", 0, 0),
)
