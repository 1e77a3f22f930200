"""What a peer may do, what it costs when it does otherwise, and how the bytes look (RFC 9113, RFC 7541)."""

from __future__ import annotations

import struct

import hpack
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tacorush.wire.http2 import frames
from tacorush.wire.http2.client import ClientConnection
from tacorush.wire.http2.errors import ProtocolError, StreamError
from tacorush.wire.http2.events import Data, Failed, GoneAway, Headers, Refused, Request, Reset
from tacorush.wire.http2.field_blocks import BlockDecoder, literal, read_literals, write_block
from tacorush.wire.http2.frames import Code, frame
from tacorush.wire.http2.server import ServerConnection
from tacorush.wire.http2.settings import OurSettings
from tacorush.wire.http2.stream import ILLEGAL, MOVES, Move, State, Stream
from tests.wire.joined import HEAD, REQUEST, Joined

unhurried = hypothesis_settings(deadline=None)
START = frames.PREFACE + frames.settings([]) + frames.SETTINGS_ACK
END, HEADS = frames.END_STREAM, frames.END_HEADERS


def told(data: bytes, ours: OurSettings | None = None) -> tuple[ServerConnection, list[object]]:
    """A server that has read this after a greeting, and what it made of it."""
    server = ServerConnection(ours or OurSettings())
    server.receive(START)
    server.refuse_table()
    server.receive(frames.SETTINGS_ACK)
    server.take()
    return server, list(server.receive(data))


def headers(number: int = 1, block: bytes = REQUEST, flags: int = HEADS) -> bytes:
    return frame(frames.HEADERS, flags, number, block)


def costs(events: list[object]) -> int | None:
    """The code of the error that an event list ends with; None when there is none."""
    last = events[-1] if events else None
    return last.code if isinstance(last, Failed | Reset) else None


