"""Both roles joined in memory: what is sent arrives, whatever the pieces, windows and frame sizes."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from google.protobuf.wrappers_pb2 import BytesValue
from hypothesis import given
from hypothesis import strategies as st

from tacorush.wire.calling import ClientCall, call_head
from tacorush.wire.http2 import frames
from tacorush.wire.http2.client import ClientConnection
from tacorush.wire.http2.events import Data, Headers, Request, Response
from tacorush.wire.http2.field_blocks import literal
from tacorush.wire.http2.settings import INITIAL_WINDOW_SIZE, OurSettings
from tacorush.wire.metadata import write_fields
from tests.examples import examples
from tests.wire.joined import END, HEAD, REQUEST, Cut, Joined, JoinedCalls, echo, octet_by_octet, pieces, whole

CUTS = st.one_of(
    st.just(whole),
    st.just(octet_by_octet),
    st.lists(st.integers(1, 40), min_size=1, max_size=5).map(pieces),
)
WINDOWS = st.integers(0, 5000)
BODIES = st.lists(st.integers(0, 40_000).map(lambda size: bytes(size % 251 for _ in range(1)) * size), max_size=5)


def received(events: list[Any], stream_id: int) -> bytes:
    """The octets of one stream's DATA."""
    return b"".join(e.payload for e in events if isinstance(e, Data | Request | Response) and e.stream.id == stream_id)


@examples(30)
@given(bodies=BODIES, cut=CUTS, window=WINDOWS)
def test_whole_bodies_arrive_through_any_pieces_and_windows(bodies: list[bytes], cut: Cut, window: int) -> None:
    """Windows of the receiving side open only as octets are given back, so nothing may be sent beyond them."""
    ours = OurSettings(initial_window=max(window, 1), connection_window=65_535)
    joined = Joined(client_settings=ours, server_settings=ours, cut=cut)
    streams = [joined.client.request(REQUEST, body) for body in bodies]
    served = 0
    for _ in range(200_000):
        joined.pump()
        if served == len(joined.at_server):
            break
        for event in joined.at_server[served:]:
            if isinstance(event, Data) and not event.ended:
                joined.server.grant(event.stream, len(event.payload))
        served = len(joined.at_server)
    assert [received(joined.at_server, stream.id) for stream in streams] == bodies
    assert not joined.server.failed
    assert not joined.client.failed


@examples(20)
@given(sizes=st.lists(st.integers(0, 70_000), min_size=1, max_size=4), cut=CUTS, window=st.integers(1, 100_000))
def test_answers_arrive_and_both_sides_forget_their_streams(sizes: list[int], cut: Cut, window: int) -> None:
    joined = Joined(client_settings=OurSettings(initial_window=window, connection_window=65_535), cut=cut)
    for size in sizes:
        stream = joined.client.request(REQUEST, b"x")
        joined.pump()
        joined.server.respond(joined.server.streams[stream.id], HEAD, bytes(size), END)
        seen = 0
        while True:
            joined.pump()
            if seen == len(joined.at_client):
                break
            for event in joined.at_client[seen:]:
                if isinstance(event, Data):
                    joined.client.grant(event.stream, len(event.payload))
            seen = len(joined.at_client)
        assert received(joined.at_client, stream.id) == bytes(size)
    assert (joined.client.streams, joined.server.streams) == ({}, {})


def test_a_call_in_one_piece_is_one_event_on_either_side_and_in_octets_it_is_the_same_call() -> None:
    for cut, kinds in ((whole, [Request]), (octet_by_octet, [Headers, Data])):
        joined = Joined(cut=cut)
        for _ in range(4):  # the second asks for no table, the third empties it, the fourth repeats
            stream = joined.client.request(REQUEST + literal(b"trace", b"1"), b"hello")
            joined.at_server.clear()
            joined.pump()
            joined.server.respond(joined.server.streams[stream.id], HEAD, b"world", END)
            joined.pump()
        assert [type(event) for event in joined.at_server] == kinds
        assert received(joined.at_server, stream.id) == b"hello"
        assert received(joined.at_client, stream.id) == b"world"


def test_a_window_that_settings_take_below_zero_holds_until_it_is_open_again() -> None:
    """RFC 9113, 6.9.2."""
    client = ClientConnection(OurSettings())
    client.receive(frames.settings([(INITIAL_WINDOW_SIZE, 100)]))
    stream = client.request(REQUEST, bytes(150))
    assert (stream.window, client.take().count(bytes(100))) == (0, 1)
    client.receive(frames.settings([(INITIAL_WINDOW_SIZE, 40)]))
    assert (stream.window, client.take()) == (-60, frames.SETTINGS_ACK)
    client.receive(frames.window_update(1, 60))
    assert client.take() == b""
    client.receive(frames.window_update(1, 49))
    assert client.take() == frames.frame(frames.DATA, 0, 1, bytes(49))
    client.receive(frames.window_update(1, 5))
    assert client.take() == frames.frame(frames.DATA, frames.END_STREAM, 1, bytes(1))
    assert stream.window == 4


