"""What a server does with streams that cannot go on: they cost nothing until they can, and what ended is forgotten."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import pytest

from contracts.messages import queue_pb2
from tacorush.wire.answering import Route, ServerCalls, routed
from tacorush.wire.http2 import frames, settings
from tacorush.wire.http2.field_blocks import write_block
from tacorush.wire.http2.outflow import Outflow
from tacorush.wire.http2.server import ServerConnection
from tacorush.wire.http2.settings import OurSettings
from tests.wire.by_hand import split

if TYPE_CHECKING:
    from tacorush.wire.http2.stream import Stream
    from tacorush.wire.serving import Call

PATH = "/gateway.v1.QueueService/JoinQueue"
ANSWER = queue_pb2.JoinQueueResponse(position_hint=1)
CALL = b"\0\0\0\0\0"
STREAMS = 500


def answered(call: Call, _: queue_pb2.JoinQueueRequest) -> None:
    call.answer(ANSWER)


class Client:
    """A server of one method, and the bytes that a client sends it."""

    def __init__(self, **announced: int) -> None:
        self.connection = ServerConnection(OurSettings())
        routes = routed([Route(PATH, queue_pb2.JoinQueueRequest.FromString, answered)])
        self.calls = ServerCalls(
            self.connection, routes, peer="", wake=lambda: None, largest=1 << 20, waiting_messages=10
        )
        values = [(getattr(settings, name), value) for name, value in announced.items()]
        self.send(frames.PREFACE, frames.settings(values), frames.SETTINGS_ACK)
        self.connection.take()

    def send(self, *written: bytes) -> bytes:
        """Sends all in one piece, lets the handler answer, and returns what the server writes."""
        for call, body in self.calls.receive(b"".join(written)):
            assert body is not None
            call.route.handler(call, call.route.parse(body))
        return self.connection.take()


def head(stream: int, path: str = PATH) -> bytes:
    fields = [
        (b":method", b"POST"),
        (b":scheme", b"http"),
        (b":path", path.encode()),
        (b":authority", b"x"),
        (b"te", b"trailers"),
        (b"content-type", b"application/grpc"),
    ]
    return frames.header_frames(stream, write_block(fields), 0, 1 << 14)


def call(stream: int) -> bytes:
    return head(stream) + frames.frame(frames.DATA, frames.END_STREAM, stream, CALL)


def kinds(written: bytes) -> list[tuple[int, int]]:
    """Frame type and stream of each frame."""
    found, position = [], 0
    while position < len(written):
        word, _, number = frames.HEAD.unpack_from(written, position)
        found.append((word & 0xFF, number))
        position += frames.HEAD_SIZE + (word >> 8)
    return found


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The stream of each attempt to send what waits, as they are made."""
    made: list[int] = []
    attempt = Outflow._send_first

    def counted(self: Outflow, stream: Stream) -> bool:
        made.append(stream.id)
        return attempt(self, stream)

    monkeypatch.setattr(Outflow, "_send_first", counted)
    return made


def test_each_of_many_streams_without_a_window_is_looked_at_once(tries: list[int]) -> None:
    """All of them at every answer would be quadratic: 16,384 held the server up for 13 s."""
    client = Client(INITIAL_WINDOW_SIZE=0)
    for number in range(STREAMS):
        client.send(call(2 * number + 1))
    assert len(tries) <= STREAMS


def test_grants_to_streams_and_to_the_connection_look_only_at_those_that_can_go_on(tries: list[int]) -> None:
    client = Client(INITIAL_WINDOW_SIZE=0)
    client.send(*(call(2 * number + 1) for number in range(STREAMS)))
    tries.clear()
    for _ in range(STREAMS):
        client.send(frames.window_update(0, 1))
    assert tries == []
    written = client.send(frames.window_update(5, 1000))
    assert set(tries) == {5}
    assert kinds(written) == [(frames.DATA, 5), (frames.HEADERS, 5)]


def test_the_next_in_turn_is_found_without_a_walk_over_those_that_had_theirs() -> None:
    """The first key of a plain dict is: 16,384 streams that wait cost 81 ms to let go, in place of 3 ms."""
    client = Client()
    client.connection.out.window = 0
    client.send(*(call(number) for number in (1, 3, 5)))
    waiting = client.connection.out._waiting
    assert [stream.id for stream in waiting] == [1, 3, 5]
    assert isinstance(waiting, OrderedDict)


def test_what_waits_is_not_copied_for_each_octet_that_the_window_lets_go() -> None:
    """13 octets of WINDOW_UPDATE would cost a copy of up to 4 MiB."""
    client = Client(INITIAL_WINDOW_SIZE=10)
    client.send(head(1))
    stream = client.connection.streams[1]
    body = bytes(range(200))
    client.connection.send_headers(stream, b"")
    client.connection.send_data(stream, body, end=True)
    written = client.connection.take()
    for _ in range(190):
        assert stream.pending
        (_, rest, _) = stream.pending[0]
        assert isinstance(rest, memoryview)
        assert rest.obj is body
        written += client.send(frames.window_update(1, 1))
    assert b"".join(one.payload for one in split(written) if one.kind == frames.DATA) == body
    assert not stream.pending


def test_larger_windows_for_all_let_all_go_on_in_their_order() -> None:
    client = Client(INITIAL_WINDOW_SIZE=0)
    client.send(*(call(number) for number in (1, 3, 5)))
    written = client.send(frames.settings([(settings.INITIAL_WINDOW_SIZE, 1000)]))
    sent = [number for kind, number in kinds(written) if kind == frames.DATA]
    assert sent == [1, 3, 5]
    assert client.connection.streams == {}


def test_streams_that_wait_for_the_connection_are_forgotten_when_they_are_reset() -> None:
    """Otherwise a client that opens and resets them makes the server grow for as long as it likes."""
    client = Client()
    client.connection.out.window = 0
    for number in range(1, 2 * STREAMS, 2):
        client.send(call(number))
        client.send(frames.rst_stream(number, frames.Code.CANCEL))
    assert client.connection.streams == {}
    assert not client.connection.out._waiting


@pytest.mark.parametrize(
    "refused", [head(1, "/unknown/Method"), head(1, "/unknown/Method") + call(3)], ids=["alone", "beside-another"]
)
def test_a_refused_call_that_its_client_resets_in_the_same_read_harms_no_other(refused: bytes) -> None:
    """h2spec found it: the refusal was written onto the closed stream, and the error ended the connection."""
    client = Client()
    written = client.send(refused, frames.rst_stream(1, frames.Code.CANCEL), call(5))
    assert (frames.HEADERS, 5) in kinds(written)
    assert not client.connection.failed
