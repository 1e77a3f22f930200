"""What a peer may do and what it costs when it may not: every move in every state, and whom a broken rule ends."""

from __future__ import annotations

import pytest

from tacorush.wire.http2.errors import ProtocolError, StreamError
from tacorush.wire.http2.events import Failed, Headers, Reset
from tacorush.wire.http2.frames import Code
from tacorush.wire.http2.stream import MOVES, Move, State, Stream
from tests.wire.by_hand import (
    ACK,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    PADDED,
    PING,
    PRIORITY,
    PUSH_PROMISE,
    REQUEST,
    RESPONSE,
    RST_STREAM,
    SETTINGS,
    TRAILERS,
    WHOLE,
    WINDOW_UPDATE,
    WITH_PRIORITY,
    Frame,
    failure,
    frame,
    greeted_client,
    greeted_server,
    request,
    sent,
    settings,
    window,
    word,
)

IDLE, OPEN, LOCAL, REMOTE, CLOSED = State
FIGURE = {
    # The figure of RFC 9113, 5.1, state by state: what may be sent and received, and where it leads.
    IDLE: {Move.SEND_HEADERS: OPEN, Move.RECEIVE_HEADERS: OPEN},
    OPEN: {
        **dict.fromkeys((Move.SEND_HEADERS, Move.SEND_DATA, Move.RECEIVE_HEADERS, Move.RECEIVE_DATA), OPEN),
        Move.SEND_END: LOCAL,
        Move.RECEIVE_END: REMOTE,
        Move.SEND_RESET: CLOSED,
        Move.RECEIVE_RESET: CLOSED,
    },
    LOCAL: {
        **dict.fromkeys((Move.RECEIVE_HEADERS, Move.RECEIVE_DATA), LOCAL),
        **dict.fromkeys((Move.RECEIVE_END, Move.SEND_RESET, Move.RECEIVE_RESET), CLOSED),
    },
    REMOTE: {
        **dict.fromkeys((Move.SEND_HEADERS, Move.SEND_DATA), REMOTE),
        **dict.fromkeys((Move.SEND_END, Move.SEND_RESET, Move.RECEIVE_RESET), CLOSED),
    },
    CLOSED: {},
}
COSTS = {
    IDLE: (ProtocolError, Code.PROTOCOL_ERROR),
    OPEN: (StreamError, Code.STREAM_CLOSED),
    LOCAL: (StreamError, Code.STREAM_CLOSED),
    REMOTE: (StreamError, Code.STREAM_CLOSED),
    CLOSED: (ProtocolError, Code.STREAM_CLOSED),
}
"""An illegal move of the peer: on a stream that never was, or is over for both, it ends the connection."""


def stream_in(state: State) -> Stream:
    stream = Stream(1, 0, 0)
    stream.state = state
    return stream


