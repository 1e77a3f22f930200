"""Clients that abuse our server, and clients that are odd but right, over real sockets.

After each of them the server answers a fresh client, and holds nothing for the one that has gone. Each budget is proved
twice: the attack ends with the error that the RFC names, and without the budget it does not.
"""

from __future__ import annotations

import logging
import random
import struct
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hpack import Encoder

from contracts.messages import queue_pb2
from tacorush.wire.asyncio_server import AsyncioServer, Held, ServerOptions
from tacorush.wire.gevent_channel import GeventChannel
from tacorush.wire.http2 import frames
from tacorush.wire.http2.frames import Code, frame, header_frames, rst_stream, settings, window_update
from tacorush.wire.http2.limits import Limits
from tacorush.wire.http2.settings import OurSettings
from tests.processes import until
from tests.wire.live_servers import LIMIT_S, SERVICE, LiveServer, Platform
from tests.wire.raw_clients import END, GREETING, LONGEST, RawClient, body, fields, request

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADS = frames.END_HEADERS
UNLIMITED = Limits(control_frames=1 << 30, rapid_resets=1 << 30, continuations=1 << 30, block_octets=1 << 30)
PING = frame(frames.PING, 0, 0, bytes(8))
FULL = settings([(4, frames.LARGEST_WINDOW)]) + window_update(0, frames.LARGEST_WINDOW - 65_535)
OK = b"\x0bgrpc-status\x010"


class Site(NamedTuple):
    """A server of ours, and what it is asked."""

    live: LiveServer
    server: AsyncioServer
    platform: Platform

    @property
    def held(self) -> Held:
        return self.live.ask(lambda: self.server.held)

    @property
    def reads(self) -> bool:
        """It reads from its only connection."""
        return self.live.ask(lambda: all(one._transport.is_reading() for one in self.server.connections))

    def serves_and_holds_nothing(self) -> None:
        """A fresh client is answered, and what others left behind is gone."""
        channel = GeventChannel(self.live.address, time.monotonic_ns)
        asked = queue_pb2.JoinQueueRequest(user_id="fresh")
        answer = channel.unary(SERVICE + "Join", asked, queue_pb2.JoinQueueResponse, LIMIT_S)
        channel.close()
        assert (answer.status, answer.detail) == (0, "")
        until(lambda: self.held == Held(0, 0, 0), "the server to hold nothing", LIMIT_S)

    def tick(self, seconds: int) -> None:
        """Lets every connection live through so many seconds."""

        def second() -> None:
            for connection in tuple(self.server.connections):
                connection.tick()

        for _ in range(seconds):
            self.live.ask(second)


def serving(options: ServerOptions | None = None) -> Site:
    server, platform = AsyncioServer(options), Platform()
    return Site(LiveServer(server, platform.endpoints()), server, platform)


@pytest.fixture
def site() -> Iterator[Site]:
    found = serving()
    yield found
    found.live.stop()


def bomb() -> bytes:
    """A head of 8 KiB that means 16 MiB: one large field in the dynamic table, referred to 4,000 times."""
    block = Encoder().encode([(b":method", b"POST"), (b"x-bomb", b"x" * 3_900)])
    return header_frames(1, block + b"\xbe" * 4_000, END, LONGEST)


