"""Servers that misbehave, and some that are odd but right: what each sends, and what three clients make of it.

The statuses of grpcio and of grpc-go are measurements (`tests/wire/test_misbehaving_servers.py` repeats them). Ours is
grpc-go's, and so grpcio's where these two agree, unless `why` says what speaks against it: mostly RFC 9113.
"""

from __future__ import annotations

import gzip
import struct
from typing import TYPE_CHECKING, NamedTuple

from contracts.messages import queue_pb2
from tacorush.wire.http2 import frames
from tacorush.wire.http2.field_blocks import write_block
from tacorush.wire.http2.frames import Code, frame, goaway, header_frames, rst_stream, settings, window_update
from tests.wire.raw_answers import END, HEADS, LONGEST, S, bomb, data, head, message, padded, split, trailers
from tests.wire.raw_peers import SETTINGS

if TYPE_CHECKING:
    from tacorush.wire.channel import Delivery
    from tests.wire.raw_peers import Talk


UNBOUNDED = -1
"""Stands for a client that waits on beyond its deadline."""
VARIES = -2
"""Stands for a client whose report depends on how fast it reads."""


class Row(NamedTuple):
    """One server."""

    name: str
    answer: bytes
    """What it sends once the request is there."""
    ours: int
    delivery: Delivery
    grpcio: int
    go: int
    why: str = ""
    opening: bytes = SETTINGS
    """What it sends first."""
    closes: bool = False
    """It ends the connection behind its answer; else it goes on reading."""
    reads: bool = True
    octets: int = 0
    """How many it sends at a time; 0: all."""
    request: int = 0
    """How many octets the request has."""

    def behave(self, talk: Talk) -> None:
        """Serves one connection."""
        talk.send(self.opening)
        if not self.reads:
            return
        if talk.request(whole=not self.request) != S:
            return
        talk.send(self.answer, self.octets)
        if self.closes:
            talk.close()
        talk.read_all()


REPLY = queue_pb2.JoinQueueResponse(waiting_token="ok").SerializeToString()
LARGE = queue_pb2.JoinQueueResponse(waiting_token="x" * (3 << 20)).SerializeToString()
HEAD, WHOLE = head(), data(message(REPLY))
OK = trailers((b"grpc-status", b"0"))
HTML = data(b"<html>no</html>", END)
GZIP = (b"grpc-encoding", b"gzip")
FULL = settings([(4, frames.LARGEST_WINDOW)]) + window_update(0, frames.LARGEST_WINDOW - 65_535)
PING = frame(frames.PING, 0, 0, bytes(8))
BLOCK = write_block([(b":status", b"200"), (b"content-type", b"application/grpc")])
TRAILING = write_block([(b"grpc-status", b"0")])


def status(text: bytes) -> bytes:
    return HEAD + WHOLE + trailers((b"grpc-status", text))


SILENT = (
    Row("never answers", b"", 4, "unanswered", 4, 4),
    Row("never answers more than a head", HEAD, 4, "unanswered", 4, 4),
    Row("never ends", HEAD + WHOLE, 4, "unanswered", 4, 4),
    Row(
        "never reads",
        b"",
        4,
        "unanswered",
        UNBOUNDED,
        4,
        "grpcio waits on beyond its deadline: not called",
        opening=FULL,
        reads=False,
        request=12 << 20,
    ),
    Row(
        "never greets",
        b"",
        4,
        "unsent",
        14,
        4,
        "grpcio gives up connecting before its deadline",
        opening=b"",
        reads=False,
    ),
    Row("window 0", b"", 4, "unanswered", 4, 4, opening=settings([(4, 0)]), request=10),
    Row("no streams at all", b"", 4, "unsent", 4, 4, opening=settings([(3, 0)])),
)

