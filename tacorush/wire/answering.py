"""The server's half of gRPC on one HTTP/2 connection, without I/O: bytes in, requests out; answers in, bytes out.

A request is handed on once it is whole: its head names a method that is served, and the one message is there. What is
wrong with it is answered here, with the status that the gRPC documents give it:

    no gRPC content-type               HTTP 415                   no POST       HTTP 405
    unknown method, client streaming   UNIMPLEMENTED              header list too large   RESOURCE_EXHAUSTED
    no message, or a second one        INTERNAL                   message too large       RESOURCE_EXHAUSTED
    broken compression                 INTERNAL                   unknown compression     UNIMPLEMENTED

A dialogue is the one other shape, for reflection: every message of the client is answered by one, in their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from tacorush.wire import status as codes
from tacorush.wire.http2.events import Data, Failed, Headers, Pong, Request, Reset
from tacorush.wire.http2.field_blocks import write_block
from tacorush.wire.http2.fields import list_size
from tacorush.wire.http2.frames import Code
from tacorush.wire.http2.stream import State
from tacorush.wire.messages import PREFIX, PREFIX_SIZE, MessageError, MessageReader, prefixed
from tacorush.wire.metadata import read_fields, value_of, write_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from google.protobuf.message import Message

    from tacorush.wire.channel import Metadata
    from tacorush.wire.http2.field_blocks import FieldBlock, Fields
    from tacorush.wire.http2.server import ServerConnection
    from tacorush.wire.http2.stream import Stream
    from tacorush.wire.serving import Handler

_HEAD_FIELDS = [(b":status", b"200"), (b"content-type", b"application/grpc")]
_HEAD = write_block(_HEAD_FIELDS)
_TRAILERS_OK = write_block([(b"grpc-status", b"0")])


@dataclass(frozen=True, slots=True)
class Route:
    """One method that is served."""

    path: str
    parse: Callable[[bytes], Any]
    handler: Handler
    streams: bool = False
    dialogue: bool = False
    """The client may send many messages; the handler is called with each and sends one answer."""


class _Reading:
    """What a request's head says, made once for a known block."""

    __slots__ = ("encoding", "http", "route")

    def __init__(self, fields: Fields, routes: Mapping[bytes, Route]) -> None:
        self.route = routes.get(value_of(fields, b":path") or b"")
        self.encoding = (value_of(fields, b"grpc-encoding") or b"identity").decode("latin-1")
        kind = value_of(fields, b"content-type") or b""
        self.http = b""
        if value_of(fields, b":method") != b"POST":
            self.http = b"405"
        elif kind != b"application/grpc" and not kind.startswith((b"application/grpc+", b"application/grpc;")):
            self.http = b"415"


