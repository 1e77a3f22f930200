"""The same octets mean the same in one piece, where whole calls are taken in at once, and octet by octet.

Mutated conversations go to two connections each, one in each way: they must send the same, keep the same streams, and
end alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st

from tacorush.wire.http2.events import Data, Headers, Request, Reset, Response
from tacorush.wire.http2.settings import OurSettings
from tests.examples import examples
from tests.wire import by_hand
from tests.wire.by_hand import (
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PING,
    REQUEST,
    RESPONSE,
    TRAILERS,
    WHOLE,
    field,
    frame,
    word,
)

if TYPE_CHECKING:
    from tacorush.wire.http2.client import ClientConnection
    from tacorush.wire.http2.connection import Connection
    from tacorush.wire.http2.events import Event

RESERVED = 1 << 31
MESSAGE = b"\x00" + word(3) + b"abc"
OURS = OurSettings(max_concurrent_streams=3, initial_window=40, connection_window=65_535)

HEADS = [
    REQUEST,
    REQUEST + field(b"trace", b"1"),
    REQUEST + field(b"content-length", b"8"),
    REQUEST + field(b"content-length", b"9"),
    REQUEST + field(b"grpc-encoding", b"gzip"),
    REQUEST + b"\x82",
    REQUEST + field(b"Upper", b"x"),
    REQUEST.replace(b"Unary", b"Other"),
    REQUEST.replace(b"application/grpc", b"application/json"),
    RESPONSE,
    b"",
    b"\xff",
    b"\x20" + REQUEST,
]
ANSWERS = [
    RESPONSE,
    RESPONSE + field(b"trace", b"1"),
    RESPONSE + field(b"content-length", b"8"),
    RESPONSE + field(b"content-length", b"9"),
    RESPONSE + field(b"grpc-encoding", b"gzip"),
    b"\x88",
    field(b":status", b"103"),
    field(b":status", b"503"),
    TRAILERS,
    REQUEST,
]
ENDS = [TRAILERS, field(b"grpc-status", b"5") + field(b"grpc-message", b"no"), field(b"x", b"y"), RESPONSE, b"\x88"]
BODIES = [MESSAGE, MESSAGE + MESSAGE, MESSAGE[:-1], b"", b"\x02" + MESSAGE, b"\x01" + MESSAGE[1:], MESSAGE + bytes(50)]

STREAMS = st.sampled_from([1, 3, 5, 7, 9, 2, 3 | RESERVED, 5 | RESERVED])


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Requests one after another, the usual ones and those that are off in one respect."""
    octets = b""
    for number in range(draw(st.integers(1, 6))):
        stream = draw(st.one_of(st.just(2 * number + 3), STREAMS))
        octets += frame(HEADERS, draw(flags(END_HEADERS)), stream, draw(st.sampled_from([REQUEST, REQUEST, *HEADS])))
        octets += frame(DATA, draw(flags(END_STREAM)), stream, draw(st.sampled_from([MESSAGE, MESSAGE, *BODIES])))
        octets += draw(st.sampled_from([b"", b"", b"", frame(3, 0, stream, word(8)), by_hand.window(0, stream)]))
    return octets


@st.composite
def responses(draw: st.DrawFn) -> bytes:
    """Responses likewise; streams 3, 5 and 7 are under way."""
    octets = b""
    for _ in range(draw(st.integers(1, 6))):
        stream = draw(STREAMS)
        octets += frame(HEADERS, draw(flags(END_HEADERS)), stream, draw(st.sampled_from([RESPONSE, *ANSWERS])))
        octets += frame(DATA, draw(flags(0)), stream, draw(st.sampled_from([MESSAGE, MESSAGE, *BODIES])))
        octets += frame(HEADERS, draw(flags(WHOLE)), stream, draw(st.sampled_from([TRAILERS, TRAILERS, *ENDS])))
    return octets


def flags(usual: int) -> st.SearchStrategy[int]:
    return st.one_of(st.just(usual), st.just(usual), st.sampled_from([0, 1, 4, 5, 0x40, 0xC, 0x24]))


