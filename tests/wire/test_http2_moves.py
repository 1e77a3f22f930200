"""What a peer may do and what it costs when it may not: every move in every state, settings, GOAWAY, odd frames."""

from __future__ import annotations

import pytest

from tacorush.wire.http2.client import ClientConnection
from tacorush.wire.http2.errors import ProtocolError, StreamError
from tacorush.wire.http2.events import Data, Failed, GoneAway, Headers, Pong, Ready, Refused, Reset
from tacorush.wire.http2.frames import Code
from tacorush.wire.http2.server import ServerConnection
from tacorush.wire.http2.settings import OurSettings
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
    PREFACE,
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


# Settings


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


@pytest.mark.parametrize(
    "block",
    [
        b"\x83\x86",
        REQUEST + b"\x83",
        REQUEST + field(b"Upper", b"x"),
        REQUEST + field(b"", b"x"),
        REQUEST + field(b"x", b"a\r\nb"),
        REQUEST + field(b"connection", b"close"),
        REQUEST + field(b"te", b"gzip"),
        REQUEST + field(b":late", b"x"),
        REQUEST + field(b":status", b"200"),
        REQUEST + field(b"content-length", b"1") + field(b"content-length", b"2"),
        REQUEST + field(b"content-length", b"-1"),
        b"\x86" + field(b":method", b"CONNECT") + field(b":path", b"/"),
        b"\x83\x86" + field(b":path", b""),
        b"\x83\x86\x86" + field(b":path", b"/"),
    ],
)
@pytest.mark.parametrize("known", [False, True])
def test_a_malformed_head_of_a_request_ends_its_stream_whether_looked_up_or_not(block: bytes, known: bool) -> None:
    server = greeted_server()
    if known:
        server.receive(request(1, block=block) + request(3, block=REQUEST + field(b"x", b"1")) + request(5))
        sent(server)
    (event,) = server.receive(request(7, block=block))
    assert isinstance(event, Reset)
    assert event.code == Code.PROTOCOL_ERROR
    assert sent(server) == [Frame(RST_STREAM, 0, 7, word(Code.PROTOCOL_ERROR))]


@pytest.mark.parametrize(
    ("frames", "fine"),
    [
        (frame(HEADERS, END_HEADERS, 1, RESPONSE) + frame(HEADERS, WHOLE, 1, TRAILERS), True),
        (frame(HEADERS, END_HEADERS, 1, RESPONSE) + frame(HEADERS, END_HEADERS, 1, TRAILERS), False),
        (frame(HEADERS, END_HEADERS, 1, RESPONSE) + frame(HEADERS, WHOLE, 1, b"\x88"), False),
        (frame(HEADERS, END_HEADERS, 1, TRAILERS), False),
        (frame(HEADERS, END_HEADERS, 1, field(b":status", b"99")), False),
        (frame(HEADERS, END_HEADERS, 1, field(b":status", b"ok!")), False),
        (frame(HEADERS, WHOLE, 1, field(b":status", b"100")), False),
        (frame(DATA, 0, 1, b"x"), False),
    ],
)
def test_an_answer_has_one_head_then_data_then_trailers(frames: bytes, fine: bool) -> None:
    client = greeted_client()
    client.request(REQUEST, b"body")
    client.take()
    events = client.receive(frames)
    resets = [event for event in events if isinstance(event, Reset)]
    assert [event.code for event in resets] == ([] if fine else [Code.PROTOCOL_ERROR])
    assert failure(events) is None
    assert not client.streams


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


# First frames


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


# Frames that pass


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


def test_the_reserved_bit_and_unknown_flags_of_headers_and_data_are_ignored() -> None:
    server = greeted_server()
    events = server.receive(
        frame(HEADERS, END_HEADERS | 0xD0 & ~PADDED, 0x80000001, REQUEST) + frame(DATA, 0xF6, 0x80000001, b"body")
    )
    assert [type(event) for event in events] == [Headers, Data]


