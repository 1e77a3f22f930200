"""Settings (RFC 9113, 6.5): what each side asks of the other, and which values are legal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tacorush.wire.http2.errors import ProtocolError
from tacorush.wire.http2.frames import (
    LARGEST_MAX_FRAME,
    LARGEST_WINDOW,
    SETTING,
    SMALLEST_MAX_FRAME,
    Code,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, MAX_HEADER_LIST_SIZE = (
    range(1, 7)
)
"""Identifiers (6.5.2). Any other is ignored."""

NO_TABLE = (HEADER_TABLE_SIZE, 0)
"""Blocks then repeat byte for byte and can be looked up.

A client announces it at once, a server when there is more than one request: it is bound to take in whatever table a
client makes for the first (RFC 7541, 4.2), and h2spec makes one.
"""
DEFAULT_WINDOW = 65_535
DEFAULT_TABLE = 4_096


@dataclass(slots=True)
class PeerSettings:
    """What the peer asks of us; before its SETTINGS came, the defaults (6.5.2)."""

    max_concurrent_streams: int = 1 << 31
    initial_window: int = DEFAULT_WINDOW
    max_frame: int = SMALLEST_MAX_FRAME
    max_header_list: int = 1 << 31


@dataclass(frozen=True, slots=True)
class OurSettings:
    """What we ask of the peer."""

    max_concurrent_streams: int = 16_384
    """Streams that the peer may have open at once; a client that takes no pushes does not announce it."""
    initial_window: int = 1 << 20
    """Octets that a stream may send us before we grant more."""
    connection_window: int = 1 << 24
    """Octets that all streams together may."""
    max_frame: int = SMALLEST_MAX_FRAME
    max_header_list: int = 1 << 14
    """Largest header list taken in, in octets counted as RFC 9113, 6.5.2 does."""

    def pairs(self, client: bool) -> list[tuple[int, int]]:
        """Identifier and value of each, as they are announced first."""
        first = [NO_TABLE, (ENABLE_PUSH, 0)] if client else [(MAX_CONCURRENT_STREAMS, self.max_concurrent_streams)]
        return [
            *first,
            (INITIAL_WINDOW_SIZE, self.initial_window),
            (MAX_FRAME_SIZE, self.max_frame),
            (MAX_HEADER_LIST_SIZE, self.max_header_list),
        ]


def read_pairs(payload: bytes) -> Iterator[tuple[int, int]]:
    """Yields identifier and value of a SETTINGS payload, checked; raises ProtocolError (6.5, 6.5.2)."""
    if len(payload) % SETTING.size:
        raise ProtocolError(Code.FRAME_SIZE_ERROR, f"a SETTINGS payload of {len(payload)} octets")
    for name, value in SETTING.iter_unpack(payload):
        if name == ENABLE_PUSH and value > 1:
            raise ProtocolError(Code.PROTOCOL_ERROR, f"SETTINGS_ENABLE_PUSH {value}")
        if name == INITIAL_WINDOW_SIZE and value > LARGEST_WINDOW:
            raise ProtocolError(Code.FLOW_CONTROL_ERROR, f"SETTINGS_INITIAL_WINDOW_SIZE {value}")
        if name == MAX_FRAME_SIZE and not SMALLEST_MAX_FRAME <= value <= LARGEST_MAX_FRAME:
            raise ProtocolError(Code.PROTOCOL_ERROR, f"SETTINGS_MAX_FRAME_SIZE {value}")
        yield name, value