class ServerCall:
    """One call being served; see the port `serving.Call`."""

    __slots__ = (
        "_block",
        "_calls",
        "_initial",
        "_more",
        "_on_end",
        "_trailing",
        "ended",
        "headed",
        "message",
        "path",
        "reader",
        "route",
        "stream",
    )

    def __init__(self, calls: ServerCalls, stream: Stream, route: Route, block: FieldBlock, more: Fields) -> None:
        self._calls, self.stream, self.route = calls, stream, route
        self.path = route.path
        self._block, self._more = block, more
        self._on_end: list[Callable[[], None]] | None = None
        self._initial = self._trailing = b""
        self.reader: MessageReader | None = None
        """Reads a request that did not come as one message in one frame."""
        self.message: bytes | None = None
        """What it has read."""
        self.headed = False
        """Our head has been sent."""
        self.ended = False

    def __repr__(self) -> str:
        return f"<ServerCall {self.path} {'ended' if self.ended else 'open'} on {self.stream!r}>"

    @property
    def metadata(self) -> Mapping[str, str | bytes]:
        """What the client sent; of a name that came more than once, the last value."""
        return dict(read_fields(self._block.fields + self._more))

    @property
    def peer(self) -> str:
        """The address of the client."""
        return self._calls.peer

    def attach(self, initial: Metadata = (), trailing: Metadata = ()) -> None:
        """Adds metadata to the head, as long as it was not sent, and to the trailers."""
        self._initial += write_fields(initial)
        self._trailing += write_fields(trailing)

    def answer(self, message: Message) -> None:
        """Answers a unary call with OK and this message. After the call has ended it does nothing."""
        if self.ended:
            return
        if self.route.streams or self.headed:
            raise TypeError(f"{self.path} is a stream: use send({type(message).__name__}) and finish()")
        self.ended = True
        body = message.SerializeToString()
        calls = self._calls
        calls.connection.respond(
            self.stream,
            _HEAD + self._initial,
            PREFIX.pack(0, len(body)) + body,
            _TRAILERS_OK + self._trailing,
        )
        calls.wake()
        if self.stream.state is State.CLOSED:
            self.stream.owner = None  # no cycle is left behind for the collector
        if self._on_end is not None:
            self._tell_end()

    def fail(self, status: int, detail: str) -> None:
        """Ends the call with a gRPC status other than OK. After the call has ended it does nothing."""
        if not self.ended:
            self._conclude([(b"grpc-status", b"%d" % status), (b"grpc-message", codes.write_detail(detail))])

    def send(self, message: Message) -> bool:
        """Sends one message of a stream; False when the call has ended."""
        if not self.route.streams:
            raise TypeError(f"{self.path} answers once: use answer(), not send({type(message).__name__})")
        if self.ended:
            return False
        if self.stream.pending and len(self.stream.pending) >= self._calls.waiting_messages:
            self.stream.pending.clear()
            bound = self._calls.waiting_messages
            self.fail(
                codes.RESOURCE_EXHAUSTED, f"the reader is too slow: more than {bound} messages were waiting for it"
            )
            return False
        self.open()
        self._calls.connection.send_data(self.stream, prefixed(message.SerializeToString()))
        self._calls.wake()
        return True

    def open(self) -> None:
        """Sends the head, if it was not sent: the client sees that the stream is open."""
        if not self.headed:
            self.headed = True
            self._calls.connection.send_headers(self.stream, _HEAD + self._initial)
            self._calls.wake()

    def finish(self) -> None:
        """Ends a stream with OK once all that was sent has left."""
        if not self.route.streams:
            raise TypeError(f"{self.path} answers once: use answer()")
        if not self.ended:
            self._conclude([(b"grpc-status", b"0")])

    def on_end(self, callback: Callable[[], None]) -> None:
        """Calls back once when the call has ended, by whichever side; at once when it already has."""
        if self.ended:
            callback()
        elif self._on_end is None:
            self._on_end = [callback]
        else:
            self._on_end.append(callback)

    def _conclude(self, trailers: list[tuple[bytes, bytes]]) -> None:
        fields = trailers if self.headed else [*_HEAD_FIELDS, *trailers]
        initial = b"" if self.headed else self._initial
        self.ended = True
        self._calls.conclude(self.stream, write_block(fields) + initial + self._trailing)
        self._tell_end()

    def gone(self) -> None:
        """The client or the connection has ended it."""
        if not self.ended:
            self.ended = True
            self._tell_end()

    def _tell_end(self) -> None:
        told, self._on_end = self._on_end or (), None
        for callback in told:
            callback()


Asked: TypeAlias = "tuple[ServerCall, bytes | None]"
"""A call to be handled, and its message; None when the client's side of a dialogue is over."""