LEGAL = {
    (State.IDLE, Move.SEND_HEADERS): State.OPEN,
    (State.IDLE, Move.RECEIVE_HEADERS): State.OPEN,
    (State.OPEN, Move.SEND_END): State.HALF_CLOSED_LOCAL,
    (State.OPEN, Move.RECEIVE_END): State.HALF_CLOSED_REMOTE,
    (State.HALF_CLOSED_LOCAL, Move.RECEIVE_END): State.CLOSED,
    (State.HALF_CLOSED_REMOTE, Move.SEND_END): State.CLOSED,
    **{
        (state, move): state
        for state, moves in {
            State.OPEN: (Move.SEND_HEADERS, Move.SEND_DATA, Move.RECEIVE_HEADERS, Move.RECEIVE_DATA),
            State.HALF_CLOSED_LOCAL: (Move.RECEIVE_HEADERS, Move.RECEIVE_DATA),
            State.HALF_CLOSED_REMOTE: (Move.SEND_HEADERS, Move.SEND_DATA),
        }.items()
        for move in moves
    },
    **{
        (state, move): State.CLOSED
        for state in (State.OPEN, State.HALF_CLOSED_LOCAL, State.HALF_CLOSED_REMOTE)
        for move in (Move.SEND_RESET, Move.RECEIVE_RESET)
    },
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("move", Move)
def test_the_table_of_moves_is_the_figure_of_the_rfc(state: State, move: Move) -> None:
    """RFC 9113, 5.1, without the reserved states."""
    assert MOVES[state][move] == LEGAL.get((state, move))
    stream = Stream(1, 0, 0)
    stream.state = state
    make = stream.send if move < Move.RECEIVE_HEADERS else stream.receive
    if (state, move) in LEGAL:
        make(move)
        assert stream.state is LEGAL[state, move]
        return
    with pytest.raises(
        RuntimeError if make == stream.send else ILLEGAL[state], match=f"stream 1, which is {state.name}"
    ):
        make(move)


S = struct.Struct(">HI")
WRONG = [
    pytest.param(b"", frame(frames.SETTINGS, 0, 1), Code.PROTOCOL_ERROR, id="SETTINGS on a stream"),
    pytest.param(b"", frame(frames.SETTINGS, 0, 0, b"12345"), Code.FRAME_SIZE_ERROR, id="SETTINGS of odd length"),
    pytest.param(b"", frame(frames.SETTINGS, 1, 0, bytes(6)), Code.FRAME_SIZE_ERROR, id="ACK with a payload"),
    pytest.param(b"", frame(frames.SETTINGS, 0, 0, S.pack(2, 2)), Code.PROTOCOL_ERROR, id="ENABLE_PUSH 2"),
    pytest.param(b"", frame(frames.SETTINGS, 0, 0, S.pack(4, 1 << 31)), Code.FLOW_CONTROL_ERROR, id="window 2^31"),
    pytest.param(b"", frame(frames.SETTINGS, 0, 0, S.pack(5, 16383)), Code.PROTOCOL_ERROR, id="frames too small"),
    pytest.param(b"", frame(frames.SETTINGS, 0, 0, S.pack(5, 1 << 24)), Code.PROTOCOL_ERROR, id="frames too large"),
    pytest.param(b"", frame(frames.PING, 0, 1, bytes(8)), Code.PROTOCOL_ERROR, id="PING on a stream"),
    pytest.param(b"", frame(frames.PING, 0, 0, bytes(7)), Code.FRAME_SIZE_ERROR, id="PING of 7"),
    pytest.param(b"", frame(frames.GOAWAY, 0, 1, bytes(8)), Code.PROTOCOL_ERROR, id="GOAWAY on a stream"),
    pytest.param(b"", frame(frames.GOAWAY, 0, 0, bytes(7)), Code.FRAME_SIZE_ERROR, id="GOAWAY of 7"),
    pytest.param(b"", frame(frames.WINDOW_UPDATE, 0, 0, bytes(4)), Code.PROTOCOL_ERROR, id="window by 0"),
    pytest.param(b"", frame(frames.WINDOW_UPDATE, 0, 0, bytes(3)), Code.FRAME_SIZE_ERROR, id="window of 3"),
    pytest.param(b"", frames.window_update(0, (1 << 31) - 1), Code.FLOW_CONTROL_ERROR, id="window overflow"),
    pytest.param(b"", frames.window_update(1, 1), Code.PROTOCOL_ERROR, id="window of an idle stream"),
    pytest.param(b"", frame(frames.DATA, 0, 0, b"x"), Code.PROTOCOL_ERROR, id="DATA on stream 0"),
    pytest.param(b"", frame(frames.DATA, 0, 3, b"x"), Code.PROTOCOL_ERROR, id="DATA on an idle stream"),
    pytest.param(b"", frames.rst_stream(3, 0), Code.PROTOCOL_ERROR, id="RST_STREAM on an idle stream"),
    pytest.param(b"", frame(frames.RST_STREAM, 0, 1, bytes(3)), Code.FRAME_SIZE_ERROR, id="RST_STREAM of 3"),
    pytest.param(b"", frame(frames.CONTINUATION, HEADS, 1, REQUEST), Code.PROTOCOL_ERROR, id="CONTINUATION of nothing"),
    pytest.param(b"", frame(frames.PUSH_PROMISE, HEADS, 1, bytes(4)), Code.PROTOCOL_ERROR, id="PUSH_PROMISE"),
    pytest.param(b"", headers(2), Code.PROTOCOL_ERROR, id="an even stream"),
    pytest.param(b"", headers(0), Code.PROTOCOL_ERROR, id="stream 0"),
    pytest.param(b"", headers(1, b"\xff\xff\xff\xff\xff\xff"), Code.COMPRESSION_ERROR, id="a broken block"),
    pytest.param(b"", headers(1, b"\x21" + REQUEST), Code.COMPRESSION_ERROR, id="a table above ours"),
    pytest.param(b"", frame(frames.HEADERS, HEADS | 8, 1, b"\x05abc"), Code.PROTOCOL_ERROR, id="too much padding"),
    pytest.param(b"", bytes((255, 255, 255, 0, 0, 0, 0, 0, 0)), Code.FRAME_SIZE_ERROR, id="a giant frame"),
    pytest.param(headers(1, REQUEST, 0), frame(frames.PING, 0, 0, bytes(8)), Code.PROTOCOL_ERROR, id="an interruption"),
    pytest.param(headers(1, REQUEST, 0), frame(frames.CONTINUATION, HEADS, 3), Code.PROTOCOL_ERROR, id="another's end"),
    pytest.param(headers(5, REQUEST), headers(3), Code.STREAM_CLOSED, id="a lower stream"),
    pytest.param(headers(1, REQUEST), headers(1, REQUEST), Code.PROTOCOL_ERROR, id="a second head"),
    pytest.param(headers(1, REQUEST, HEADS | END), headers(1), Code.STREAM_CLOSED, id="HEADERS after the end"),
    pytest.param(
        headers(1, REQUEST, HEADS | END), frame(frames.DATA, 0, 1, b"x"), Code.STREAM_CLOSED, id="DATA after the end"
    ),
    pytest.param(headers(1), frames.window_update(1, (1 << 31) - 1), Code.FLOW_CONTROL_ERROR, id="a stream overflows"),
    pytest.param(headers(1), frame(frames.WINDOW_UPDATE, 0, 1, bytes(4)), Code.PROTOCOL_ERROR, id="a stream by 0"),
    pytest.param(
        headers(1, REQUEST + literal(b"content-length", b"3")),
        frame(frames.DATA, END, 1, b"xx"),
        Code.PROTOCOL_ERROR,
        id="content-length",
    ),
]


@pytest.mark.parametrize(("before", "wrong", "code"), WRONG)
def test_a_broken_rule_costs_the_code_that_the_rfc_names(before: bytes, wrong: bytes, code: Code) -> None:
    server, events = told(before)
    assert costs(events) is None
    assert costs(list(server.receive(wrong))) == code


BAD_HEADS = [
    REQUEST[1:],
    REQUEST + literal(b"Upper", b"x"),
    REQUEST + literal(b"connection", b"close"),
    REQUEST + literal(b"te", b"gzip"),
    REQUEST + literal(b":path", b"/again"),
    REQUEST + literal(b":status", b"200"),
    REQUEST + literal(b"x", b"a\nb"),
    write_block([(b":method", b"POST"), (b":scheme", b"http"), (b":path", b"")]),
]


@pytest.mark.parametrize("block", BAD_HEADS)
def test_a_malformed_head_resets_its_stream_alone(block: bytes) -> None:
    """RFC 9113, 8.1.1: a stream error of type PROTOCOL_ERROR; before and after the block could be looked up."""
    server, events = told(headers(1, block))
    assert costs(events) == Code.PROTOCOL_ERROR
    assert not server.failed
    assert isinstance(server.receive(headers(3, REQUEST, HEADS | END))[0], Headers)
    assert costs(list(server.receive(headers(5, block) + frame(frames.DATA, END, 5, b"x")))) == Code.PROTOCOL_ERROR


ODD = [
    pytest.param(frame(frames.HEADERS, HEADS | END | 8, 1, b"\x03" + REQUEST + bytes(3)), id="padded"),
    pytest.param(frame(frames.HEADERS, HEADS | END | 0x20, 1, bytes(5) + REQUEST), id="with priority"),
    pytest.param(frame(frames.PRIORITY, 0, 1, struct.pack(">IB", 1, 0)) + headers(1, flags=HEADS | END), id="itself"),
    pytest.param(frame(0x77, 0xFF, 1, b"?") + headers(1, flags=HEADS | END), id="an unknown frame"),
    pytest.param(headers(1, flags=HEADS | END | 0xD2 & ~0x28), id="unknown flags"),
    pytest.param(frame(frames.SETTINGS, 0, 0, S.pack(0x99, 1)) + headers(1, flags=HEADS | END), id="unknown settings"),
    pytest.param(
        headers(1, REQUEST[:3], END)
        + frame(frames.CONTINUATION, 0, 1, b"")
        + frame(frames.CONTINUATION, HEADS, 1, REQUEST[3:]),
        id="split",
    ),
]


@pytest.mark.parametrize("data", ODD)
def test_what_is_odd_but_legal_is_a_request_like_any_other(data: bytes) -> None:
    _, events = told(data)
    (event,) = [event for event in events if isinstance(event, Headers)]
    assert event.block.fields[:1] == ((b":method", b"POST"),)
    assert event.ended


def test_padding_of_data_counts_for_windows_and_is_given_back() -> None:
    server, _ = told(headers(1))
    stream = server.streams[1]
    before = stream.granted
    (event,) = server.receive(frame(frames.DATA, frames.PADDED, 1, b"\x04" + b"abc" + bytes(4)))
    assert isinstance(event, Data)
    assert (event.payload, stream.granted, stream.owed) == (b"abc", before - 8, 5)


def test_goaway_refuses_what_lies_beyond_and_lets_the_others_finish() -> None:
    joined = Joined()
    first, second = (joined.client.request(REQUEST, b"x") for _ in range(2))
    joined.pump()
    joined.server.go_away(last_stream=1, debug="bye")
    joined.server.respond(joined.server.streams[1], HEAD, b"y", HEAD)
    joined.pump()
    kinds = [event for event in joined.at_client if isinstance(event, Refused | GoneAway)]
    assert kinds == [Refused(second), GoneAway(1, 0, b"bye")]
    assert (first.state, joined.client.room) == (State.CLOSED, 0)


def test_frames_of_a_stream_that_was_reset_here_are_passed_over() -> None:
    """RFC 9113, 5.4.2: they may have been on their way."""
    joined = Joined()
    stream = joined.client.request(REQUEST, b"x")
    joined.pump()
    joined.client.reset(stream)
    joined.server.respond(joined.server.streams[1], HEAD, b"late", HEAD)
    joined.pump()
    assert (joined.client.failed, joined.server.failed) == (False, False)


def test_ids_that_are_used_up_leave_no_room() -> None:
    """RFC 9113, 5.1.1: a new connection is needed."""
    client = ClientConnection(OurSettings(), first_stream=(1 << 31) - 1)
    client.receive(frames.settings([]))
    assert client.room > 0
    assert client.request(REQUEST, b"x").id == (1 << 31) - 1
    assert (client.room, client.used_up) == (0, True)


def test_the_peers_limit_of_streams_is_the_room_and_grows_with_its_settings() -> None:
    client = ClientConnection(OurSettings())
    assert client.room == 0
    client.receive(frames.settings([(3, 1)]))
    client.request(REQUEST, b"x")
    assert client.room == 0
    client.receive(frames.settings([(3, 3)]))
    assert client.room == 2


def test_the_first_frame_is_settings() -> None:
    client = ClientConnection(OurSettings())
    assert costs(list(client.receive(frame(frames.PING, 0, 0, bytes(8))))) == Code.PROTOCOL_ERROR
    server = ServerConnection(OurSettings())
    assert costs(list(server.receive(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"))) == Code.PROTOCOL_ERROR


def test_an_informational_head_goes_before_the_head() -> None:
    client = ClientConnection(OurSettings())
    client.receive(frames.settings([]) + frames.SETTINGS_ACK)
    stream = client.request(REQUEST, b"x")
    early = write_block([(b":status", b"103")])
    events = client.receive(headers(1, early) + headers(1, HEAD) + frame(frames.DATA, 0, 1, b"y"))
    assert [type(event) for event in events] == [Headers, Headers, Data]
    assert stream.headed


# Bytes, as the RFCs have them.


def test_frames_look_as_the_rfc_draws_them() -> None:
    assert frame(frames.PING, frames.ACK, 0, b"12345678") == b"\x00\x00\x08\x06\x01\x00\x00\x00\x0012345678"
    assert frames.rst_stream(5, Code.CANCEL) == b"\x00\x00\x04\x03\x00\x00\x00\x00\x05\x00\x00\x00\x08"
    assert frames.window_update(0, 1) == b"\x00\x00\x04\x08\x00\x00\x00\x00\x00\x00\x00\x00\x01"
    assert (
        frames.goaway(7, Code.NO_ERROR, "x") == b"\x00\x00\x09\x07\x00\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00x"
    )
    assert frames.settings([(4, 65535)]) == b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x04\x00\x00\xff\xff"
    split = frames.header_frames(1, b"abcde", END, 2)
    assert split == headers(1, b"ab", END) + frame(9, 0, 1, b"cd") + frame(9, HEADS, 1, b"e")


def test_blocks_are_decoded_statefully_until_the_table_is_gone() -> None:
    """RFC 7541, C.3: three requests on one connection without Huffman coding."""
    decoder = BlockDecoder()
    first = decoder.decode(bytes.fromhex("828684410f7777772e6578616d706c652e636f6d"))[0].fields
    second = decoder.decode(bytes.fromhex("828684be58086e6f2d6361636865"))[0].fields
    assert first[-1] == (b":authority", b"www.example.com")
    assert second[3:] == ((b":authority", b"www.example.com"), (b"cache-control", b"no-cache"))
    decoder.acknowledged()
    with pytest.raises(ProtocolError, match="not emptied"):
        decoder.decode(bytes.fromhex("828684be"))


def test_a_server_takes_the_table_of_a_first_request_and_asks_for_none_when_a_second_comes() -> None:
    """A client that has acknowledged nothing but the first SETTINGS may make a table as large as the default (4.2)."""
    server = ServerConnection(OurSettings())
    greeting = server.take()
    assert b"\0\1\0\0\0\0" not in greeting
    resized = b"\x3f\x61" + REQUEST
    assert costs(list(server.receive(START + headers(1, resized)))) is None
    assert server.take() == frames.SETTINGS_ACK
    assert costs(list(server.receive(headers(3, resized)))) is None
    assert server.take() == frames.settings([(1, 0)])
    server.receive(frames.SETTINGS_ACK)
    assert costs(list(server.receive(headers(5, resized)))) == Code.COMPRESSION_ERROR


def test_huffman_coded_blocks_are_read() -> None:
    """RFC 7541, C.4.1."""
    fields = BlockDecoder().decode(bytes.fromhex("828684418cf1e3c2e5f23a6ba0ab90f4ff"))[0].fields
    assert fields == (
        (b":method", b"GET"),
        (b":scheme", b"http"),
        (b":path", b"/"),
        (b":authority", b"www.example.com"),
    )


FIELD = st.tuples(st.from_regex(rb"[a-z][a-z0-9-]{0,12}", fullmatch=True), st.binary(max_size=40))
CONSTANT = [(b":method", b"POST"), (b":path", b"/a"), (b"te", b"trailers")]


@unhurried
@given(lists=st.lists(st.lists(FIELD, max_size=4), min_size=1, max_size=12), huffman=st.booleans())
def test_what_is_looked_up_equals_what_is_decoded(lists: list[list[tuple[bytes, bytes]]], huffman: bool) -> None:
    """Blocks of an encoder without a table, with repeating heads and varying ends, in every representation."""
    decoder, encoder = BlockDecoder(), hpack.Encoder()
    encoder.header_table_size = 0
    decoder.acknowledged()
    for more in [*lists, *lists]:
        fields = (*CONSTANT, *more)
        known, rest = decoder.decode(encoder.encode(list(fields), huffman=huffman))
        assert (*known.fields, *rest) == fields


@unhurried
@given(fields=st.lists(st.tuples(st.binary(min_size=1, max_size=300), st.binary(max_size=300)), max_size=5))
def test_literals_are_read_by_the_library_as_they_were_meant(fields: list[tuple[bytes, bytes]]) -> None:
    block = b"".join(literal(*field) for field in fields)
    assert [tuple(field) for field in hpack.Decoder().decode(block, raw=True)] == fields


@unhurried
@given(data=st.binary(max_size=40))
def test_reading_literals_never_reads_what_the_library_would_not(data: bytes) -> None:
    fields = read_literals(data, 0)
    if fields is not None:
        assert [tuple(field) for field in hpack.Decoder().decode(data, raw=True)] == list(fields)


def test_a_stream_error_and_a_connection_error_name_their_code() -> None:
    assert str(StreamError(Code.CANCEL, "x")) == "CANCEL: x"
    assert str(ProtocolError(99, "x")) == "99: x"
    assert Request.__doc__
