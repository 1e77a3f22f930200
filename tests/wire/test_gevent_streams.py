"""Streams that our own channel reads: what waits for their reader is small, and what cannot be read fails them."""

from __future__ import annotations

import gzip
import time
from typing import TYPE_CHECKING

import gevent
import pytest

from contracts.messages import queue_pb2, websocket_pb2
from tacorush.wire.channel_options import ChannelOptions
from tacorush.wire.gevent_channel import GeventChannel, GeventStream
from tests.wire.live_servers import LIMIT_S, SERVICE
from tests.wire.raw_answers import data, head, message, trailers
from tests.wire.raw_peers import SETTINGS, RawPeer, Talk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tacorush.wire.channel import Delivery

UPDATE = websocket_pb2.StreamQueueUpdatesResponse(correlation_id="x" * 100_000).SerializeToString()
GZIP = head((b"grpc-encoding", b"gzip"))
PACKED = message(gzip.compress(UPDATE), flag=1)
OK, ABORTED = (trailers((b"grpc-status", status)) for status in (b"0", b"10"))
FINE = GZIP + data(PACKED)


def stream_of(peer: RawPeer, largest: int = 200_000) -> Iterator[GeventStream]:
    """A stream of the peer's, all of whose answer is there."""
    channel = GeventChannel(peer.address, time.monotonic_ns, options=ChannelOptions(largest=largest))
    asked, response = queue_pb2.JoinQueueRequest(), websocket_pb2.StreamQueueUpdatesResponse
    stream = channel.stream(SERVICE + "Watch", asked, response, LIMIT_S)
    assert isinstance(stream, GeventStream)
    with gevent.Timeout(LIMIT_S):
        while stream.answer is None:
            gevent.sleep(0)
    yield stream
    channel.close()


def saying(answer: bytes) -> RawPeer:
    def behave(talk: Talk) -> None:
        talk.send(SETTINGS)
        talk.request()
        talk.send(answer)
        talk.read_all()

    return RawPeer(behave)


def test_compressed_messages_wait_for_their_reader_as_they_came() -> None:
    """A window of 1 MiB would else be a gibibyte of zeros in the generator's memory."""
    with saying(GZIP + data(PACKED * 100) + OK) as peer:
        for stream in stream_of(peer):
            waiting = stream._call.messages
            assert waiting is not None
            assert sum(len(packed.octets) for packed, _ in waiting) < 100_000
            assert [update.ByteSize() for update in stream] == [len(UPDATE)] * 100
            assert stream.answer is not None
            assert stream.answer.status == 0


@pytest.mark.parametrize(
    ("answer", "largest", "status", "delivery", "text"),
    [
        (FINE + data(message(b"no gzip", flag=1)) + OK, 200_000, 13, "answered", "a compressed message that is broken"),
        (FINE + data(message(b"\xff\xff")) + OK, 200_000, 13, "answered", "a message is no StreamQueueUpdatesResponse"),
        (FINE + data(PACKED) + OK, 100_000, 8, "unanswered", "a message that inflates beyond 100000 octets"),
        (FINE + data(message(b"no gzip", flag=1)) + ABORTED, 200_000, 10, "answered", ""),
    ],
)
def test_a_message_that_cannot_be_read_fails_a_stream_that_had_ended_ok(
    answer: bytes, largest: int, status: int, delivery: Delivery, text: str
) -> None:
    with saying(answer) as peer:
        for stream in stream_of(peer, largest):
            assert len(list(stream)) == (0 if largest < len(UPDATE) else 1)
            assert list(stream) == []
            assert stream.answer is not None
            assert (stream.answer.status, stream.answer.delivery) == (status, delivery)
            assert stream.answer.detail.startswith(text)