def told(events: list[Event]) -> list[tuple[object, ...]]:
    """What events say; a whole request or response says the same as its parts."""
    found: list[tuple[object, ...]] = []
    for event in events:
        if isinstance(event, Headers):
            found.append(("headers", event.stream.id, event.block.fields + event.more, event.ended))
        elif isinstance(event, Data):
            found.append(("data", event.stream.id, event.payload, event.ended))
        elif isinstance(event, Request):
            found.append(("headers", event.stream.id, event.block.fields + event.more, False))
            found.append(("data", event.stream.id, event.payload, True))
        elif isinstance(event, Response):
            found.append(("headers", event.stream.id, event.head.fields, False))
            found.append(("data", event.stream.id, event.payload, False))
            found.append(("headers", event.stream.id, event.end.fields, True))
        elif isinstance(event, Reset):
            found.append(("reset", event.stream.id, event.code, event.by_peer))
        else:
            found.append((type(event).__name__, *event[:1]))
    return found


def taken_in(connection: Connection, octets: bytes, size: int) -> tuple[object, ...]:
    """All that two connections which took in the same must agree on."""
    events: list[Event] = []
    for at in range(0, len(octets), size):
        events += connection.receive(octets[at : at + size])
    stays = [(stream.id, stream.state, stream.headed) for stream in connection.streams.values()]
    sent = [one._replace(payload=one.payload[:8]) for one in by_hand.sent(connection)]
    return told(events), stays, sent, connection.failed, connection.highest, connection._granted, connection._control


def server() -> Connection:
    """One that has read its first block: from then on blocks depend on nothing that came before."""
    connection = by_hand.greeted_server(OURS)
    connection.receive(by_hand.request(1) + frame(3, 0, 1, word(8)))
    return connection


def client() -> ClientConnection:
    """One with three streams, to which the usual blocks are known."""
    connection = by_hand.greeted_client(OURS)
    connection.request(REQUEST, b"")
    connection.receive(ANSWERED)
    for _ in range(3):
        connection.request(REQUEST, b"ask")
    connection.take()
    return connection


unhurried = examples(300)
ANSWERED = frame(HEADERS, END_HEADERS, 1, RESPONSE) + frame(DATA, 0, 1, MESSAGE) + frame(HEADERS, WHOLE, 1, TRAILERS)
ASKED = frame(HEADERS, END_HEADERS, 1, REQUEST) + frame(DATA, END_STREAM, 1, MESSAGE)


def on(octets: bytes, stream: int) -> bytes:
    """Frames of stream 1 on another."""
    return b"".join(frame(kind, flags, stream, payload) for kind, flags, _, payload in by_hand.split(octets))


@unhurried
@given(octets=requests())
@example(octets=on(ASKED, 3 | RESERVED) + on(ASKED, 5))
@example(octets=frame(PING, 0, 0, bytes(8)) + on(ASKED, 3))
@example(octets=on(ASKED, 3) + on(ASKED, 3))
@example(octets=on(ASKED.replace(MESSAGE, bytes(8) * 6).replace(b"\0\0\x08\0", b"\0\0\x30\0"), 3))
def test_requests_in_one_piece_are_what_they_are_octet_by_octet(octets: bytes) -> None:
    assert taken_in(server(), octets, 1 << 20) == taken_in(server(), octets, 1)


@unhurried
@given(octets=responses())
@example(octets=on(ANSWERED, 3 | RESERVED) + on(ANSWERED, 5))
@example(octets=frame(PING, 0, 0, bytes(8)) + on(ANSWERED, 3))
@example(octets=on(ANSWERED, 3) + on(ANSWERED, 3))
@example(octets=frame(HEADERS, END_HEADERS, 3, RESPONSE) + on(ANSWERED, 3))
@example(octets=on(ANSWERED.replace(MESSAGE, bytes(8) * 6).replace(b"\0\0\x08\0", b"\0\0\x30\0"), 3))
def test_responses_in_one_piece_are_what_they_are_octet_by_octet(octets: bytes) -> None:
    assert taken_in(client(), octets, 1 << 20) == taken_in(client(), octets, 1)


def test_whole_calls_are_taken_in_at_once() -> None:
    """Otherwise the comparison above compares one way with itself."""
    assert [type(event) for event in server().receive(on(ASKED, 3))] == [Request]
    assert [type(event) for event in client().receive(on(ANSWERED, 3))] == [Response]
