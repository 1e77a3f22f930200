"""The client's half of gRPC on one HTTP/2 connection, without I/O: calls in, bytes out; bytes in, ended calls out.

A call opens a stream with its head and its one message. What comes back is put together here: the head, which must be
gRPC's, then messages, then trailers with the status. A call ends in exactly one way and is told of once, by `receive`,
`lost` or its own `cancel`. How it ended says whether its request can have reached the server (`delivery`):

    trailers, or an answer that breaks gRPC's rules      answered     the server's status, or INTERNAL for the break
    HTTP status other than 200, no gRPC                  answered     by the table in `status.py`
    RST_STREAM REFUSED_STREAM, GOAWAY with a lower id    unsent       UNAVAILABLE: it may be tried again (RFC 9113, 8.7)
    any other RST_STREAM                                 unanswered   by the table in `status.py`
    connection lost                                      unanswered   UNAVAILABLE
    cancelled, deadline, message or headers too large    unanswered   what this side made up
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from tacorush.wire import status as codes
from tacorush.wire.http2.events import Data, Failed, GoneAway, Headers, Pong, Ready, Refused, Reset, Response
from tacorush.wire.http2.field_blocks import write_block
from tacorush.wire.http2.fields import list_size
from tacorush.wire.http2.frames import Code
from tacorush.wire.http2.stream import State
from tacorush.wire.messages import PREFIX_SIZE, MessageError, MessageReader, prefixed
from tacorush.wire.metadata import read_fields, value_of, write_timeout

if TYPE_CHECKING:
    from collections.abc import Callable

    from tacorush.wire.channel import Delivery
    from tacorush.wire.http2.client import ClientConnection
    from tacorush.wire.http2.field_blocks import FieldBlock, Fields
    from tacorush.wire.http2.stream import Stream
    from tacorush.wire.messages import Packed

    Metadata = tuple[tuple[str, str | bytes], ...]

_MADE_UP = frozenset({codes.RESOURCE_EXHAUSTED})
"""Statuses of a broken answer that a server could have meant as "did not": this side's reading leaves it open."""


class _Head(NamedTuple):
    """What a response's head says."""

    http: int
    grpc: bool
    encoding: str
    metadata: Metadata


class _End(NamedTuple):
    """What trailers say; `status` is -1 where they do not."""

    status: int
    detail: str
    metadata: Metadata


class ClientCall:
    """One call under way. `waiter` and `sent_ns` belong to whoever drives the connection."""

    # Defaults stand in the class: what most calls never change costs nothing when one is made.
    streams = False
    stream: Stream | None = None
    head: _Head | None = None
    body = b""
    """A unary answer as long as it came in one piece."""
    reader: MessageReader | None = None
    message: bytes | None = None
    """The answer of a unary call that ended OK."""
    messages: deque[tuple[Packed, int]] | None = None
    """What came of a stream and was not taken yet: messages, and the octets to give back for each."""
    status = -1
    """-1 while the call goes on."""
    detail = ""
    delivery: Delivery = "unanswered"
    metadata: Metadata = ()
    waiter: Any = None
    link: Any = None
    sent_ns = 0
    answered_ns = 0
    deadline_ns = 0

    def __init__(self, streams: bool = False) -> None:
        if streams:
            self.streams, self.messages = True, deque()

    def __repr__(self) -> str:
        how = "goes on" if self.status < 0 else f"{self.status} {self.delivery}"
        return f"<ClientCall {self.stream!r} {how}>"

    def end(self, status: int, detail: str, delivery: Delivery) -> None:
        """Ends it, once: what came first counts."""
        if self.status < 0:
            self.status, self.detail, self.delivery = status, detail, delivery