RESETS = b"".join(header_frames(n, fields(), 0, LONGEST) + rst_stream(n, 8) for n in range(1, 20_000, 2))
OPENED = frame(frames.HEADERS, 0, 1, fields())
ATTACKS = {
    "rapid reset of 10,000 streams": RESETS,
    "CONTINUATION flood": frame(frames.HEADERS, 0, 1, fields())
    + frame(frames.CONTINUATION, 0, 1, b"\x00\x01a\x01b") * 1_000,
    "CONTINUATION flood of empty frames": frame(frames.HEADERS, 0, 1, fields())
    + frame(frames.CONTINUATION, 0, 1) * 9_000,
    "PING flood": PING * 20_000,
    "SETTINGS flood": settings([]) * 20_000,
    "flood of empty DATA": header_frames(1, fields("Held"), 0, LONGEST) + frame(frames.DATA, 0, 1) * 20_000,
    "flood of PRIORITY": frame(frames.PRIORITY, 0, 1, bytes(5)) * 20_000,
    "flood of unknown frames": frame(0xBA, 0, 0) * 20_000,
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_flood_ends_the_connection_and_nothing_else(site: Site, name: str) -> None:
    with RawClient(site.live.address) as attacker:
        attacker.send(ATTACKS[name])
        assert attacker.goaway() in (Code.ENHANCE_YOUR_CALM, -1)  # -1: the end overtook it, since more was on its way
        site.serves_and_holds_nothing()


@pytest.mark.parametrize("name", ATTACKS)
def test_without_its_budget_the_flood_is_borne(name: str) -> None:
    """Shows that it is the budget which ends the flood: all of it is taken in, and the connection goes on."""
    site = serving(ServerOptions(limits=UNLIMITED))
    with RawClient(site.live.address) as attacker:
        assert attacker.send(ATTACKS[name])
        if "CONTINUATION" in name:
            attacker.send(frame(frames.CONTINUATION, HEADS, 1) + rst_stream(1, 8))
        attacker.send(request(20_001))
        assert OK in attacker.answer(20_001)
    site.serves_and_holds_nothing()
    site.live.stop()


def test_a_header_bomb_ends_the_connection(site: Site) -> None:
    with RawClient(site.live.address) as attacker:
        attacker.send(bomb())
        assert attacker.goaway() == Code.COMPRESSION_ERROR
        site.serves_and_holds_nothing()


def test_streams_above_the_bound_are_refused_and_may_be_tried_again() -> None:
    site = serving(ServerOptions(settings=OurSettings(max_concurrent_streams=3)))
    with RawClient(site.live.address) as client:
        client.send(b"".join(request(stream, "Held") for stream in (1, 3, 5)) + request(7))
        reset = next(one for one in client.frames() if one.kind == frames.RST_STREAM)
        assert (reset.stream, reset.payload) == (7, struct.pack(">I", Code.REFUSED_STREAM))
        assert site.held.streams == 3
        client.send(rst_stream(1, 8) + request(9))
        assert OK in client.answer(9)
    site.serves_and_holds_nothing()
    site.live.stop()


def test_a_message_that_only_announces_its_size_is_refused_before_it_is_there(site: Site) -> None:
    with RawClient(site.live.address) as client:
        client.send(header_frames(1, fields(), 0, LONGEST) + frame(frames.DATA, 0, 1, b"\x00\xff\xff\xff\xff"))
        assert b"grpc-status\x018" in client.answer(1)
    site.serves_and_holds_nothing()


def test_one_that_never_greets_is_sent_away() -> None:
    site = serving(ServerOptions(greeting_s=5))
    with RawClient(site.live.address, greeting=b"") as silent:
        until(lambda: site.held.connections == 1, "the connection", LIMIT_S)
        site.tick(4)
        assert site.held.connections == 1
        site.tick(1)
        assert silent.goaway() == Code.SETTINGS_TIMEOUT
        site.serves_and_holds_nothing()
    site.live.stop()


def test_one_that_never_reads_is_cut_off_and_what_waited_for_it_is_let_go() -> None:
    """Its answers stay below a bound as long as it is borne: the windows it gave would allow 2 GiB."""
    site = serving(ServerOptions(stuck_s=5))
    with RawClient(site.live.address, greeting=GREETING + FULL) as stuck:
        stuck.send(b"".join(request(stream, "Big", str(3 << 20)) for stream in range(1, 41, 2)))
        until(lambda: site.held.octets > 20 << 20, "its answers", LIMIT_S)
        assert site.held.octets <= 20 * (3 << 20) + (1 << 20)
        site.tick(5)
        site.serves_and_holds_nothing()
    site.live.stop()


def test_one_that_does_not_read_is_not_read_from_until_it_does(site: Site) -> None:
    with RawClient(site.live.address, greeting=GREETING + FULL, buffer=1 << 16) as slow:
        slow.send(request(1, "Big", str(8 << 20)))
        until(lambda: not site.reads, "the server to stop reading", LIMIT_S)
        slow.send(b"".join(request(stream) for stream in range(3, 203, 2)))
        for _ in range(10):  # turns of its loop, in each of which it would look at what has come
            assert not site.reads
        assert not site.platform.came["Join"].acquire(blocking=False)
        assert OK in slow.answer(1)
        assert OK in slow.answer(201)
        assert site.reads
    site.serves_and_holds_nothing()


def test_one_that_floods_and_never_reads_adds_nothing_to_what_is_kept_and_is_cut_off(site: Site) -> None:
    """No window holds acknowledgements back: were it read from, they would wait for it in the server's memory."""
    with RawClient(site.live.address, greeting=GREETING + FULL, buffer=1 << 16) as flood:
        flood.send(request(1, "Big", str(8 << 20)))
        until(lambda: not site.reads, "the server to stop reading", LIMIT_S)
        kept = site.held.octets
        for number in range(3, 203, 2):
            flood.offer(PING * 900 + request(number))
            assert site.held.octets <= kept
        site.tick(ServerOptions().stuck_s)
        site.serves_and_holds_nothing()


def test_one_that_broke_the_protocol_and_does_not_read_that_is_forgotten(site: Site) -> None:
    """What waits for it is less than a full buffer: asyncio alone would wait for it to be read, for ever."""
    with RawClient(site.live.address, greeting=GREETING + FULL) as stuck:
        until(lambda: site.held.connections == 1, "the connection", LIMIT_S)
        stream, wanted = 1, 100_000
        while not 0 < site.held.octets < 1 << 20:  # until the kernel takes no more
            stuck.send(request(stream, "Big", str(wanted)))
            assert site.platform.came["Big"].acquire(timeout=LIMIT_S)
            stream += 2
            assert stream < 2_000, "the kernel takes everything"
        stuck.send(frame(frames.PING, 0, 1, bytes(8)))
        until(lambda: site.live.ask(lambda: all(c.failed for c in site.server.connections)), "the failure", LIMIT_S)
        site.tick(2)
        until(lambda: site.held.connections == 0, "the connection to be forgotten", LIMIT_S)


@pytest.mark.parametrize("refused", ["Unheard", "Join"])
def test_a_stream_refused_and_reset_in_one_read_costs_the_others_nothing(site: Site, refused: str) -> None:
    with RawClient(site.live.address) as client:
        client.send(request(1, refused) + rst_stream(1, 8) + request(3))
        assert OK in client.answer(3)
    site.serves_and_holds_nothing()


CLIENT_TRAILERS = header_frames(1, b"\x00\x01x\x01y", END, LONGEST)
LENGTH = (b"content-length", b"%d" % len(body()))
ENDED = window_update(3, 1) + rst_stream(3, 8)
ODD = {
    "one octet at a time": (request(1), 1),
    "padding": (
        frame(frames.HEADERS, HEADS | frames.PADDED, 1, b"\x09" + fields() + bytes(9))
        + frame(frames.DATA, END | frames.PADDED, 1, b"\xff" + body() + bytes(255)),
        0,
    ),
    "priority in HEADERS": (
        frame(frames.HEADERS, HEADS | frames.WITH_PRIORITY, 1, bytes(5) + fields())
        + frame(frames.DATA, END, 1, body()),
        0,
    ),
    "split headers": (
        frame(frames.HEADERS, 0, 1, fields()[:7])
        + frame(frames.CONTINUATION, 0, 1)
        + frame(frames.CONTINUATION, HEADS, 1, fields()[7:])
        + frame(frames.DATA, END, 1, body()),
        0,
    ),
    "unknown frames, flags and settings": (
        frame(0xBA, 0xFF, 7, b"?") + settings([(0xFACE, 1)]) + frame(frames.PING, 0xFE, 0, bytes(8)) + request(1),
        0,
    ),
    "a message in single octets of DATA": (
        header_frames(1, fields(), 0, LONGEST)
        + b"".join(frame(frames.DATA, 0, 1, body()[n : n + 1]) for n in range(len(body())))
        + frame(frames.DATA, END, 1),
        0,
    ),
    "trailers of the client": (
        header_frames(1, fields(), 0, LONGEST) + frame(frames.DATA, 0, 1, body()) + CLIENT_TRAILERS,
        0,
    ),
    "a content-length that is right": (
        header_frames(1, fields("Join", LENGTH), 0, LONGEST) + frame(frames.DATA, END, 1, body()),
        0,
    ),
    "the reserved bit": (request(1).replace(b"\x00\x00\x00\x01", b"\x80\x00\x00\x01", 1), 0),
    "WINDOW_UPDATE and RST_STREAM of a stream that has ended": (
        request(3) + ENDED + request(5),
        0,
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_but_legal_is_answered(site: Site, name: str) -> None:
    data, octets = ODD[name]
    stream = 5 if "has ended" in name else 1
    with RawClient(site.live.address) as client:
        client.send(data, octets)
        answer = client.answer(stream)
        assert b"ann" in answer
        assert OK in answer
    site.serves_and_holds_nothing()


def test_an_answer_goes_through_a_window_of_one_octet(site: Site) -> None:
    with RawClient(site.live.address, greeting=frames.PREFACE + settings([(4, 1)])) as client:
        client.send(request(1))
        found = b""
        for one in client.frames():
            if one.kind == frames.DATA:
                found += one.payload
                assert len(one.payload) == 1
                client.send(window_update(1, 1))
            if one.kind == frames.HEADERS and one.flags & END:
                break
        assert found.endswith(b"ann")
    site.serves_and_holds_nothing()


CONVERSATION = [
    GREETING,
    request(1),
    settings([(4, 1000)]),
    PING,
    request(3, "Big", "5000"),
    frame(frames.SETTINGS, frames.ACK, 0),
    header_frames(5, fields("Count"), 0, 20),
    frame(frames.DATA, END, 5, body("20")),
    window_update(0, 5_000),
    window_update(3, 5_000),
    request(7, "Held"),
    rst_stream(7, 8),
    request(9, "Fail", "5"),
]


def mutated(chance: random.Random) -> bytes:
    """The conversation with one to four things changed."""
    parts = list(CONVERSATION)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(parts))
        part = parts[at]
        where = chance.randrange(len(part) + 1)
        parts[at] = chance.choice(
            (
                part[:where] + chance.randbytes(1) + part[where + 1 :],
                part[:where] + chance.randbytes(chance.randint(1, 9)) + part[where:],
                part[:where] + part[where + chance.randint(1, 9) :],
                part[:where],
                part * chance.randint(2, 30),
                part + chance.choice(CONVERSATION),
                b"",
            )
        )
    return b"".join(parts)


@pytest.mark.parametrize("seed", range(4))
def test_500_mutated_conversations_leave_nothing_behind(
    site: Site, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(f"conversation {seed}")
    with caplog.at_level(logging.WARNING):
        for _ in range(500):
            with RawClient(site.live.address, greeting=b"") as client:
                client.send(mutated(chance), chance.choice((0, 0, 0, 7, 100)))
                client.finish()
                for _ in client.frames():
                    pass
    site.serves_and_holds_nothing()
    # A handler's own trouble with what it reads is its own; asyncio speaks up when the protocol fails.
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []
