"""No bytes make either role raise anything, keep without bound, or do more than bounded work for an octet."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacorush.wire.http2 import frames
from tacorush.wire.http2.frames import frame
from tests.examples import examples
from tests.wire.by_hand import split
from tests.wire.fuzz_pieces import OTHERS, REQUESTS, RESPONSES, STREAMED, STREAMS
from tests.wire.fuzz_wire import FEEDS, feed_client, feed_server, one_input

HEADS = frames.END_HEADERS


@st.composite
def conversations(draw: st.DrawFn, frames_of: list[bytes]) -> bytes:
    """A valid conversation, mutated: frames left out, doubled, moved, and single octets changed."""
    pieces = draw(st.lists(st.sampled_from(frames_of + OTHERS), max_size=30))
    data = bytearray(b"".join(pieces))
    for _ in range(draw(st.integers(0, 4))):
        if data:
            data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))]) if draw(st.booleans()) else bytes(data)


@examples(300)
@given(data=conversations(REQUESTS + STREAMED), size=st.integers(0, 20))
def test_a_server_bears_mutated_conversations(data: bytes, size: int) -> None:
    feed_server(data, size)


@examples(300)
@given(data=conversations(RESPONSES + STREAMS), size=st.integers(0, 20))
def test_a_client_bears_mutated_conversations(data: bytes, size: int) -> None:
    feed_client(data, size)


@examples(300)
@given(data=st.binary(max_size=300))
def test_both_bear_any_bytes(data: bytes) -> None:
    one_input(data)


def test_the_streams_that_are_fuzzed_are_streams_when_nothing_is_mutated() -> None:
    """Else the fuzzers would only ever see the refusal of an unknown method, or of a message that came too early."""
    written: list[bytes] = []
    calls = feed_server(b"".join(STREAMED[:4]) + STREAMED[6], taken=written.append)
    answered = [one.stream for one in split(b"".join(written)) if one.kind == frames.DATA]
    assert (answered.count(9), answered.count(11)) == (8, 1 + 4 + 1 + 1), "50,000 octets take four frames"
    assert calls.connection.streams == {}
    client = feed_client(b"".join([*STREAMS[:3], *STREAMS[5:8]]))
    assert [len(stream.owner.messages or ()) for stream in client.connection.streams.values()][2:] == [8, 0]


def work(feed: Callable[..., Any], data: bytes, size: int) -> int:
    """How many functions were called to take these bytes in."""
    calls = 0

    def count(*_: Any) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        feed(data, size)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("size", [0, 1])
@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(frame(frames.PING, 0, 0, bytes(8)), id="pings"),
        pytest.param(frames.window_update(0, 1), id="windows"),
        pytest.param(frame(frames.DATA, 0, 1, b""), id="empty data"),
        pytest.param(frame(frames.HEADERS, HEADS, 1, b"\x82" * 30), id="heads"),
        pytest.param(frame(0xAA, 0, 0, b""), id="unknown frames"),
        pytest.param(frame(frames.CONTINUATION, 0, 1, b""), id="continuations"),
        pytest.param(b"\x00\x40\x00\x00\x00\x00\x00\x00\x01" + bytes(1000), id="a frame that is never whole"),
    ],
)
def test_work_grows_with_the_octets_and_no_faster(feed: Callable[..., Any], size: int, piece: bytes) -> None:
    """Twice as many octets cost at most about twice as many function calls, and one octet a bounded number."""
    small, large = (work(feed, piece * times, size) for times in (20, 40))
    assert large <= 2.2 * small + 200
    assert large <= 60 * len(piece) * 40 + 1000
