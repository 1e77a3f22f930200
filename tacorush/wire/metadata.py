"""Metadata and deadlines as HTTP/2 fields (gRPC over HTTP/2: Custom-Metadata, Timeout)."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from functools import lru_cache
from typing import TYPE_CHECKING

from tacorush.wire.http2.field_blocks import SHORT, literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tacorush.wire.http2.field_blocks import Fields

_NAME = re.compile(r"[0-9a-z_.-]+")
_OURS = frozenset({"te", "content-type", "user-agent", "content-length"})
"""Names that belong to the transport, beside all that begin with `grpc-` or a colon."""
_LARGEST_AMOUNT = 99_999_999
"""A timeout has at most 8 digits."""
_UNITS = ((1_000_000, b"u"), (1_000, b"m"), (1, b"S"))
_NANOSECONDS = {b"H": 3_600 * 10**9, b"M": 60 * 10**9, b"S": 10**9, b"m": 10**6, b"u": 10**3, b"n": 1}


class MetadataError(ValueError):
    """A name or value that gRPC cannot carry."""


def write_fields(metadata: Iterable[tuple[str, str | bytes]]) -> bytes:
    """All of a call's metadata as HPACK literals; raises MetadataError for what cannot be sent."""
    blocks = []
    for name, value in metadata:
        start = _start_of(name)
        # The way of a trace id, at half of what `write_field` takes.
        if start and value.__class__ is str and len(value) < SHORT and value.isascii() and value.isprintable():
            blocks.append(b"%b%c%b" % (start, len(value), value.encode()))
        else:
            blocks.append(write_field(name, value))
    return b"".join(blocks)


def write_field(name: str, value: str | bytes) -> bytes:
    """One field of metadata as an HPACK literal; raises MetadataError for what cannot be sent."""
    raw = _written_name(name)
    if name.endswith("-bin"):
        octets = value if isinstance(value, bytes) else value.encode()
        return literal(raw, b64encode(octets).rstrip(b"="))
    text = value if isinstance(value, str) else value.decode("latin-1")
    if not (text.isascii() and text.isprintable()):
        raise MetadataError(f"the value of the metadata {name!r} has more than visible ASCII; use a name with -bin")
    return literal(raw, text.encode())


def _written_name(name: str) -> bytes:
    if not _NAME.fullmatch(name) or name in _OURS or name.startswith("grpc-"):
        raise MetadataError(f"the metadata name {name!r} is reserved, or has more than lower case, digits, '-_.'")
    return name.encode()


@lru_cache(maxsize=256)  # one look-up a field instead of a match and two comparisons
def _start_of(name: str) -> bytes:
    """A text's literal up to its value's length; empty where it is not that simple."""
    raw = _written_name(name)
    return b"" if name.endswith("-bin") or len(raw) >= SHORT else literal(raw, b"")[:-1]


def read_fields(fields: Fields) -> tuple[tuple[str, str | bytes], ...]:
    """The metadata among the fields of a head or of trailers; a `-bin` value that is no base64 is left out."""
    found: list[tuple[str, str | bytes]] = []
    for raw, value in fields:
        name = raw.decode("ascii")
        if name[:1] == ":" or name in _OURS or name.startswith("grpc-"):
            continue
        if not name.endswith("-bin"):
            found.append((name, value.decode("latin-1")))
            continue
        for part in value.split(b","):  # several values of one name may have been joined on the way
            try:
                found.append((name, b64decode(part.strip() + b"=" * (-len(part.strip()) % 4), validate=True)))
            except (binascii.Error, ValueError):
                continue
    return tuple(found)


def value_of(fields: Fields, name: bytes) -> bytes | None:
    """The first value of a name; None where it is missing."""
    return next((value for found, value in fields if found == name), None)


def write_timeout(seconds: float) -> bytes:
    """A `grpc-timeout`, rounded up to the finest unit that 8 digits allow, in as few digits as say the same."""
    micros = max(1, -int(-seconds * 1_000_000 // 1))
    for step, unit in reversed(_UNITS):
        if micros % (1_000_000 // step) == 0 and micros * step // 1_000_000 <= _LARGEST_AMOUNT:
            return b"%d%b" % (micros * step // 1_000_000, unit)
    for step, unit in _UNITS:
        amount = -(-micros * step // 1_000_000)
        if amount <= _LARGEST_AMOUNT:
            return b"%d%b" % (amount, unit)
    return b"%dS" % _LARGEST_AMOUNT


def read_timeout(value: bytes) -> int | None:
    """A `grpc-timeout` in nanoseconds; None for one that is malformed."""
    if not re.fullmatch(rb"[0-9]{1,8}[HMSmun]", value):
        return None
    return int(value[:-1]) * _NANOSECONDS[value[-1:]]
