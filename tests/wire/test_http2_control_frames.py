"""Frames about the connection: SETTINGS and their bounds, the first frames, PING, GOAWAY, and what is passed over."""

from __future__ import annotations

import pytest

from tacorush.wire.http2.client import ClientConnection
from tacorush.wire.http2.events import Data, GoneAway, Headers, Pong, Ready, Refused
from tacorush.wire.http2.frames import Code
from tacorush.wire.http2.server import ServerConnection
from tacorush.wire.http2.settings import OurSettings
from tacorush.wire.http2.stream import State
from tests.wire.by_hand import (
    ACK,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    PING,
    PREFACE,
    PRIORITY,
    REQUEST,
    RESPONSE,
    RST_STREAM,
    SETTINGS,
    TRAILERS,
    WHOLE,
    Frame,
    failure,
    field,
    frame,
    greeted_client,
    greeted_server,
    request,
    sent,
    settings,
    window,
    word,
)


@pytest.mark.parametrize(
    ("pair", "code"),
    [
        ((2, 0), None),
        ((2, 2), Code.PROTOCOL_ERROR),
        ((4, 2**31 - 1), None),
        ((4, 2**31), Code.FLOW_CONTROL_ERROR),
        ((5, 16_383), Code.PROTOCOL_ERROR),
        ((5, 16_384), None),
        ((5, 2**24 - 1), None),
        ((5, 2**24), Code.PROTOCOL_ERROR),
        ((3, 0), None),
        ((6, 2**32 - 1), None),
        ((0x7777, 2**32 - 1), None),
    ],
)
def test_settings_are_legal_up_to_their_bounds_and_unknown_ones_pass(pair: tuple[int, int], code: Code | None) -> None:
    for connection in (greeted_server(), greeted_client()):
        assert failure(connection.receive(settings(pair))) == code
        if code is None:
            assert sent(connection) == [Frame(SETTINGS, ACK, 0, b"")]


def test_push_may_be_enabled_by_a_client_only() -> None:
    """RFC 9113, 6.5.2: a server must not announce SETTINGS_ENABLE_PUSH 1."""
    assert failure(greeted_server().receive(settings((2, 1)))) is None
    assert failure(greeted_client().receive(settings((2, 1)))) == Code.PROTOCOL_ERROR


@pytest.mark.parametrize(
    "first", [frame(PING, 0, 0, bytes(8)), frame(SETTINGS, ACK), request(1), frame(0xEE), window(1), frame(GOAWAY)]
)
def test_the_first_frame_is_settings(first: bytes) -> None:
    server = ServerConnection(OurSettings())
    assert failure(server.receive(PREFACE + first)) == Code.PROTOCOL_ERROR
    client = ClientConnection(OurSettings())
    assert failure(client.receive(first)) == Code.PROTOCOL_ERROR


def test_a_connection_is_ready_at_the_first_settings_and_no_second_time() -> None:
    client = ClientConnection(OurSettings())
    assert (client.settled, client.room) == (False, 0)
    assert client.receive(settings()) == [Ready()]
    assert client.settled
    assert client.receive(settings()) == []


@pytest.mark.parametrize("hello", [b"GET / HTTP/1.1\r\n\r\n", PREFACE[:-1] + b"x", b"\x16\x03\x01"])
def test_what_is_no_preface_is_told_apart_at_once(hello: bytes) -> None:
    assert failure(ServerConnection(OurSettings()).receive(hello)) == Code.PROTOCOL_ERROR


@pytest.mark.parametrize(
    "octets",
    [
        frame(PRIORITY, 0, 1, bytes(5)),
        frame(PRIORITY, 0, 999, word(1) + b"\x10"),
        frame(0xEE, 0xFF, 1, b"whatever"),
        frame(0xEE, 0, 12_345, b""),
        frame(SETTINGS, 0x02, 0),
    ],
)
def test_priorities_unknown_frames_and_unknown_flags_change_nothing(octets: bytes) -> None:
    server = greeted_server()
    server.receive(request(1))
    assert server.receive(octets) == []
    assert [kind for kind, *_ in sent(server)] in ([], [SETTINGS])
    assert list(server.streams) == [1]


