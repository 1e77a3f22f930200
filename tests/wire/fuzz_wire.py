"""Feeds bytes to both roles, and to the gRPC halves above them: the entry points of the fuzzers.

The server has a unary method, a stream and a dialogue; of the client's calls one is a stream that is read as it comes,
and one a stream that nobody reads. `make fuzz` installs atheris and runs `python -m tests.wire.fuzz_wire SECONDS`; the
suite runs hypothesis on the same functions. What must hold: nothing is raised, and what is kept stays bounded. Inputs
that reached something new are kept in `.cache/fuzz`, and the next run goes on from them; an input that broke something
is written there as `crash-…`.
"""

from __future__ import annotations

import hashlib
import importlib
import sys
from collections.abc import Callable
from pathlib import Path

from google.protobuf.message import DecodeError
from google.protobuf.wrappers_pb2 import BytesValue

from tacorush.wire.answering import Route, ServerCall, ServerCalls, routed
from tacorush.wire.calling import ClientCall, ClientCalls, call_head
from tacorush.wire.http2 import frames
from tacorush.wire.http2.client import ClientConnection
from tacorush.wire.http2.connection import Connection
from tacorush.wire.http2.field_blocks import KNOWN_BLOCKS
from tacorush.wire.http2.server import ServerConnection
from tacorush.wire.http2.settings import OurSettings
from tacorush.wire.messages import MessageError
from tacorush.wire.serving import Call
from tacorush.wire.status import INTERNAL
from tests.wire.fuzz_pieces import OTHERS, REQUESTS, RESPONSES, STREAMED, STREAMS

KEPT = Path(__file__).parents[2] / ".cache" / "fuzz"
SETTINGS = OurSettings(max_concurrent_streams=32)
LARGEST = 1 << 16


def _stream(call: Call, message: BytesValue) -> None:
    """Sends more messages than may wait, unless the client takes them."""
    while call.send(message) and len(message.value) < 12:
        message = BytesValue(value=message.value + b"x")
    call.finish()


def _talk(call: Call, message: BytesValue) -> None:
    """Says what was said."""
    call.send(message)


ROUTES = routed(
    [
        Route("/test/Unary", BytesValue.FromString, lambda call, message: call.answer(message)),
        Route("/test/Stream", BytesValue.FromString, _stream, streams=True),
        Route("/test/Talk", BytesValue.FromString, _talk, streams=True, dialogue=True),
    ]
)


def _serve(call: ServerCall, body: bytes | None) -> None:
    """What the shell around the calls does, without its net for what a handler raises."""
    if call.ended:
        return
    if body is None:
        call.finish()
        return
    try:
        message = call.route.parse(body)
    except DecodeError as error:
        call.fail(INTERNAL, str(error))
        return
    call.route.handler(call, message)


def feed_server(
    data: bytes, size: int = 0, greeted: bool = True, taken: Callable[[bytes], None] = lambda _: None
) -> ServerCalls:
    """A server that reads these bytes, in pieces of `size` octets (0: at once), and answers what it is asked."""
    connection = ServerConnection(SETTINGS)
    calls = ServerCalls(connection, ROUTES, peer="fuzz", wake=lambda: None, largest=LARGEST, waiting_messages=8)
    if greeted:
        calls.receive(frames.PREFACE + frames.settings([]) + frames.SETTINGS_ACK)
    for piece in _cut(data, size):
        for call, body in calls.receive(piece):
            _serve(call, body)
        taken(connection.take())
        _check(connection, len(data))
    return calls


def feed_client(data: bytes, size: int = 0, greeted: bool = True) -> ClientCalls:
    """A client with four calls in flight, two of them streams, that reads these bytes."""
    connection = ClientConnection(SETTINGS)
    calls = ClientCalls(connection, LARGEST)
    begun = [ClientCall(), ClientCall(), ClientCall(streams=True), ClientCall(streams=True)]
    if greeted:
        calls.receive(frames.settings([]) + frames.SETTINGS_ACK)
        for call in begun:
            calls.begin(call, call_head("/test/Unary", "f", False, 1.0, "f"), b"x")
    for piece in _cut(data, size):
        calls.receive(piece)
        _read(calls, begun[3])
        connection.take()
        _check(connection, len(data))
        waiting = sum(len(packed.octets) for packed, _ in begun[2].messages or ())
        assert waiting <= len(data), "more waits for a reader than came"
    return calls


def _read(calls: ClientCalls, call: ClientCall) -> None:
    """What the reader of a stream does with what has come."""
    while call.messages:
        packed, octets = call.messages.popleft()
        if call.status < 0:
            calls.taken(call, octets)
        try:
            assert len(packed.unpacked()) <= LARGEST, "a message larger than the largest"
        except MessageError as error:
            calls.cancel(call, error.status, error.text)


def _cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)] if size else [data]


def _check(connection: Connection, octets: int) -> None:
    """What a connection keeps does not grow with what it was sent."""
    assert len(connection.streams) <= SETTINGS.max_concurrent_streams, "more streams than announced"
    assert len(connection._rest) <= frames.HEAD_SIZE + SETTINGS.max_frame + octets, "more than one frame is kept"
    assert len(connection._decoder._known) <= KNOWN_BLOCKS, "more blocks than the table holds"
    assert len(connection._decoder._cuts) <= KNOWN_BLOCKS, "more cuts than blocks"


FEEDS: tuple[Callable[..., object], ...] = (feed_server, feed_client)


def one_input(data: bytes) -> None:
    """The first octet chooses who reads the rest and how."""
    if data:
        FEEDS[data[0] & 1](data[1:], data[0] >> 5, bool(data[0] & 2))


def seeds() -> list[bytes]:
    """Inputs to begin with: whole conversations, each with one frame of another kind in its middle."""
    return [
        bytes([role | 2]) + b"".join([*pieces[:4], other, *pieces[4:]])
        for role, pieces in enumerate((REQUESTS + STREAMED, RESPONSES + STREAMS))
        for other in (b"", *OTHERS)
    ]


def main() -> int:
    """Fuzzes until the time is over."""
    try:
        atheris = importlib.import_module("atheris")
    except ImportError:
        sys.stderr.write("atheris is not installed: `make fuzz` installs it\n")
        return 2
    seconds = sys.argv[1] if len(sys.argv) > 1 else "60"
    KEPT.mkdir(parents=True, exist_ok=True)
    for seed in seeds():
        (KEPT / hashlib.sha256(seed).hexdigest()).write_bytes(seed)
    atheris.instrument_all()
    options = [f"-max_total_time={seconds}", "-max_len=4096", f"-artifact_prefix={KEPT}/", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, str(KEPT)], one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
