"""Limits against abuse: what is borne is borne, one more ends the connection or the call as the specification says."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.protobuf.wrappers_pb2 import BytesValue

from tacorush.wire.calling import ClientCall, ClientCalls, call_head
from tacorush.wire.http2 import frames
from tacorush.wire.http2.client import ClientConnection
from tacorush.wire.http2.connection import Connection
from tacorush.wire.http2.events import Event, Failed, Headers, Refused, Reset
from tacorush.wire.http2.field_blocks import literal
from tacorush.wire.http2.frames import Code, frame
from tacorush.wire.http2.limits import Limits
from tacorush.wire.http2.server import ServerConnection
from tacorush.wire.http2.settings import NO_TABLE, OurSettings
from tacorush.wire.http2.stream import Stream
from tests.wire.joined import HEAD as RESPONSE
from tests.wire.joined import REQUEST, JoinedCalls, echo

HEADS, END = frames.END_HEADERS, frames.END_STREAM
LIMITS = Limits(control_frames=50, rapid_resets=20, walked_streams=100, continuations=4, block_octets=2000)


def server(streams: int = 16_384) -> ServerConnection:
    made = ServerConnection(OurSettings(max_concurrent_streams=streams), LIMITS)
    made.receive(frames.PREFACE + frames.settings([]) + frames.SETTINGS_ACK)
    made.tick()
    return made


def client() -> ClientConnection:
    made = ClientConnection(OurSettings(), LIMITS)
    made.receive(frames.settings([]) + frames.SETTINGS_ACK)
    made.tick()
    made.request(REQUEST, b"x")
    return made


def ended_with(connection: Connection, data: bytes) -> int | None:
    """Feeds what was sent; the code with which the connection failed, or None."""
    return next((event.code for event in connection.receive(data) if isinstance(event, Failed)), None)


FLOODS = [
    pytest.param(frame(frames.PING, 0, 0, bytes(8)), id="PING"),
    pytest.param(frame(frames.PING, frames.ACK, 0, bytes(8)), id="PING ACK"),
    pytest.param(frames.settings([]), id="SETTINGS"),
    pytest.param(frames.settings([(4, 100)]), id="SETTINGS that change"),
    pytest.param(frame(frames.PRIORITY, 0, 1, bytes(5)), id="PRIORITY"),
    pytest.param(frame(0xEE, 0, 0, b"?"), id="unknown"),
    pytest.param(frame(frames.GOAWAY, 0, 0, bytes(8)), id="GOAWAY"),
]


@pytest.mark.parametrize("role", [server, client])
@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood_of_frames_that_get_no_call_on_ends_the_connection(
    role: Callable[[], Connection], flood: bytes
) -> None:
    connection = role()
    assert ended_with(connection, flood * 50) is None
    connection.tick()
    assert ended_with(connection, flood * 50) is None
    assert ended_with(connection, flood) == Code.ENHANCE_YOUR_CALM


def test_empty_data_is_a_flood_too_and_a_call_that_gets_on_renews_the_budget() -> None:
    connection = server()
    connection.receive(frame(frames.HEADERS, HEADS, 1, REQUEST))
    empty = frame(frames.DATA, 0, 1)
    assert ended_with(connection, empty * 50) is None
    assert ended_with(connection, frame(frames.DATA, 0, 1, b"x") + empty * 50) is None
    assert ended_with(connection, empty) == Code.ENHANCE_YOUR_CALM


def test_settings_that_move_all_windows_have_a_budget_which_no_data_renews() -> None:
    """15 octets walk over every stream; with an octet of DATA between them the budget of control frames is none."""
    connection = server()
    connection.receive(b"".join(frame(frames.HEADERS, HEADS, n, REQUEST) for n in range(1, 20, 2)))
    octet = frame(frames.DATA, 0, 1, b"x")
    moves = [frames.settings([(4, 100 + n)]) + octet for n in range(11)]
    same = frames.settings([(4, 109)]) + octet
    assert ended_with(connection, b"".join(moves[:10]) + same * 200) is None
    connection.tick()
    assert ended_with(connection, frames.settings([(4, 99)]) + octet + b"".join(moves[:9])) is None
    assert ended_with(connection, moves[9]) == Code.ENHANCE_YOUR_CALM


class Looked(dict[int, Stream]):
    """Streams by id, which count how many were looked at to find those that are meant."""

    looks = 0

    def __iter__(self) -> Iterator[int]:
        return self._counted(super().__iter__())

    def __reversed__(self) -> Iterator[int]:
        return self._counted(super().__reversed__())

    def _counted(self, ids: Iterator[int]) -> Iterator[int]:
        for number in ids:
            self.looks += 1
            yield number


def test_a_goaway_looks_at_those_that_it_refuses_and_no_others() -> None:
    """17 octets would walk over every stream in flight, again and again."""
    connection = client()
    for _ in range(99):
        connection.request(REQUEST, b"x")
    looked = connection.streams = Looked(connection.streams)
    events = connection.receive(frames.goaway(195, 0))
    assert [event.stream.id for event in events if isinstance(event, Refused)] == [197, 199]
    connection.receive(frames.goaway(195, 0) * 40)
    assert looked.looks <= 2 + 41


def test_streams_opened_and_reset_in_a_flood_end_the_connection() -> None:
    """CVE-2023-44487. A second later the budget is there again."""
    connection = server()
    rapid = [frame(frames.HEADERS, HEADS | END, n, REQUEST) + frames.rst_stream(n, 8) for n in range(1, 200, 2)]
    assert ended_with(connection, b"".join(rapid[:20])) is None
    connection.tick()
    assert ended_with(connection, b"".join(rapid[20:40])) is None
    assert ended_with(connection, rapid[40]) == Code.ENHANCE_YOUR_CALM


def opened_and_reset(connection: ServerConnection, numbers: range) -> list[int | None]:
    """Opens and resets each of these streams, with two reads between; what each reset ended the connection with."""
    ends = []
    for number in numbers:
        connection.receive(frame(frames.HEADERS, HEADS | END, number, REQUEST))
        connection.receive(frame(frames.WINDOW_UPDATE, 0, 0, b"\x00\x00\x00\x01"))
        ends.append(ended_with(connection, frames.rst_stream(number, 8)))
    return ends


def test_streams_opened_and_reset_in_reads_of_their_own_are_a_flood_above_those_that_may_be_open() -> None:
    """A peer that waits a read or two before each RST_STREAM is never rapid; it still gets through all its streams."""
    connection = server(streams=30)
    assert opened_and_reset(connection, range(1, 101, 2)) == [None] * 50
    connection.tick()
    assert opened_and_reset(connection, range(101, 203, 2)) == [None] * 50 + [Code.ENHANCE_YOUR_CALM]


def test_a_client_may_cancel_all_that_it_has_open_and_open_as_many_again_every_second() -> None:
    """A client whose deadlines all pass, since the server hangs, resets every call; that is no abuse."""
    connection = server(streams=30)
    for second in range(20):
        numbers = range(60 * second + 1, 60 * second + 61, 2)
        connection.receive(b"".join(frame(frames.HEADERS, HEADS | END, n, REQUEST) for n in numbers))
        connection.receive(frame(frames.WINDOW_UPDATE, 0, 0, b"\x00\x00\x00\x01"))
        assert len(connection.streams) == 30
        assert ended_with(connection, b"".join(frames.rst_stream(n, 8) for n in numbers)) is None
        connection.tick()


@pytest.mark.parametrize("part", [b"", b"\x00\x01a\x01b"])
@pytest.mark.parametrize("role", [server, client])
def test_a_block_in_too_many_continuations_ends_the_connection(role: Callable[[], Connection], part: bytes) -> None:
    """CVE-2024-27316."""
    connection = role()
    opening = frame(frames.HEADERS, 0, 1, b"")
    assert ended_with(connection, opening + frame(frames.CONTINUATION, 0, 1, part) * 4) is None
    assert ended_with(connection, frame(frames.CONTINUATION, 0, 1, part)) == Code.ENHANCE_YOUR_CALM


def test_a_block_too_long_ends_the_connection() -> None:
    part = literal(b"a", b"b" * 990)
    opening = frame(frames.HEADERS, 0, 1, part)
    assert ended_with(server(), opening + frame(frames.CONTINUATION, 0, 1, part)) is None
    assert ended_with(server(), opening + frame(frames.CONTINUATION, 0, 1, part * 2)) == Code.ENHANCE_YOUR_CALM


def test_a_header_bomb_ends_the_connection_while_it_is_small() -> None:
    """One large entry of the dynamic table, named again and again: 4 KiB an octet, were it all unpacked."""
    bomb = b"\x40\x01a\x7f\xa1\x1e" + b"b" * 4000 + b"\xbe" * 1500
    connection = ServerConnection(OurSettings())
    connection.receive(frames.PREFACE + frames.settings([]))
    assert ended_with(connection, frame(frames.HEADERS, HEADS, 1, bomb)) == Code.COMPRESSION_ERROR


def test_streams_above_the_announced_number_are_refused_and_the_others_go_on() -> None:
    """RFC 9113, 5.1.2 and 8.7: a refused stream may be tried again."""
    connection = ServerConnection(OurSettings(max_concurrent_streams=2))
    connection.receive(frames.PREFACE + frames.settings([]) + frames.SETTINGS_ACK)
    connection.take()
    data = b"".join(frame(frames.HEADERS, HEADS | END, n, REQUEST) for n in (1, 3, 5))
    events = connection.receive(data)
    assert [event.stream.id for event in events if isinstance(event, Headers)] == [1, 3]
    assert connection.take() == frames.settings([NO_TABLE]) + frames.rst_stream(5, Code.REFUSED_STREAM)


def test_a_whole_request_above_the_announced_number_is_refused_too() -> None:
    connection = ServerConnection(OurSettings(max_concurrent_streams=1))
    connection.receive(frames.PREFACE + frames.settings([]) + frames.SETTINGS_ACK)
    connection.take()
    for n in (1, 3, 5):
        connection.receive(frame(frames.HEADERS, HEADS, n, REQUEST) + frame(frames.DATA, END, n, b"x"))
    refused = [frames.rst_stream(n, Code.REFUSED_STREAM) for n in (3, 5)]
    assert connection.take() == frames.settings([NO_TABLE]) + b"".join(refused)


def more_data_than_granted(stream_window: int, connection_window: int) -> int | None:
    connection = ServerConnection(OurSettings(initial_window=stream_window, connection_window=connection_window))
    connection.receive(frames.PREFACE + frames.settings([]) + frames.SETTINGS_ACK)
    connection.receive(frame(frames.HEADERS, HEADS, 1, REQUEST))
    events: list[Event] = []
    for _ in range(10):
        events += connection.receive(frame(frames.DATA, 0, 1, bytes(10_000)))
    return next((event.code for event in events if isinstance(event, Failed | Reset)), None)


def test_a_peer_that_passes_over_a_window_is_stopped() -> None:
    """RFC 9113, 6.9.1."""
    assert more_data_than_granted(30_000, 1 << 20) == Code.FLOW_CONTROL_ERROR
    assert more_data_than_granted(1 << 20, 1 << 20) is None


def client_calls(ours: OurSettings) -> ClientCalls:
    """A client with two calls in flight."""
    made = ClientCalls(ClientConnection(ours), 1000)
    made.receive(frames.settings([]) + frames.SETTINGS_ACK)
    for _ in range(2):
        made.begin(ClientCall(), call_head("/test/Unary", "memory", False, 1.0, "test"), b"")
    return made


def call(joined: JoinedCalls, more: bytes = b"", body: bytes = b"\x00\x00\x00\x00\x00") -> int:
    """The status of one call with these octets as its body."""
    made = ClientCall()
    head = call_head("/test/Unary", "memory", False, 1.0, "test") + more
    stream = made.stream = joined.client.connection.request(head, body)
    stream.owner = made
    joined.pump()
    return made.status


def test_a_header_list_above_the_announced_size_is_resource_exhausted() -> None:
    joined = JoinedCalls(echo, server_settings=OurSettings(max_header_list=2000))
    assert call(joined) == 0
    assert call(joined, literal(b"a", b"b" * 1200)) == 0
    assert call(joined, literal(b"a", b"b" * 2000)) == 8
    assert call(joined, literal(b"a", b"b" * 100) * 20) == 8
    assert call(joined, literal(b"a", b"") * 10) == 0
    assert call(joined, literal(b"a", b"") * 60) == 8
    assert call(joined) == 0


def test_an_answer_whose_header_list_is_above_what_the_client_announced_is_resource_exhausted() -> None:
    """Be it the head, the trailers, or fields behind a part that is known; the next call is answered."""
    sizes = iter([(0, 0), (1200, 1200), (2000, 0), (0, 2000), (0, 0)])

    def answer(call: Any, message: BytesValue) -> None:
        head, trailing = next(sizes)
        call.attach([("a", "b" * head)] if head else (), [("c", "d" * trailing)] if trailing else ())
        call.answer(message)

    joined = JoinedCalls(answer, client_settings=OurSettings(max_header_list=2000))
    found = []
    for _ in range(5):
        made = joined.begin(b"x")
        joined.pump()
        found.append((made.status, made.delivery))
    fine, lost = (0, "answered"), (8, "unanswered")
    assert found == [fine, fine, lost, lost, fine]


def test_a_known_block_that_means_more_than_was_announced_is_refused_each_time() -> None:
    """It is short, so it is looked up; what it means is no shorter for that."""
    made = client_calls(OurSettings(max_header_list=2000))
    head = RESPONSE + b"\x90" * 50  # accept-encoding: gzip, deflate, from the static table: 60 octets each
    frames_of = b"".join(
        frame(frames.HEADERS, HEADS, n, head)
        + frame(frames.DATA, 0, n, b"\0\0\0\0\0")
        + frame(frames.HEADERS, HEADS | END, n, literal(b"grpc-status", b"0"))
        for n in (1, 3)
    )
    ended = made.receive(frames_of)
    assert {(call.status, call.delivery) for call in ended} == {(8, "unanswered")}


@pytest.mark.parametrize("octets", [40_000, 100_000])
def test_a_header_block_above_what_was_announced_ends_its_call_and_the_connection_goes_on(octets: int) -> None:
    joined = JoinedCalls(echo)
    giant = literal(b"a", b"b" * octets)
    assert [call(joined, giant), call(joined), call(joined, giant), call(joined)] == [8, 0, 8, 0]
    assert not joined.server.connection.failed


def test_a_message_above_the_limit_is_resource_exhausted_before_it_is_taken_in() -> None:
    joined = JoinedCalls(echo, largest=1000)
    fits = BytesValue(value=bytes(990)).SerializeToString()
    assert call(joined, body=b"\x00" + len(fits).to_bytes(4, "big") + fits) == 0
    assert call(joined, body=b"\x00" + (1001).to_bytes(4, "big")) == 8


def test_a_bomb_inflates_no_further_than_the_largest_message() -> None:
    joined = JoinedCalls(echo, largest=10_000)
    gzipped = literal(b"grpc-encoding", b"gzip")
    small, bomb = (gzip.compress(BytesValue(value=bytes(size)).SerializeToString()) for size in (9_000, 9_000_000))
    assert call(joined, gzipped, b"\x01" + len(small).to_bytes(4, "big") + small) == 0
    assert call(joined, gzipped, b"\x01" + len(bomb).to_bytes(4, "big") + bomb) == 8