LOST = (
    Row("closes at once", b"", 14, "unanswered", 14, 14, closes=True),
    Row("closes in the body", HEAD + WHOLE[:-2], 14, "unanswered", 14, 14, closes=True),
    Row("closes before the trailers", HEAD + WHOLE, 14, "unanswered", 14, 14, closes=True),
    Row("GOAWAY with id 0", goaway(0, 0), 14, "unsent", 14, 14),
    Row("GOAWAY with a later id, then the answer", goaway(1, 0) + HEAD + WHOLE + OK, 0, "answered", 0, 0),
    Row("GOAWAY with a later id, then closes", goaway(1, 0), 14, "unanswered", 14, 14, closes=True),
    Row("GOAWAY ENHANCE_YOUR_CALM", goaway(0, 11, "too_many_pings"), 14, "unsent", 14, 14),
    Row("speaks HTTP/1.1", b"", 14, "unsent", 14, 14, opening=b"HTTP/1.1 400 Bad Request\r\n\r\n", closes=True),
    *(
        Row(f"RST_STREAM {code.name}", rst_stream(S, code), 13, "unanswered", 13, 13)
        for code in Code
        if code
        not in (
            Code.FLOW_CONTROL_ERROR,
            Code.REFUSED_STREAM,
            Code.CANCEL,
            Code.ENHANCE_YOUR_CALM,
            Code.INADEQUATE_SECURITY,
        )
    ),
    Row("RST_STREAM FLOW_CONTROL_ERROR", rst_stream(S, 3), 13, "unanswered", 13, 8, "the gRPC documents: INTERNAL"),
    Row(
        "RST_STREAM REFUSED_STREAM",
        rst_stream(S, 7),
        14,
        "unsent",
        14,
        4,
        "grpc-go tries again until its deadline; we never do",
    ),
    Row("RST_STREAM CANCEL", rst_stream(S, 8), 1, "unanswered", 1, 1),
    Row("RST_STREAM ENHANCE_YOUR_CALM", rst_stream(S, 11), 8, "unanswered", 8, 8),
    Row("RST_STREAM INADEQUATE_SECURITY", rst_stream(S, 12), 7, "unanswered", 7, 7),
    Row("RST_STREAM unknown", rst_stream(S, 99), 2, "unanswered", 13, 2),
    Row("RST_STREAM CANCEL in the body", HEAD + WHOLE[:-2] + b"x" * 2 + rst_stream(S, 8), 1, "unanswered", 1, 1),
    Row("RST_STREAM NO_ERROR behind a whole answer", HEAD + WHOLE + OK + rst_stream(S, 0), 0, "answered", 0, 0),
)

_BY_HTTP = {200: 2, 302: 2, 400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 500: 2, 502: 14, 503: 14, 504: 14}

STATUS = (
    Row("trailers without a status", HEAD + WHOLE + trailers((b"x", b"y")), 2, "answered", 2, 2),
    Row(
        "no trailers",
        HEAD + data(message(REPLY), END),
        2,
        "answered",
        2,
        13,
        "the gRPC documents: no status is UNKNOWN",
    ),
    Row("a status that is a word", status(b"OK"), 2, "answered", 13, 2),
    Row("an empty status", status(b""), 2, "answered", 13, 2),
    Row("a status beyond the last", status(b"17"), 2, "answered", 2, 17, "there are 17 statuses"),
    Row("a status of 1000 digits", status(b"9" * 1000), 2, "answered", 13, 2),
    Row("a negative status", status(b"-1"), 2, "answered", 13, 4294967295, "there are 17 statuses"),
    Row("two statuses", HEAD + WHOLE + trailers((b"grpc-status", b"5"), (b"grpc-status", b"0")), 0, "answered", 0, 0),
    *(
        Row(f"HTTP {http} as HTML", head(status=b"%d" % http, kind=b"text/html") + HTML, grpc, "answered", grpc, grpc)
        for http, grpc in _BY_HTTP.items()
    ),
    Row("HTTP 503 without a body", head(status=b"503", kind=b"text/html", end=True), 14, "answered", 14, 14),
    Row("HTTP 503 with a gRPC status", head((b"grpc-status", b"8"), status=b"503", end=True), 8, "answered", 8, 8),
)

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

