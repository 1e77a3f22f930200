"""What is sent never exceeds what was granted, as an outsider counts it, and all that waits leaves in the end.

The watch reads the frames of both directions and knows nothing of the connection's own counting.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacorush.wire.calling import ClientCall, ClientCalls
from tacorush.wire.http2.client import ClientConnection
from tacorush.wire.http2.events import Data, Failed, Headers, Request, Reset, Response
from tacorush.wire.http2.server import ServerConnection
from tacorush.wire.http2.settings import OurSettings
from tests.examples import examples
from tests.wire import by_hand
from tests.wire.by_hand import (
    ACK,
    DATA,
    HEADERS,
    PREFACE,
    REQUEST,
    RESPONSE,
    RST_STREAM,
    SETTINGS,
    TRAILERS,
    WHOLE,
    WINDOW_UPDATE,
    Frame,
    field,
    frame,
    sent,
    settings,
    split,
    window,
)

if TYPE_CHECKING:
    from tacorush.wire.http2.connection import Connection
    from tacorush.wire.http2.stream import Stream

unhurried = examples(60)
SIZES = st.one_of(st.integers(1, 40), st.sampled_from([16_383, 16_384, 16_385, 65_535, 65_536, 200_000]))


def body_of(size: int) -> bytes:
    """So many octets, none like its neighbours."""
    return (bytes(range(251)) * (size // 251 + 1))[:size]


class Watch:
    """Counts what one end may send, from the frames that it and the other end have sent."""

    def __init__(self) -> None:
        self.window = self.initial = 65_535
        self.largest = 16_384
        self.streams: dict[int, int] = {}

    def sends(self, one: Frame) -> None:
        """The watched end has sent this."""
        assert len(one.payload) <= self.largest, f"a frame of {len(one.payload)} octets"
        if one.kind == HEADERS:
            self.streams.setdefault(one.stream, self.initial)
        if one.kind == DATA:
            self.window -= len(one.payload)
            self.streams[one.stream] -= len(one.payload)
            if one.payload:
                assert self.window >= 0, "more DATA than the connection's window allows"
                assert self.streams[one.stream] >= 0, f"more DATA than the window of {one.stream} allows"

    def hears(self, one: Frame) -> None:
        """The other end has sent this, and the watched end has read it."""
        if one.kind == WINDOW_UPDATE:
            increment = int.from_bytes(one.payload)
            assert increment > 0
            if one.stream:
                self.streams[one.stream] = self.streams.get(one.stream, self.initial) + increment
            else:
                self.window += increment
        if one.kind == SETTINGS and not one.flags & ACK:
            for name, value in struct.iter_unpack(">HI", one.payload):
                self._setting(name, value)

    def _setting(self, name: int, value: int) -> None:
        if name == 4:
            step, self.initial = value - self.initial, value
            self.streams = {stream: left + step for stream, left in self.streams.items()}
        if name == 5:
            self.largest = value


# One end, granted by hand


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("stream"), st.integers(0, 3), st.integers(1, 30_000)),
        st.tuples(st.just("connection"), st.just(0), st.integers(1, 60_000)),
        st.tuples(st.just("initial"), st.just(0), st.sampled_from([0, 1, 100, 20_000, 65_535])),
        st.tuples(st.just("frame"), st.just(0), st.sampled_from([16_384, 16_390, 50_000])),
        st.tuples(st.just("hold"), st.just(0), st.integers(0, 1)),
    ),
    max_size=30,
)


def opened(role: str, first: int, sizes: list[int]) -> tuple[Connection, list[Stream]]:
    """A connection that sends a body of each size, and its streams."""
    if role == "client":
        client = by_hand.greeted_client(peer=[(4, first)])
        return client, [client.request(REQUEST, body_of(size)) for size in sizes]
    server = by_hand.greeted_server(peer=[(4, first)])
    streams = []
    for number, size in enumerate(sizes):
        (event,) = server.receive(by_hand.request(2 * number + 1))
        assert isinstance(event, Headers)
        streams.append(event.stream)
        server.respond(event.stream, RESPONSE, body_of(size), TRAILERS)
    return server, streams


def take_step(connection: Connection, watch: Watch, step: tuple[str, int, int], streams: list[Stream]) -> None:
    kind, which, value = step
    if kind == "hold":
        connection.out.hold(bool(value))
        return
    if kind == "stream":
        octets = window(value, streams[which % len(streams)].id)
    else:
        octets = window(value) if kind == "connection" else settings((4 if kind == "initial" else 5, value))
    assert by_hand.failure(connection.receive(octets)) is None
    watch.hears(split(octets)[0])


@pytest.mark.parametrize("role", ["client", "server"])
@unhurried
@given(
    steps=STEPS,
    sizes=st.lists(SIZES, min_size=1, max_size=4),
    first=st.sampled_from([0, 1, 100, 65_535]),
    grants=st.booleans(),
)
def test_windows_and_settings_in_flight_are_never_exceeded_and_all_that_waits_leaves_in_the_end(
    role: str, steps: list[tuple[str, int, int]], sizes: list[int], first: int, grants: bool
) -> None:
    watch = Watch()
    connection, streams = opened(role, first, sizes)
    watch.hears(split(settings((4, first)))[0])
    found = sent(connection)
    enough = [("connection", 0, sum(sizes)), ("initial", 0, 1_000_000)]
    if grants:
        enough[1:] = [("stream", which, 300_000) for which in range(len(streams))]
    for one in found:
        watch.sends(one)
    for step in [*steps, ("hold", 0, 0), *enough]:
        take_step(connection, watch, step, streams)
        more = sent(connection)
        for one in more:
            watch.sends(one)
        found += more
    for stream, size in zip(streams, sizes, strict=True):
        assert b"".join(one.payload for one in found if one[:1] + one[2:3] == (DATA, stream.id)) == body_of(size)
    assert not connection.out._waiting
    assert not any(stream.pending for stream in streams)
    assert len(connection.streams) == (len(streams) if role == "client" else 0)


# Both ends


OURS = st.builds(
    OurSettings,
    max_concurrent_streams=st.sampled_from([1, 2, 100]),
    initial_window=st.sampled_from([1, 2, 10, 1_000, 65_535, 1 << 20]),
    connection_window=st.sampled_from([65_535, 100_000, 1 << 24]),
    max_frame=st.sampled_from([16_384, 16_385, 100_000]),
)
PIECES = st.sampled_from([1, 9, 100, 20_000, 1 << 30])


class Exchange:
    """Calls of a client, each answered by its body turned around; both ends give back what they take in."""

    def __init__(self, ours: OurSettings, theirs: OurSettings, piece: int) -> None:
        self.client, self.server, self.piece = ClientConnection(ours), ServerConnection(theirs), piece
        self.up, self.down = Watch(), Watch()
        self.asked: dict[int, bytes] = {}
        self.answers: dict[int, bytes] = {}
        self.ended: list[int] = []

    def run(self, bodies: list[bytes]) -> dict[int, bytes]:
        """Carries until neither end has anything to say; returns the bodies by their streams."""
        requested = {}
        while True:
            while bodies and self.client.room > 0:
                body = bodies.pop()
                requested[self.client.request(REQUEST, body).id] = body
            up = self.client.take()
            for part in self._carried(up, self.up, self.down):
                self._serve(part)
            down = self.server.take()
            for part in self._carried(down, self.down, self.up):
                self._hear(part)
            if not up and not down:
                return requested

    def _carried(self, octets: bytes, sender: Watch, hearer: Watch) -> list[bytes]:
        for one in split(octets.removeprefix(PREFACE)):
            sender.sends(one)
            hearer.hears(one)
            assert one.kind != RST_STREAM
        return [octets[at : at + self.piece] for at in range(0, len(octets), self.piece)]

    def _serve(self, octets: bytes) -> None:
        for event in self.server.receive(octets):
            assert not isinstance(event, (Failed, Reset)), event
            if not isinstance(event, (Data, Request)):
                continue
            number = event.stream.id
            self.asked[number] = self.asked.get(number, b"") + event.payload
            if isinstance(event, Request) or event.ended:
                self.server.respond(event.stream, RESPONSE, self.asked[number][::-1], TRAILERS)
            else:
                self.server.grant(event.stream, len(event.payload))

    def _hear(self, octets: bytes) -> None:
        for event in self.client.receive(octets):
            assert not isinstance(event, (Failed, Reset)), event
            if isinstance(event, (Data, Response)):
                number = event.stream.id
                self.answers[number] = self.answers.get(number, b"") + event.payload
                self.client.grant(event.stream, len(event.payload))
            if isinstance(event, Response) or (isinstance(event, Headers) and event.ended):
                self.ended.append(event.stream.id)


@unhurried
@given(ours=OURS, theirs=OURS, sizes=st.lists(SIZES, min_size=1, max_size=5), piece=PIECES)
def test_what_arrives_is_what_was_sent_whatever_the_windows_and_both_ends_forget(
    ours: OurSettings, theirs: OurSettings, sizes: list[int], piece: int
) -> None:
    slow = min(ours.initial_window, theirs.initial_window) < 1_000 or piece < 9
    bodies = [body_of(min(size, 1_000) if slow else size) for size in sizes]
    exchange = Exchange(ours, theirs, piece)
    requested = exchange.run(list(bodies))
    assert sorted(requested.values()) == sorted(bodies)
    assert exchange.asked == requested
    assert exchange.answers == {stream: body[::-1] for stream, body in requested.items()}
    assert sorted(exchange.ended) == list(requested)
    for end in (exchange.client, exchange.server):
        assert end.streams == {}
        assert not end.out._waiting
        assert end.held_octets == 0


def test_an_answer_before_the_whole_request_was_sent_ends_the_stream_at_both_ends() -> None:
    """The server will not read the rest, and may never open the window again: the call would count as one in flight."""
    client = ClientCalls(by_hand.greeted_client(peer=[(4, 10)]), 1_000)
    call = ClientCall()
    client.begin(call, REQUEST, bytes(100))
    client.receive(frame(HEADERS, WHOLE, 1, RESPONSE + field(b"grpc-status", b"8")))
    assert call.status == 8
    assert client.in_flight == 0
    assert sent(client.connection)[-1][:3] == (RST_STREAM, 0, 1)
