"""What a connection tells whoever sits above it. Each event names its stream as an object."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from tacorush.wire.http2.field_blocks import FieldBlock, Fields
    from tacorush.wire.http2.stream import Stream


class Headers(NamedTuple):
    """A header block came: a request's or response's head, a 1xx, or trailers (`stream.headed` tells)."""

    stream: Stream
    block: FieldBlock
    """The part that was looked up, or all of it."""
    more: Fields
    """Fields behind `block` that were decoded anew."""
    ended: bool


class Request(NamedTuple):
    """A whole request in one piece: Headers and Data that ended, at once."""

    stream: Stream
    block: FieldBlock
    more: Fields
    payload: bytes


class Response(NamedTuple):
    """A whole response in one piece: a head, one Data and trailers, at once, of blocks that are known whole."""

    stream: Stream
    head: FieldBlock
    payload: bytes
    end: FieldBlock


class Data(NamedTuple):
    """Octets came. Whoever took them in gives them back with `Connection.grant`."""

    stream: Stream
    payload: bytes
    ended: bool


class Reset(NamedTuple):
    """A stream has ended before its time."""

    stream: Stream
    code: int
    by_peer: bool
    """False: the peer broke a rule on this stream, and we ended it."""
    text: str


class Refused(NamedTuple):
    """The peer will never look at this stream (GOAWAY with a lower last stream, 6.8): it may be tried again."""

    stream: Stream


class Ready(NamedTuple):
    """The peer's first SETTINGS came: it speaks HTTP/2."""


class GoneAway(NamedTuple):
    """The peer takes no new streams on this connection."""

    last_stream: int
    code: int
    debug: bytes


class Pong(NamedTuple):
    """The answer to a PING of ours."""

    payload: bytes


class Failed(NamedTuple):
    """The connection is over: the peer broke the protocol, and GOAWAY is ready to be sent. No event follows."""

    code: int
    text: str


Event: TypeAlias = Headers | Data | Request | Response | Reset | Refused | Ready | GoneAway | Pong | Failed