def test_a_ping_is_answered_and_the_answer_to_ours_is_told() -> None:
    server = greeted_server()
    assert server.receive(frame(PING, 0, 0, b"12345678")) == []
    assert sent(server) == [Frame(PING, ACK, 0, b"12345678")]
    server.ping(b"abcdefgh")
    assert sent(server) == [Frame(PING, 0, 0, b"abcdefgh")]
    assert server.receive(frame(PING, ACK, 0, b"abcdefgh")) == [Pong(b"abcdefgh")]
    assert sent(server) == []


def test_goaway_refuses_the_streams_above_its_last_and_the_others_finish() -> None:
    client = greeted_client()
    streams = [client.request(REQUEST, b"") for _ in range(3)]
    events = client.receive(frame(GOAWAY, 0, 0, word(3) + word(0) + b"bye"))
    assert events == [Refused(streams[2]), GoneAway(3, 0, b"bye")]
    assert streams[2].state is State.CLOSED
    assert client.room == 0
    assert client.leaving
    events = client.receive(frame(HEADERS, WHOLE, 1, RESPONSE) + frame(HEADERS, WHOLE, 3, RESPONSE))
    assert [event.stream.id for event in events if isinstance(event, Headers)] == [1, 3]
    assert client.receive(frame(HEADERS, WHOLE, 5, RESPONSE)) == []
    assert not client.failed


def test_a_stream_that_waits_for_the_window_and_is_refused_sends_nothing_any_more() -> None:
    client = greeted_client(peer=[(4, 1)])
    client.request(REQUEST, b"body")
    client.take()
    client.receive(frame(GOAWAY, 0, 0, word(0) + word(0)))
    client.receive(window(100, stream=1) + window(100) + settings((4, 100)))
    assert [kind for kind, *_ in sent(client)] == [SETTINGS]


def test_a_server_that_goes_away_ignores_whole_streams_above_its_last_and_finishes_the_others() -> None:
    """A client sends head and body before it reads the GOAWAY: neither may cost the calls that are under way."""
    server = greeted_server()
    (first,) = server.receive(request(1, END_HEADERS))
    assert isinstance(first, Headers)
    server.go_away()
    assert sent(server) == [Frame(GOAWAY, 0, 0, word(1) + word(0))]
    late = request(3, END_HEADERS) + frame(DATA, 0, 3, b"body") + frame(HEADERS, WHOLE, 3, field(b"x", b"y"))
    assert server.receive(late + window(1, stream=3) + frame(RST_STREAM, 0, 3, word(8))) == []
    (data,) = server.receive(frame(DATA, END_STREAM, 1, b"body"))
    assert isinstance(data, Data)
    server.respond(data.stream, RESPONSE, b"answer", TRAILERS)
    assert [(kind, flags & END_STREAM) for kind, flags, *_ in sent(server)] == [(HEADERS, 0), (DATA, 0), (HEADERS, 1)]


def test_a_goaway_that_announces_leaving_still_takes_streams() -> None:
    server = greeted_server()
    server.announce_leaving()
    assert server.takes_new
    assert sent(server) == [Frame(GOAWAY, 0, 0, word(2**31 - 1) + word(0)), Frame(PING, 0, 0, bytes(8))]
    (event,) = server.receive(request(1))
    assert isinstance(event, Headers)
    server.go_away()
    assert not server.takes_new


def test_a_repr_is_a_status_line() -> None:
    client = ClientConnection(OurSettings())
    assert repr(client) == "<ClientConnection new, 0 streams, window=65535>"
    client.receive(settings())
    client.request(REQUEST, b"body")
    assert repr(client) == "<ClientConnection open, 1 streams, window=65531>"
    assert repr(client.streams[1]) == "<Stream 1 HALF_CLOSED_LOCAL window=65531 granted=1048576>"
    client.receive(frame(GOAWAY, 0, 0, bytes(8)))
    assert repr(client) == "<ClientConnection leaving, 0 streams, window=65531>"
    client.receive(frame(PING))
    assert repr(client) == "<ClientConnection failed, 0 streams, window=65531>"