def call_head(path: str, authority: str, secure: bool, deadline_s: float, agent: str) -> bytes:
    """The constant part of a call's header block (gRPC over HTTP/2, Request-Headers)."""
    return write_block(
        [
            (b":method", b"POST"),
            (b":scheme", b"https" if secure else b"http"),
            (b":path", path.encode()),
            (b":authority", authority.encode()),
            (b"te", b"trailers"),
            (b"grpc-timeout", write_timeout(deadline_s)),
            (b"content-type", b"application/grpc"),
            (b"grpc-accept-encoding", b"identity,gzip"),
            (b"user-agent", agent.encode()),
        ]
    )


class ClientCalls:
    """All calls of one connection. `largest` is the most octets of a message taken in."""

    def __init__(self, connection: ClientConnection, largest: int) -> None:
        self.connection = connection
        self._largest = largest
        self.gone = ""
        """Why no call may begin here any more."""
        self.ponged = True
        """The last PING of ours was answered, if there was one."""

    def __repr__(self) -> str:
        return f"<ClientCalls {len(self.connection.streams)} in flight on {self.connection!r}>"

    @property
    def in_flight(self) -> int:
        """Calls that have begun and not ended."""
        return len(self.connection.streams)

    @property
    def room(self) -> int:
        """How many calls may begin now."""
        return self.connection.room

    def begin(self, call: ClientCall, block: bytes, message: bytes) -> None:
        """Sends a call's head and message; only while there is `room`."""
        stream = call.stream = self.connection.request(block, prefixed(message))
        stream.owner = call

    def cancel(self, call: ClientCall, status: int, detail: str) -> None:
        """Ends a call from this side (RST_STREAM CANCEL); does nothing when it has ended."""
        if call.status < 0:
            call.end(status, detail, "unanswered")
            if call.stream is not None:
                self.connection.reset(call.stream, Code.CANCEL)

    def taken(self, call: ClientCall, octets: int) -> None:
        """So many octets of a stream's messages were taken: the server may send as many more."""
        if call.stream is not None:
            self.connection.grant(call.stream, octets)

    def lost(self, detail: str) -> list[ClientCall]:
        """The connection is gone: ends every call, and returns them."""
        self.gone = self.gone or detail
        self.connection.failed = True
        calls = [stream.owner for stream in self.connection.streams.values()]
        self.connection.streams.clear()
        for call in calls:
            call.end(codes.UNAVAILABLE, detail, "unanswered")
        return calls

    def receive(self, data: bytes) -> list[ClientCall]:
        """Takes in what was read; returns the calls that ended or, if they stream, have news. May repeat one."""
        news: list[ClientCall] = []
        for event in self.connection.receive(data):
            kind = event.__class__
            if kind is Response:
                news.append(self._response(event))  # type: ignore[arg-type]
            elif kind is Data:
                call = event.stream.owner  # type: ignore[union-attr]
                if self._data(call, event) or event.ended:  # type: ignore[arg-type,union-attr]
                    news.append(call)
            elif kind is Headers:
                call = event.stream.owner  # type: ignore[union-attr]
                if self._headers(call, event):  # type: ignore[arg-type]
                    news.append(call)
            else:
                self._others[kind](self, event, news)
        return news

    def _response(self, event: Response) -> ClientCall:
        """A whole answer in one piece: the way of nearly every unary call."""
        stream, head_block, payload, end_block = event
        call: ClientCall = stream.owner
        head, end = head_block.meaning, end_block.meaning
        if call.streams or head.__class__ is not _Head or not head.grpc or end.__class__ is not _End:
            self._headers(call, Headers(stream, head_block, (), False))
            self._data(call, Data(stream, payload, False))
            self._headers(call, Headers(stream, end_block, (), True))
            return call
        call.head, call.body = head, payload
        call.metadata = head.metadata
        self._finish(call, end)
        return call

    def _headers(self, call: ClientCall, event: Headers) -> bool:
        """Takes a head or trailers; True when the call has ended."""
        _, block, more, ended = event
        largest = self.connection.ours.max_header_list
        if block.size > largest or (more and block.size + list_size(more) > largest):
            text = f"a header list of {block.size + list_size(more)} octets, the most is {largest}"
            self._broken(call, MessageError(codes.RESOURCE_EXHAUSTED, text))
            return True
        if ended:
            if call.head is None:
                call.head = _head(block, more)
                if not call.head.grpc:
                    self._no_grpc(call)
                    return True
                call.metadata = ()
            self._finish(call, _end(block, more))
            return True
        head = _head(block, more)
        if head.http < 200:
            return False  # a 1xx; the head itself may have come in the same read
        call.head = head
        call.metadata = head.metadata
        if head.grpc:
            return False
        self._no_grpc(call)
        return True

    def _no_grpc(self, call: ClientCall) -> None:
        """What answers is no gRPC server: its HTTP status is all that it says."""
        assert call.head is not None, "a head was read"
        http = call.head.http
        text = f"HTTP status {http} from something that does not speak gRPC"
        call.end(codes.BY_HTTP.get(http, codes.UNKNOWN), text, "answered")
        if call.stream is not None:
            self.connection.reset(call.stream, Code.CANCEL)

    def _data(self, call: ClientCall, event: Data) -> bool:
        """Takes octets; True when there is news."""
        stream, payload, ended = event
        if call.status >= 0:
            return False
        if not call.streams:
            if not ended:
                self.connection.grant(stream, len(payload))
            if call.reader is None and not call.body:
                call.body = payload
            else:
                self._read_on(call, payload)
        elif payload:
            self._read_stream(call, payload)
        if ended and call.status < 0:
            self._finish(call, _NO_END)
        return call.status >= 0 or call.streams

    def _reader(self, call: ClientCall) -> MessageReader:
        if call.reader is None:
            call.reader = MessageReader(self._largest, call.head.encoding if call.head else "identity")
        return call.reader

    def _read_on(self, call: ClientCall, payload: bytes) -> None:
        """A unary answer in more than one piece: the reader takes over."""
        try:
            if call.reader is None:
                payload, call.body = call.body + payload, b""
            self._take_answer(call, self._reader(call).feed(payload))
        except MessageError as error:
            self._broken(call, error)

    def _take_answer(self, call: ClientCall, messages: list[bytes]) -> None:
        for message in messages:
            if call.message is not None:
                raise MessageError(codes.INTERNAL, "a second message in the answer to a unary call")
            call.message = message

    def _read_stream(self, call: ClientCall, payload: bytes) -> None:
        assert call.messages is not None, "a stream keeps its messages"
        try:
            messages = self._reader(call).cut(payload)
        except MessageError as error:
            self._broken(call, error)
            return
        # Octets are given back with the message that they complete; those of one still partial at once.
        owed = len(payload)
        if not messages and call.stream is not None:
            self.connection.grant(call.stream, owed)
        for message in messages:
            call.messages.append((message, owed))
            owed = 0

    def _broken(self, call: ClientCall, error: MessageError) -> None:
        call.message = None
        call.end(error.status, error.text, "unanswered" if error.status in _MADE_UP else "answered")
        if call.stream is not None:
            self.connection.reset(call.stream, Code.CANCEL)

    def _finish(self, call: ClientCall, end: _End) -> None:
        """The server has ended the call."""
        if call.status >= 0:
            return
        status, detail, metadata = end
        if metadata:
            call.metadata = call.metadata + metadata
        if status < 0:
            assert call.head is not None, "DATA comes after a head"
            http = call.head.http
            status = codes.UNKNOWN if http == 200 else codes.BY_HTTP.get(http, codes.UNKNOWN)
            detail = f"no grpc-status at the end of the answer (HTTP status {http})"
        if status == codes.OK:
            try:
                self._complete(call)
            except MessageError as error:
                self._broken(call, error)
                return
        call.end(status, detail, "answered")
        if call.stream is not None and call.stream.state is not State.CLOSED:
            self.connection.reset(call.stream, Code.CANCEL)  # nobody waits for the rest of the request (8.1)

    def _complete(self, call: ClientCall) -> None:
        """The answer ended OK: its messages must be whole."""
        body = call.body
        if call.reader is None and not call.streams:
            size = len(body) - PREFIX_SIZE
            if size >= 0 and body[0] == 0 and int.from_bytes(body[1:5]) == size <= self._largest:
                call.message = body[PREFIX_SIZE:]
                return
            self._take_answer(call, self._reader(call).feed(body))
        if call.reader is not None and call.reader.partial:
            raise MessageError(codes.INTERNAL, "the last message is cut off")
        if not call.streams and call.message is None:
            raise MessageError(codes.INTERNAL, "no message in an answer that ended OK")

    def _reset(self, event: Reset, news: list[ClientCall]) -> None:
        call = event.stream.owner
        if not event.by_peer:
            call.end(codes.INTERNAL, f"the answer breaks HTTP/2: {event.text}", "answered")
        elif event.code == Code.REFUSED_STREAM:
            call.end(codes.UNAVAILABLE, event.text, "unsent")
        else:
            call.end(codes.BY_RESET.get(event.code, codes.UNKNOWN), event.text, "unanswered")
        news.append(call)

    def _refused(self, event: Refused, news: list[ClientCall]) -> None:
        call = event.stream.owner
        call.end(codes.UNAVAILABLE, "the server took no more calls on this connection (GOAWAY)", "unsent")
        news.append(call)

    def _gone_away(self, event: GoneAway, news: list[ClientCall]) -> None:  # noqa: ARG002
        said = event.debug.decode(errors="replace")
        self.gone = f"the server goes away: {Code(event.code).name if event.code in list(Code) else event.code} {said}"

    def _failed(self, event: Failed, news: list[ClientCall]) -> None:
        news.extend(self.lost(f"the server breaks HTTP/2: {event.text}"))

    def _pong(self, event: Pong, news: list[ClientCall]) -> None:  # noqa: ARG002
        self.ponged = True

    def _passed_over(self, event: Ready, news: list[ClientCall]) -> None:
        """Whoever drives the connection asks it for room."""

    _others: dict[type, Callable[..., None]] = {  # noqa: RUF012 - a table
        Reset: _reset,
        Refused: _refused,
        GoneAway: _gone_away,
        Failed: _failed,
        Ready: _passed_over,
        Pong: _pong,
    }