def test_a_ping_is_answered_and_the_answer_to_ours_is_told() -> None:
    server = greeted_server()
    assert server.receive(frame(PING, 0, 0, b"12345678")) == []
    assert sent(server) == [Frame(PING, ACK, 0, b"12345678")]
    server.ping(b"abcdefgh")
    assert sent(server) == [Frame(PING, 0, 0, b"abcdefgh")]
    assert server.receive(frame(PING, ACK, 0, b"abcdefgh")) == [Pong(b"abcdefgh")]
    assert sent(server) == []


# Header blocks and padding


@pytest.mark.parametrize("size", [2, 7, len(REQUEST) // 2])
def test_a_block_over_continuation_frames_is_the_block_in_one(size: int) -> None:
    parts = [REQUEST[at : at + size] for at in range(0, len(REQUEST), size)]
    for inner, flags in ((parts[0], 0), (b"\x03" + bytes(4) + b"\x0f" + parts[0] + b"pad", PADDED | WITH_PRIORITY)):
        server = greeted_server()
        octets = frame(HEADERS, END_STREAM | flags, 1, inner)
        octets += b"".join(frame(CONTINUATION, 0, 1, part) for part in parts[1:-1])
        events = server.receive(octets + frame(CONTINUATION, END_HEADERS, 1, parts[-1]))
        (whole,) = greeted_server().receive(request(1))
        (event,) = events
        assert isinstance(event, Headers)
        assert isinstance(whole, Headers)
        assert event.block.fields + event.more == whole.block.fields + whole.more
        assert event.ended


@pytest.mark.parametrize("padding", [0, 1, 255])
def test_padding_is_taken_off_and_counts_against_the_windows(padding: int) -> None:
    server = greeted_server(OurSettings(initial_window=100_000, connection_window=100_000))
    (event,) = server.receive(request(1, END_HEADERS | PADDED, bytes((padding,)) + REQUEST + bytes(padding)))
    assert isinstance(event, Headers)
    payload = bytes((padding,)) + b"body" + bytes(padding)
    (data,) = server.receive(frame(DATA, PADDED, 1, payload))
    assert isinstance(data, Data)
    assert data.payload == b"body"
    assert event.stream.granted == 100_000 - len(payload)
    assert event.stream.owed == padding + 1, "padding is granted again at once, the body by whoever took it"


@pytest.mark.parametrize(
    ("said", "bodies", "fine"),
    [
        (b"4", [b"body"], True),
        (b"4", [b"bo", b"", b"dy"], True),
        (b"0", [b""], True),
        (b"4", [b"bod"], False),
        (b"4", [b"bod", b"ies"], False),
        (b"3", [b"body"], False),
        (b"0", [b"x"], False),
    ],
)
def test_a_body_is_as_long_as_its_head_says_or_its_stream_ends(said: bytes, bodies: list[bytes], fine: bool) -> None:
    def octets(head: bytes) -> bytes:
        head += field(b"content-length", said)
        frames = [frame(DATA, 0, 1, body) for body in bodies[:-1]] + [frame(DATA, END_STREAM, 1, bodies[-1])]
        return frame(HEADERS, END_HEADERS, 1, head) + b"".join(frames)

    client = greeted_client()
    client.request(REQUEST, b"body")
    for events in (greeted_server().receive(octets(REQUEST)), client.receive(octets(RESPONSE))):
        assert [event.code for event in events if isinstance(event, Reset)] == ([] if fine else [Code.PROTOCOL_ERROR])
        assert failure(events) is None


def test_a_content_length_without_a_body_is_a_mismatch() -> None:
    (event,) = greeted_server().receive(request(1, block=REQUEST + field(b"content-length", b"4")))
    assert isinstance(event, Reset)


def test_trailers_end_a_body_that_is_too_short() -> None:
    server = greeted_server()
    events = server.receive(
        request(1, END_HEADERS, REQUEST + field(b"content-length", b"4"))
        + frame(DATA, 0, 1, b"bod")
        + frame(HEADERS, WHOLE, 1, field(b"x", b"y"))
    )
    assert [type(event) for event in events] == [Headers, Data, Reset]


def test_informational_heads_come_before_the_head_and_their_stream_goes_on() -> None:
    client = greeted_client()
    stream = client.request(REQUEST, b"body")
    first, second = client.receive(frame(HEADERS, END_HEADERS, 1, field(b":status", b"103")) * 2)
    assert isinstance(first, Headers)
    assert isinstance(second, Headers)
    assert (first.ended, stream.headed) == (False, False)
    client.receive(frame(HEADERS, END_HEADERS, 1, RESPONSE))
    assert stream.headed


# Streams: how many, and until when


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


def test_goaway_refuses_the_streams_above_its_last_and_the_others_finish() -> None:
    client = greeted_client()
    streams = [client.request(REQUEST, b"") for _ in range(3)]
    events = client.receive(frame(GOAWAY, 0, 0, word(3) + word(0) + b"bye"))
    assert events == [Refused(streams[2]), GoneAway(3, 0, b"bye")]
    assert streams[2].state is CLOSED
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


def test_blocks_of_ignored_streams_still_change_the_decoder() -> None:
    """Before our table of 0 is acknowledged a block may add to the table, whatever becomes of its stream (4.3)."""
    server = ServerConnection(OurSettings(max_concurrent_streams=1))
    adds = REQUEST + b"\x40\x01x\x01y"
    server.receive(PREFACE + settings() + request(1) + request(3, block=adds))
    server.receive(frame(RST_STREAM, 0, 1, word(8)))
    (event,) = server.receive(request(5, block=REQUEST + b"\xbe"))
    assert isinstance(event, Headers)
    assert event.block.fields[-1] == (b"x", b"y")


def test_a_window_that_settings_take_below_zero_is_opened_by_updates_only() -> None:
    client = greeted_client(peer=[(4, 100)])
    client.request(REQUEST, bytes(300))
    assert sum(len(payload) for kind, _, _, payload in sent(client) if kind == DATA) == 100
    client.receive(settings((4, 50)))
    assert client.streams[1].window == -50
    client.receive(window(50, stream=1))
    assert [kind for kind, *_ in sent(client)] == [SETTINGS]
    client.receive(window(1, stream=1))
    assert [len(payload) for kind, _, _, payload in sent(client)] == [1]


def test_settings_that_overflow_the_window_of_a_stream_end_the_connection() -> None:
    client = greeted_client()
    client.request(REQUEST, b"")
    client.receive(window(1, stream=1))
    assert failure(client.receive(settings((4, 2**31 - 1)))) == Code.FLOW_CONTROL_ERROR


def test_an_empty_end_is_sent_once_even_where_the_window_is_below_zero() -> None:
    client = greeted_client(peer=[(4, 100)])
    stream = client.request(REQUEST, bytes(300))
    client.receive(settings((4, 50)))
    client.take()
    server = greeted_server(peer=[(4, 10)])
    (event,) = server.receive(request(1))
    assert isinstance(event, Headers)
    server.send_headers(event.stream, RESPONSE)
    server.send_data(event.stream, bytes(10))
    server.receive(settings((4, 1)))
    server.take()
    server.send_data(event.stream, b"", end=True)
    assert sent(server) == [Frame(DATA, END_STREAM, 1, b"")]
    assert stream.pending


def test_data_waits_while_the_transport_takes_nothing_and_leaves_in_order_after() -> None:
    server = greeted_server()
    (event,) = server.receive(request(1))
    assert isinstance(event, Headers)
    server.send_headers(event.stream, RESPONSE)
    server.take()
    server.out.hold(True)
    server.send_data(event.stream, b"one")
    server.send_data(event.stream, b"two")
    server.send_headers(event.stream, TRAILERS, end=True)
    assert server.take() == b""
    server.out.hold(False)
    assert [(kind, payload) for kind, _, _, payload in sent(server)] == [
        (DATA, b"one"),
        (DATA, b"two"),
        (HEADERS, TRAILERS),
    ]
    assert server.streams == {}


def test_streams_that_wait_for_the_connection_take_turns() -> None:
    client = greeted_client(peer=[(4, 2**20)])
    client.receive(window(1))  # four frames in all
    for _ in range(3):
        client.request(REQUEST, bytes(100_000))
    order = [stream for kind, _, stream, _ in sent(client) if kind == DATA]
    client.receive(window(6 * 16_384))
    order = [stream for kind, _, stream, _ in sent(client) if kind == DATA]
    assert sorted(order[:3]) == [1, 3, 5]
    assert order[:3] == order[3:6]


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
