"""gRPC status codes: their numbers, and which one stands for what happened below gRPC (the tables of the gRPC docs)."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from tacorush.wire.http2.frames import Code

if TYPE_CHECKING:
    from collections.abc import Mapping

OK, CANCELLED, UNKNOWN, INVALID_ARGUMENT, DEADLINE_EXCEEDED = 0, 1, 2, 3, 4
RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE = 8, 12, 13, 14
LARGEST = 16

BY_HTTP: Mapping[int, int] = MappingProxyType(
    {400: INTERNAL, 401: 16, 403: 7, 404: UNIMPLEMENTED, 429: UNAVAILABLE, 502: UNAVAILABLE, 503: UNAVAILABLE}
    | {504: UNAVAILABLE}
)
"""HTTP status to gRPC status; any other is UNKNOWN (http-grpc-status-mapping.md)."""

BY_RESET: Mapping[int, int] = MappingProxyType(
    {
        Code.NO_ERROR: INTERNAL,
        Code.PROTOCOL_ERROR: INTERNAL,
        Code.INTERNAL_ERROR: INTERNAL,
        Code.FLOW_CONTROL_ERROR: INTERNAL,
        Code.SETTINGS_TIMEOUT: INTERNAL,
        Code.STREAM_CLOSED: INTERNAL,
        Code.FRAME_SIZE_ERROR: INTERNAL,
        Code.REFUSED_STREAM: UNAVAILABLE,
        Code.CANCEL: CANCELLED,
        Code.COMPRESSION_ERROR: INTERNAL,
        Code.CONNECT_ERROR: INTERNAL,
        Code.ENHANCE_YOUR_CALM: RESOURCE_EXHAUSTED,
        Code.INADEQUATE_SECURITY: 7,
        Code.HTTP_1_1_REQUIRED: INTERNAL,
    }
)
"""Code of an RST_STREAM to gRPC status; any other is UNKNOWN (PROTOCOL-HTTP2.md, Errors).

That table leaves STREAM_CLOSED and HTTP_1_1_REQUIRED out; grpcio and grpc-go both say INTERNAL.
"""

_NUMBER = re.compile(rb"[0-9]{1,3}")
_UNQUOTED = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")


def read_status(value: bytes) -> int:
    """The number of a `grpc-status`; UNKNOWN for what is no number or none of gRPC's."""
    if not _NUMBER.fullmatch(value) or int(value) > LARGEST:
        return UNKNOWN
    return int(value)


def read_detail(value: bytes) -> str:
    """The text of a `grpc-message`: percent-encoded UTF-8; what is not is shown as well as can be, never lost."""
    return unquote_to_bytes(value).decode(errors="replace")


def write_detail(text: str) -> bytes:
    """A text as `grpc-message` carries it (PROTOCOL-HTTP2.md, Status-Message)."""
    return quote(text, safe=_UNQUOTED, errors="replace").encode()