@pytest.mark.parametrize("move", Move)
@pytest.mark.parametrize("state", State)
def test_a_move_leads_where_the_figure_has_it_or_costs_what_the_table_says(state: State, move: Move) -> None:
    following = FIGURE[state].get(move)
    assert MOVES[state][move] == following
    stream = stream_in(state)
    ours = move.name.startswith("SEND")
    make = stream.send if ours else stream.receive
    if following is not None:
        make(move)
        assert stream.state is following
    elif ours:
        with pytest.raises(RuntimeError, match=f"{move.name} on stream 1, which is {state.name}"):
            make(move)
    else:
        kind, code = COSTS[state]
        with pytest.raises((ProtocolError, StreamError)) as caught:
            make(move)
        assert type(caught.value) is kind
        assert str(caught.value) == f"{code.name}: {move.name} on stream 1, which is {state.name}"
        assert stream.state is state


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (frame(SETTINGS, 0, 1), Code.PROTOCOL_ERROR),
        (frame(SETTINGS, 0, 0, b"12345"), Code.FRAME_SIZE_ERROR),
        (frame(SETTINGS, ACK, 0, b"123456"), Code.FRAME_SIZE_ERROR),
        (frame(PING, 0, 1, bytes(8)), Code.PROTOCOL_ERROR),
        (frame(PING, 0, 0, bytes(7)), Code.FRAME_SIZE_ERROR),
        (frame(GOAWAY, 0, 1, bytes(8)), Code.PROTOCOL_ERROR),
        (frame(GOAWAY, 0, 0, bytes(7)), Code.FRAME_SIZE_ERROR),
        (frame(WINDOW_UPDATE, 0, 0, bytes(3)), Code.FRAME_SIZE_ERROR),
        (window(0), Code.PROTOCOL_ERROR),
        (window(1, stream=9), Code.PROTOCOL_ERROR),
        (window(2**31 - 1), Code.FLOW_CONTROL_ERROR),
        (frame(RST_STREAM, 0, 0, bytes(4)), Code.PROTOCOL_ERROR),
        (frame(RST_STREAM, 0, 9, bytes(4)), Code.PROTOCOL_ERROR),
        (frame(RST_STREAM, 0, 1, bytes(3)), Code.FRAME_SIZE_ERROR),
        (frame(PRIORITY, 0, 0, bytes(5)), Code.PROTOCOL_ERROR),
        (frame(PRIORITY, 0, 9, bytes(4)), Code.FRAME_SIZE_ERROR),
        (frame(DATA, 0, 0, b"x"), Code.PROTOCOL_ERROR),
        (frame(DATA, 0, 9, b"x"), Code.PROTOCOL_ERROR),
        (frame(HEADERS, WHOLE, 0, REQUEST), Code.PROTOCOL_ERROR),
        (frame(HEADERS, WHOLE, 2, REQUEST), Code.PROTOCOL_ERROR),
        (frame(HEADERS, WHOLE | PADDED, 3, b""), Code.PROTOCOL_ERROR),
        (frame(HEADERS, WHOLE | PADDED, 3, b"\x05four"), Code.PROTOCOL_ERROR),
        (frame(HEADERS, WHOLE | WITH_PRIORITY, 3, b"four"), Code.FRAME_SIZE_ERROR),
        (frame(HEADERS, WHOLE, 3, b"\xff\xff\xff\xff\xff"), Code.COMPRESSION_ERROR),
        (frame(HEADERS, WHOLE, 3, b"\xc0"), Code.COMPRESSION_ERROR),
        (frame(HEADERS, WHOLE, 3, REQUEST + b"\x20"), Code.COMPRESSION_ERROR),
        (frame(PUSH_PROMISE, END_HEADERS, 1, word(2) + REQUEST), Code.PROTOCOL_ERROR),
        (frame(CONTINUATION, END_HEADERS, 1, REQUEST), Code.PROTOCOL_ERROR),
        (frame(DATA, 0, 1, bytes(16_385)), Code.FRAME_SIZE_ERROR),
        (request(3, END_STREAM) + frame(DATA, 0, 3), Code.PROTOCOL_ERROR),
        (request(3, END_STREAM) + frame(PING, 0, 0, bytes(8)), Code.PROTOCOL_ERROR),
        (request(3, END_STREAM) + frame(0xEE, 0, 0), Code.PROTOCOL_ERROR),
        (request(3, END_STREAM) + frame(CONTINUATION, END_HEADERS, 5, b""), Code.PROTOCOL_ERROR),
    ],
)
def test_a_frame_that_breaks_a_rule_of_the_connection_ends_it_and_nothing_is_taken_in_any_more(
    octets: bytes, code: Code
) -> None:
    for server in (greeted_server(), greeted_client()):
        events = server.receive(octets)
        assert failure(events) == code
        assert isinstance(events[-1], Failed)
        last = sent(server)[-1]
        assert (last.kind, last.payload[4:8]) == (GOAWAY, word(code))
        assert server.receive(request(5)) == []
        assert sent(server) == []


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (frame(DATA, 0, 1, b"x"), Code.STREAM_CLOSED),
        (request(1), Code.STREAM_CLOSED),
        (window(0, stream=1), Code.PROTOCOL_ERROR),
        (window(2**31 - 1, stream=1), Code.FLOW_CONTROL_ERROR),
        (frame(PRIORITY, 0, 1, bytes(4)), Code.FRAME_SIZE_ERROR),
    ],
)
def test_a_frame_that_breaks_a_rule_of_a_stream_ends_that_stream_alone(octets: bytes, code: Code) -> None:
    server = greeted_server()
    server.receive(request(1) + request(3))
    (event,) = server.receive(octets)
    assert isinstance(event, Reset)
    assert (event.stream.id, event.code, event.by_peer) == (1, code, False)
    assert sent(server) == [Frame(RST_STREAM, 0, 1, word(code))]
    assert list(server.streams) == [3]
    assert server.receive(frame(DATA, END_STREAM, 1, b"late")) == [], "what was under way at our reset is harmless"