AGAINST_HTTP2 = (
    Row(
        "the connection's window overflowed",
        window_update(0, (1 << 31) - 1) * 2,
        14,
        "unanswered",
        4,
        4,
        "RFC 9113, 6.9.1; both look away",
    ),
    Row(
        "the stream's window overflowed",
        window_update(S, (1 << 31) - 1) * 2,
        13,
        "answered",
        4,
        4,
        "RFC 9113, 6.9.1; both look away",
        opening=settings([(4, 70_000)]),
    ),
    Row("window updates by 0", window_update(0, 0), 14, "unanswered", 2, 14),
    Row(
        "windows ignored",
        head() + data(message(LARGE)) + OK,
        0,
        "answered",
        13,
        VARIES,
        "what is read is granted again at once, so that it cannot be told from a window kept",
    ),
    Row(
        "DATA before the head",
        WHOLE + HEAD + OK,
        13,
        "answered",
        0,
        0,
        "RFC 9113, 8.1.1: a malformed response is not accepted; both look away",
    ),
    Row(
        "no :status",
        header_frames(S, write_block([(b"content-type", b"application/grpc")]), 0, LONGEST) + WHOLE + OK,
        13,
        "answered",
        0,
        0,
        "RFC 9113, 8.1.1: a malformed response is not accepted; both look away",
    ),
    Row("upper-case names", head((b"X-Y", b"z")) + WHOLE + OK, 13, "answered", 13, 13),
    Row(
        "a pseudo-header in trailers",
        HEAD + WHOLE + trailers((b":status", b"200"), (b"grpc-status", b"0")),
        13,
        "answered",
        0,
        0,
        "RFC 9113, 8.1.1: a malformed response is not accepted; both look away",
    ),
    Row(
        "a content-length that is wrong",
        head((b"content-length", b"3")) + WHOLE + OK,
        13,
        "answered",
        0,
        0,
        "RFC 9113, 8.1.1: a malformed response is not accepted; both look away",
    ),
    Row(
        "PUSH_PROMISE",
        frame(frames.PUSH_PROMISE, HEADS, S, struct.pack(">I", 2) + BLOCK),
        14,
        "unanswered",
        4,
        4,
        "RFC 9113, 8.4; both look away",
    ),
    Row(
        "HEADERS on a stream of its own",
        header_frames(2, BLOCK, 0, LONGEST),
        14,
        "unanswered",
        4,
        4,
        "RFC 9113, 5.1.1; both look away",
    ),
    Row(
        "DATA on a stream that never was",
        frame(frames.DATA, 0, 9, b"x"),
        14,
        "unanswered",
        4,
        4,
        "RFC 9113, 5.1; both look away",
    ),
    Row(
        "padding beyond its frame",
        HEAD + frame(frames.DATA, frames.PADDED, S, b"\xff" + message(REPLY)),
        14,
        "unanswered",
        13,
        14,
    ),
    Row("a frame too large", HEAD + frame(frames.DATA, 0, S, bytes(1 << 23)), 14, "unanswered", 2, 14),
    Row(
        "a header block that is none",
        frame(frames.HEADERS, HEADS, S, b"\xff\xff\xff\xff\xff\xff\xff\xff"),
        14,
        "unanswered",
        13,
        14,
    ),
    Row("a header block interrupted", frame(frames.HEADERS, 0, S, BLOCK[:3]) + PING, 14, "unanswered", 2, 14),
    Row("PING of 7 octets", frame(frames.PING, 0, 0, bytes(7)), 14, "unanswered", 2, 14),
    Row(
        "SETTINGS that are illegal",
        settings([(5, 1)]),
        14,
        "unanswered",
        2,
        4,
        "RFC 9113, 6.5.2: the connection is over",
    ),
    Row(
        "giant headers",
        head((b"x-giant", b"y" * 100_000)) + WHOLE + OK,
        14,
        "unanswered",
        0,
        0,
        "more than twice what we announced; both take it in",
    ),
    Row("large trailers", HEAD + WHOLE + trailers((b"grpc-status", b"0"), (b"x", b"y" * 20_000)), 0, "answered", 0, 0),
    Row(
        "a header bomb",
        bomb() + WHOLE + OK,
        14,
        "unanswered",
        8,
        2,
        "the decoder stops in the middle: the connection is over",
    ),
    Row(
        "a flood of PING",
        PING * 20_000,
        14,
        "unanswered",
        4,
        4,
        "RFC 9113, 10.5: a flood ends the connection before the deadline",
    ),
    Row(
        "a flood of SETTINGS",
        SETTINGS * 20_000,
        14,
        "unanswered",
        4,
        4,
        "RFC 9113, 10.5: a flood ends the connection before the deadline",
    ),
    Row(
        "a flood of CONTINUATION",
        frame(frames.HEADERS, 0, S, BLOCK) + frame(frames.CONTINUATION, 0, S, b"\x00\x01a\x01b") * 20_000,
        14,
        "unanswered",
        4,
        4,
        "RFC 9113, 10.5: a flood ends the connection before the deadline",
    ),
    Row(
        "a flood of empty DATA",
        HEAD + data(b"") * 20_000,
        14,
        "unanswered",
        2,
        4,
        "RFC 9113, 10.5: a flood ends the connection before the deadline",
    ),
)

ROWS = (*SILENT, *LOST, *STATUS, *MESSAGES, *ODD_BUT_RIGHT, *AGAINST_HTTP2)