class ServerCalls:
    """All calls of one connection. `wake` is called when there is something to take outside of `receive`."""

    def __init__(
        self,
        connection: ServerConnection,
        routes: Mapping[bytes, Route],
        *,
        peer: str,
        wake: Callable[[], None],
        largest: int,
        waiting_messages: int,
    ) -> None:
        self.connection = connection
        self.peer = peer
        self.wake = wake
        self.waiting_messages = waiting_messages
        self.ponged = False
        """A PING of ours was answered."""
        self._routes = routes
        self._largest = largest

    def __repr__(self) -> str:
        return f"<ServerCalls of {self.peer}, {self.connection!r}>"

    def receive(self, data: bytes) -> list[Asked]:
        """Takes in what was read; returns the requests that are whole now."""
        requests: list[Asked] = []
        for event in self.connection.receive(data):
            kind = event.__class__
            if kind is Request:
                self._request(event, requests)  # type: ignore[arg-type]
            elif kind is Data:
                self._data(event, requests)  # type: ignore[arg-type]
            elif kind is Headers:
                self._headers(event, requests)  # type: ignore[arg-type]
            elif kind is Reset:
                call = event.stream.owner  # type: ignore[union-attr]
                if call is not None:
                    call.gone()
            elif kind is Failed:
                self.lost()
            elif kind is Pong:
                self.ponged = True
        return requests

    def lost(self) -> None:
        """The connection is gone: ends every call."""
        self.connection.failed = True
        streams = list(self.connection.streams.values())
        self.connection.streams.clear()
        for stream in streams:
            if stream.owner is not None:
                stream.owner.gone()

    def conclude(self, stream: Stream, block: bytes) -> None:
        """Ends a stream with this block; what the client still sends of it is not waited for (RFC 9113, 8.1).

        A stream that the client has reset in the read that opened it is past answering.
        """
        if stream.state is State.CLOSED:
            return
        self.connection.send_headers(stream, block, end=True)
        if stream.id in self.connection.streams and not stream.pending:
            self.connection.reset(stream, Code.NO_ERROR)
        self.wake()

    def _request(self, event: Request, requests: list[Asked]) -> None:
        """A whole request in one piece: the way of nearly every one."""
        stream, block, more, payload = event
        call = self._begin(stream, block, more)
        if call is not None:
            self._data(Data(stream, payload, True), requests)

    def _headers(self, event: Headers, requests: list[Asked]) -> None:
        stream, block, more, ended = event
        call = stream.owner
        if call is None:
            call = self._begin(stream, block, more)
            if call is None:
                return
        if ended and not call.ended:
            self._whole(call, requests)

    def _begin(self, stream: Stream, block: FieldBlock, more: Fields) -> ServerCall | None:
        """The head of a request: returns its call, or None when it was answered at once."""
        reading = block.meaning
        if reading is None:
            reading = block.meaning = _Reading(block.fields, self._routes)
        largest = self.connection.ours.max_header_list
        if block.size > largest or (more and block.size + list_size(more) > largest):
            self._refuse(stream, codes.RESOURCE_EXHAUSTED, f"the header list is larger than {largest} octets")
        elif reading.http:
            self.conclude(stream, write_block([(b":status", reading.http), (b"content-type", b"text/plain")]))
        elif reading.route is None:
            path = (value_of(block.fields, b":path") or b"").decode("latin-1")
            self._refuse(stream, codes.UNIMPLEMENTED, f"unknown method {path}")
        else:
            call = stream.owner = ServerCall(self, stream, reading.route, block, more)
            if reading.encoding != "identity" or reading.route.dialogue:
                call.reader = MessageReader(self._largest, reading.encoding, server=True)
            return call
        return None

    def _refuse(self, stream: Stream, status: int, detail: str) -> None:
        trailers = [(b"grpc-status", b"%d" % status), (b"grpc-message", codes.write_detail(detail))]
        self.conclude(stream, write_block([*_HEAD_FIELDS, *trailers]))

    def _data(self, event: Data, requests: list[Asked]) -> None:
        stream, payload, ended = event
        call = stream.owner
        if call is None or call.ended:
            return
        if not ended:
            self.connection.grant(stream, len(payload))
        if call.reader is None:
            # The way of nearly every request: one whole message in one frame.
            size = len(payload) - PREFIX_SIZE
            if ended and size >= 0 and payload[0] == 0 and int.from_bytes(payload[1:5]) == size <= self._largest:
                requests.append((call, payload[PREFIX_SIZE:]))
                return
            call.reader = MessageReader(self._largest, server=True)
        self._read_on(call, call.reader, payload, requests)
        if ended and not call.ended:
            self._whole(call, requests)

    def _read_on(self, call: ServerCall, reader: MessageReader, payload: bytes, requests: list[Asked]) -> None:
        try:
            messages = reader.feed(payload)
        except MessageError as error:
            call.fail(error.status, error.text)
            return
        if call.route.dialogue:
            requests.extend((call, message) for message in messages)
            return
        for message in messages:
            if call.message is not None:
                call.fail(codes.INTERNAL, f"{call.path} takes one message, and more came")
                return
            call.message = message

    def _whole(self, call: ServerCall, requests: list[Asked]) -> None:
        """The client has ended its half."""
        if call.reader is not None and call.reader.partial:
            call.fail(codes.INTERNAL, "the last message is cut off")
        elif call.route.dialogue:
            requests.append((call, None))
        elif call.message is None:
            call.fail(codes.INTERNAL, f"{call.path} takes one message, and none came")
        else:
            requests.append((call, call.message))


def routed(routes: Iterable[Route]) -> Mapping[bytes, Route]:
    """Routes by their path as it stands in a head."""
    return {route.path.encode(): route for route in routes}