def test_what_a_server_says_after_its_end_is_ignored() -> None:
    client = greeted_client()
    client.request(REQUEST, b"body")
    client.receive(frame(HEADERS, WHOLE, 1, RESPONSE))
    client.take()
    assert client.receive(frame(DATA, 0, 1, b"x") + frame(HEADERS, WHOLE, 1, TRAILERS)) == []
    assert client.receive(frame(RST_STREAM, 0, 1, word(0)) + window(5, stream=1)) == []
    assert client.take() == b""


def test_what_a_client_says_after_both_ends_ends_the_connection_but_for_reset_and_window() -> None:
    server = greeted_server()
    (event,) = server.receive(request(1))
    assert isinstance(event, Headers)
    server.respond(event.stream, RESPONSE, b"answer", TRAILERS)
    assert server.streams == {}
    assert server.receive(frame(RST_STREAM, 0, 1, word(8)) + window(5, stream=1)) == []
    assert failure(server.receive(frame(DATA, 0, 1, b"x"))) == Code.STREAM_CLOSED


@pytest.mark.parametrize("late", [frame(DATA, 0, 1, b"x"), request(1), request(2), request(3)])
def test_a_stream_id_is_odd_and_not_used_again(late: bytes) -> None:
    server = greeted_server()
    server.receive(request(5))
    assert failure(server.receive(late)) is not None


def test_a_client_has_room_for_as_many_streams_as_the_server_takes() -> None:
    client = greeted_client(peer=[(3, 2)])
    assert client.room == 2
    client.request(REQUEST, b"")
    client.request(REQUEST, b"")
    assert client.room == 0
    client.receive(settings((3, 1)))
    assert client.room <= 0
    client.receive(frame(HEADERS, WHOLE, 1, RESPONSE) + frame(HEADERS, WHOLE, 3, RESPONSE))
    assert client.room == 1


def test_stream_ids_that_are_used_up_leave_no_room_and_those_under_way_go_on() -> None:
    client = greeted_client(first_stream=2**31 - 3)
    assert (client.room > 0, client.used_up) == (True, False)
    assert client.request(REQUEST, b"").id == 2**31 - 3
    assert client.request(REQUEST, b"").id == 2**31 - 1
    assert (client.room, client.used_up) == (0, True)
    (event,) = client.receive(frame(HEADERS, WHOLE, 2**31 - 1, RESPONSE))
    assert isinstance(event, Headers)
    server = greeted_server()
    assert [type(event) for event in server.receive(request(2**31 - 3) + request(2**31 - 1))] == [Headers, Headers]


def test_a_reset_ends_the_stream_on_both_sides_once() -> None:
    server = greeted_server()
    server.receive(request(1))
    (event,) = server.receive(frame(RST_STREAM, 0, 1, word(Code.CANCEL)) * 2)
    assert isinstance(event, Reset)
    assert (event.code, event.by_peer, event.text) == (Code.CANCEL, True, "RST_STREAM CANCEL")
    assert server.streams == {}
    server.reset(event.stream)
    assert server.take() == b""


def test_a_stream_that_both_sides_reset_at_once_is_forgotten_by_both() -> None:
    client = greeted_client()
    client.reset(client.request(REQUEST, b""))
    assert sent(client)[-1] == Frame(RST_STREAM, 0, 1, word(Code.CANCEL))
    octets = frame(HEADERS, END_HEADERS, 1, RESPONSE) + frame(DATA, 0, 1, b"x") + frame(RST_STREAM, 0, 1, word(0))
    assert client.receive(octets) == []
    assert client.streams == {}