_NO_END = _End(-1, "", ())


def _head(block: FieldBlock, more: Fields) -> _Head:
    """Reads a head; what was read of a known block is found again."""
    meaning = block.meaning
    if not isinstance(meaning, _Head):
        fields = block.fields
        kind = (value_of(fields, b"content-type") or b"").decode("latin-1")
        encoding = (value_of(fields, b"grpc-encoding") or b"identity").decode("latin-1")
        http = int(value_of(fields, b":status") or b"0")
        grpc = kind == "application/grpc" or kind.startswith(("application/grpc+", "application/grpc;"))
        meaning = block.meaning = _Head(http, grpc, encoding, read_fields(fields))
    return meaning if not more else meaning._replace(metadata=meaning.metadata + read_fields(more))


def _end(block: FieldBlock, more: Fields) -> _End:
    """Reads trailers."""
    meaning = block.meaning
    if not isinstance(meaning, _End):
        fields = block.fields
        last = dict(fields)  # of two statuses the last counts, as grpcio and grpc-go have it
        said = last.get(b"grpc-status")
        detail = codes.read_detail(last.get(b"grpc-message", b""))
        meaning = _End(-1 if said is None else codes.read_status(said), detail, read_fields(fields))
        if block.meaning is None:
            block.meaning = meaning
    return meaning if not more else meaning._replace(metadata=meaning.metadata + read_fields(more))
