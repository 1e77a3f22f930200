"""Which header lists are well formed (RFC 9113, 8.1 to 8.3), and what they are about.

A verdict here is a sentence: empty when the list is well formed, else what is wrong with it.

One rule is kept less strictly than written: values may begin and end with a space. The text of a gRPC status may, and
its peers send it as it is; an answer must not be lost over it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tacorush.wire.http2.field_blocks import Fields

_NAME = re.compile(rb":?[!-9;-@\[-~]+")
"""Visible ASCII without upper case and without a colon but the first (8.2.1)."""
_BAD_VALUE = re.compile(rb"[\x00\r\n]")
_HOP_BY_HOP = frozenset({b"connection", b"proxy-connection", b"keep-alive", b"transfer-encoding", b"upgrade"})
"""Fields that are about a connection of HTTP/1.1 (8.2.2)."""
_REQUEST_WORDS = frozenset({b":method", b":scheme", b":path", b":authority"})
_REQUIRED = (b":method", b":scheme", b":path")
_STATUS = re.compile(rb"[1-9][0-9][0-9]")
_ENTRY_OVERHEAD = 32
"""Octets that a field counts beyond its name and value (6.5.2)."""


def list_size(fields: Fields) -> int:
    """The size of a header list as SETTINGS_MAX_HEADER_LIST_SIZE counts it."""
    return sum(len(name) + len(value) + _ENTRY_OVERHEAD for name, value in fields)


def regular_fault(name: bytes, value: bytes) -> str:
    """What is wrong with a field that is no pseudo-header."""
    if not _NAME.fullmatch(name) or _BAD_VALUE.search(value):
        return f"the field {name!r} has a malformed name or value"
    if name in _HOP_BY_HOP or (name == b"te" and value != b"trailers"):
        return f"the field {name!r} is about a connection of HTTP/1.1"
    return ""


def trailers_fault(fields: Fields) -> str:
    """What is wrong with trailers: they have no pseudo-headers."""
    for name, value in fields:
        if name[:1] == b":":
            return f"the pseudo-header {name!r} in trailers"
        if fault := regular_fault(name, value):
            return fault
    return ""


def request_fault(fields: Fields) -> str:
    """What is wrong with the head of a request (8.3.1)."""
    fault, words = _split(fields, _REQUEST_WORDS)
    if fault:
        return fault
    if words.get(b":method") == b"CONNECT":
        return "CONNECT is not served"
    for required in _REQUIRED:
        if not words.get(required):
            return f"the pseudo-header {required!r} is missing or empty"
    return ""


def response_fault(fields: Fields) -> str:
    """What is wrong with the head of a response (8.3.2)."""
    fault, words = _split(fields, frozenset({b":status"}))
    if not fault and not _STATUS.fullmatch(words.get(b":status", b"")):
        return "the pseudo-header b':status' is missing or no status"
    return fault


def content_length(fields: Fields) -> int:
    """The content-length of a head; -1 where there is none, -2 where it is malformed."""
    said = {value for name, value in fields if name == b"content-length"}
    if not said:
        return -1
    value = said.pop()
    # 18 digits are more than any message has, and a number that long is no work to read.
    return int(value) if not said and value.isdigit() and len(value) <= 18 else -2


def _split(fields: Fields, allowed: frozenset[bytes]) -> tuple[str, dict[bytes, bytes]]:
    words: dict[bytes, bytes] = {}
    regular = False
    for name, value in fields:
        if name[:1] != b":":
            regular = True
            if fault := regular_fault(name, value):
                return fault, words
        elif regular or name in words or name not in allowed or _BAD_VALUE.search(value):
            return f"the pseudo-header {name!r} is unknown, repeated, malformed or out of place", words
        else:
            words[name] = value
    return "", words
