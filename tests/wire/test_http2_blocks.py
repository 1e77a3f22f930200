"""Header blocks and the bodies behind them: which heads are well formed, CONTINUATION, padding, content-length, 1xx."""

from __future__ import annotations

import pytest

from tacorush.wire.http2.events import Data, Headers, Reset
from tacorush.wire.http2.frames import Code
from tacorush.wire.http2.server import ServerConnection
from tacorush.wire.http2.settings import OurSettings
from tests.wire.by_hand import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PADDED,
    PREFACE,
    REQUEST,
    RESPONSE,
    RST_STREAM,
    TRAILERS,
    WHOLE,
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
    word,
)


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


def test_the_reserved_bit_and_unknown_flags_of_headers_and_data_are_ignored() -> None:
    server = greeted_server()
    events = server.receive(
        frame(HEADERS, END_HEADERS | 0xD0 & ~PADDED, 0x80000001, REQUEST) + frame(DATA, 0xF6, 0x80000001, b"body")
    )
    assert [type(event) for event in events] == [Headers, Data]


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


@pytest.mark.parametrize("said", [b"4x", b"-4", b"", b"4, 5"])
def test_a_content_length_that_is_no_number_ends_the_stream_of_either_role(said: bytes) -> None:
    client = greeted_client()
    client.request(REQUEST, b"body")
    length = field(b"content-length", said)
    (event,) = greeted_server().receive(request(1, END_HEADERS, REQUEST + length))
    assert isinstance(event, Reset)
    (event,) = client.receive(frame(HEADERS, END_HEADERS, 1, RESPONSE + length))
    assert isinstance(event, Reset)


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


def test_blocks_of_ignored_streams_still_change_the_decoder() -> None:
    """Before our table of 0 is acknowledged a block may add to the table, whatever becomes of its stream (4.3)."""
    server = ServerConnection(OurSettings(max_concurrent_streams=1))
    adds = REQUEST + b"\x40\x01x\x01y"
    server.receive(PREFACE + settings() + request(1) + request(3, block=adds))
    server.receive(frame(RST_STREAM, 0, 1, word(8)))
    (event,) = server.receive(request(5, block=REQUEST + b"\xbe"))
    assert isinstance(event, Headers)
    assert event.block.fields[-1] == (b"x", b"y")
