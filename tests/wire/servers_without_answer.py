"""Servers that never answer, lose the call on the way, or say how it ended in their own words."""

from __future__ import annotations

from tacorush.wire.http2 import frames
from tacorush.wire.http2.frames import Code, goaway, rst_stream, settings, window_update
from tests.wire.misbehaving_server import HEAD, OK, REPLY, UNBOUNDED, WHOLE, Row
from tests.wire.raw_answers import END, S, data, head, message, trailers

HTML = data(b"<html>no</html>", END)
FULL = settings([(4, frames.LARGEST_WINDOW)]) + window_update(0, frames.LARGEST_WINDOW - 65_535)


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