STATUSES = st.integers(1, 16)
TEXTS = st.text(max_size=30)
PLAIN = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)
NAMES = st.from_regex(r"x-[a-z0-9_.]{1,10}", fullmatch=True)
METADATA = st.lists(
    st.one_of(st.tuples(NAMES, PLAIN), st.tuples(NAMES.map(lambda name: name + "-bin"), st.binary(max_size=20))),
    max_size=4,
).map(tuple)


@examples(60)
@given(status=STATUSES, detail=TEXTS, cut=CUTS, sent=METADATA, initial=METADATA, trailing=METADATA)
def test_statuses_texts_and_metadata_survive_both_ways(
    status: int, detail: str, cut: Cut, sent: Any, initial: Any, trailing: Any
) -> None:
    heard: list[Any] = []

    def fail(call: Any, _: BytesValue) -> None:
        heard.append(call.metadata)
        call.attach(initial, trailing)
        call.fail(status, detail)

    joined = JoinedCalls(fail, cut=cut)
    call = joined.begin(b"x", more=write_fields(sent))
    joined.pump()
    assert (call.status, call.detail, call.delivery) == (status, detail, "answered")
    assert sorted(call.metadata) == sorted((*initial, *trailing))
    assert {name: value for name, value in heard[0].items() if name.startswith("x-")} == dict(sent)


@examples(30)
@given(message=st.binary(max_size=100_000), cut=CUTS)
def test_a_unary_call_is_answered_with_what_was_asked(message: bytes, cut: Cut) -> None:
    joined = JoinedCalls(echo, cut=cut)
    call = joined.begin(message)
    joined.pump()
    assert (call.status, call.delivery) == (0, "answered")
    assert BytesValue.FromString(call.message or b"").value == message
    assert joined.client.in_flight == 0


@examples(30)
@given(messages=st.lists(st.binary(max_size=3_000), max_size=20), cut=CUTS)
def test_a_stream_brings_its_messages_in_order(messages: list[bytes], cut: Cut) -> None:
    def stream(call: Any, _: BytesValue) -> None:
        assert all(call.send(BytesValue(value=message)) for message in messages)
        call.finish()

    joined = JoinedCalls(stream, cut=cut)
    call = joined.begin(b"", "Stream", streams=True)
    joined.pump()
    assert call.status == 0
    assert [BytesValue.FromString(packed.unpacked()).value for packed, _ in call.messages or ()] == messages


def test_a_reader_that_takes_nothing_is_dropped_once_too_many_messages_wait() -> None:
    told: list[bool] = []

    def flood(call: Any, _: BytesValue) -> None:
        told.extend(call.send(BytesValue(value=bytes(1000))) for _ in range(20))

    joined = JoinedCalls(flood, client_settings=OurSettings(initial_window=2000), waiting_messages=8)
    call = joined.begin(b"", "Stream", streams=True)
    joined.pump()
    assert (call.status, "too slow" in call.detail) == (8, True)
    assert told == [True] * told.index(False) + [False] * (20 - told.index(False))


@pytest.mark.parametrize(("encoding", "status"), [("gzip", 0), ("snappy", 12)])
def test_a_compressed_request_is_read_and_an_unknown_compression_is_unimplemented(encoding: str, status: int) -> None:
    joined = JoinedCalls(echo)
    body = gzip.compress(BytesValue(value=b"small").SerializeToString())
    more = literal(b"grpc-encoding", encoding.encode())
    call = _begin_raw(joined, more, b"\x01" + len(body).to_bytes(4, "big") + body)
    joined.pump()
    assert call.status == status


def _begin_raw(joined: JoinedCalls, more: bytes, body: bytes) -> Any:
    call = ClientCall()
    head = call_head("/test/Unary", "memory", False, 1.0, "test") + more
    stream = call.stream = joined.client.connection.request(head, body)
    stream.owner = call
    return call


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 13, id="no message"),
        pytest.param(b"\x00\x00\x00\x00\x00" * 2, 13, id="two messages"),
        pytest.param(b"\x00\x00\x00\x00\x09x", 13, id="a message cut off"),
        pytest.param(b"\x02\x00\x00\x00\x00", 13, id="an unknown flag"),
        pytest.param(b"\x00\x7f\xff\xff\xff", 8, id="a message too large"),
        pytest.param(b"\x00\x00\x00\x00\x00", 0, id="an empty message"),
    ],
)
def test_a_request_that_is_not_one_message_is_refused(body: bytes, status: int) -> None:
    joined = JoinedCalls(echo)
    call = _begin_raw(joined, b"", body)
    joined.pump()
    assert call.status == status
