"""Both roles of a connection joined in memory: what one takes, the other receives, in pieces of any size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.wrappers_pb2 import BytesValue

from tacorush.wire.answering import Route, ServerCalls, routed
from tacorush.wire.calling import ClientCall, ClientCalls, call_head
from tacorush.wire.http2.client import ClientConnection
from tacorush.wire.http2.events import Event
from tacorush.wire.http2.field_blocks import write_block
from tacorush.wire.http2.limits import Limits
from tacorush.wire.http2.server import ServerConnection
from tacorush.wire.http2.settings import OurSettings

REQUEST = write_block([(b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/a/B"), (b"te", b"trailers")])
HEAD = write_block([(b":status", b"200"), (b"content-type", b"application/grpc")])
END = write_block([(b"grpc-status", b"0")])

Cut = Callable[[bytes], Iterator[bytes]]
"""Cuts bytes into the pieces in which they are read."""


def whole(data: bytes) -> Iterator[bytes]:
    """Everything at once."""
    yield data


def octet_by_octet(data: bytes) -> Iterator[bytes]:
    """One octet a read."""
    for at in range(len(data)):
        yield data[at : at + 1]


def pieces(sizes: list[int]) -> Cut:
    """Pieces of these sizes, over and over."""

    def cut(data: bytes) -> Iterator[bytes]:
        at = turn = 0
        while at < len(data):
            size = sizes[turn % len(sizes)]
            yield data[at : at + size]
            at, turn = at + size, turn + 1

    return cut


@dataclass
class Joined:
    """Two connections, end to end."""

    client_settings: OurSettings = field(default_factory=OurSettings)
    server_settings: OurSettings = field(default_factory=OurSettings)
    limits: Limits = field(default_factory=Limits)
    cut: Cut = whole

    def __post_init__(self) -> None:
        self.client = ClientConnection(self.client_settings, self.limits)
        self.server = ServerConnection(self.server_settings, self.limits)
        self.at_client: list[Event] = []
        self.at_server: list[Event] = []
        self.pump()

    def pump(self) -> None:
        """Carries bytes both ways until neither side has any."""
        while (to_server := self.client.take()) or self.server.out.chunks:
            for piece in self.cut(to_server):
                self.at_server += self.server.receive(piece)
            for piece in self.cut(self.server.take()):
                self.at_client += self.client.receive(piece)


@dataclass
class JoinedCalls:
    """The gRPC halves, end to end. `handler` serves the unary /test/Unary and the stream /test/Stream."""

    handler: Callable[[Any, BytesValue], None]
    client_settings: OurSettings = field(default_factory=OurSettings)
    server_settings: OurSettings = field(default_factory=OurSettings)
    cut: Cut = whole
    largest: int = 4 << 20
    waiting_messages: int = 256

    def __post_init__(self) -> None:
        routes = [
            Route("/test/Unary", BytesValue.FromString, self.handler),
            Route("/test/Stream", BytesValue.FromString, self.handler, streams=True),
        ]
        self.client = ClientCalls(ClientConnection(self.client_settings), self.largest)
        self.server = ServerCalls(
            ServerConnection(self.server_settings),
            routed(routes),
            peer="memory",
            wake=lambda: None,
            largest=self.largest,
            waiting_messages=self.waiting_messages,
        )
        self.pump()

    def begin(self, message: bytes, method: str = "Unary", more: bytes = b"", streams: bool = False) -> ClientCall:
        """Begins a call; `more` are further fields of its head."""
        call = ClientCall(streams)
        block = call_head(f"/test/{method}", "memory", False, 1.0, "test") + more
        self.client.begin(call, block, BytesValue(value=message).SerializeToString())
        return call

    def pump(self) -> None:
        """Carries bytes both ways until neither side has any, and serves what is asked."""
        client, server = self.client.connection, self.server.connection
        while (to_server := client.take()) or server.out.chunks:
            for piece in self.cut(to_server):
                for call, body in self.server.receive(piece):
                    if body is not None and not call.ended:
                        self.handler(call, BytesValue.FromString(body))
            for piece in self.cut(server.take()):
                self.client.receive(piece)


def echo(call: Any, message: BytesValue) -> None:
    """Answers with what was asked."""
    call.answer(message)
