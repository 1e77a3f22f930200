"""One HTTP/2 connection without I/O (RFC 9113), for a client and a server.

Theory of operation. `receive(bytes)` takes in whatever the transport has read, in pieces of any size, and returns what
it means as a list of events. Calls (`request`, `send_headers`, `send_data`, `reset`, `ping`, `go_away`) put frames
behind each other in `outgoing`, which the transport takes with `take()` whenever it likes: after a `receive` there may
be something as well (acknowledgements, windows). The connection knows no socket, clock, thread or loop; that time
passes it is told by `tick()`, once a second.

What a peer may do at all is said by two tables, the legal moves of a stream (`stream.py`) and the handlers of frames
at the end of this file; what costs the peer little and us something has a budget (`limits.py`). A rule broken on one
stream resets that stream (`Reset`); one that concerns all ends the connection: `Failed` is then the last event, GOAWAY
is ready to be taken, and `receive` takes in nothing any more. Nothing else is ever raised for what a peer sends, and
the work done is bounded for each octet.

    stream id   a client's are odd and grow (5.1.1); one lower than the highest seen that is not open is closed
    windows     ours are granted again when whoever sits above gives octets back (`grant`); the peer's bind `outflow`
    settings    ours hold once the peer has acknowledged them, the peer's as soon as they are read (6.5.3)
    streams     are forgotten when both halves have ended; what still comes for one that we reset is ignored (5.4.2)
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, ClassVar

from tacorush.wire.http2 import frames
from tacorush.wire.http2 import settings as setting
from tacorush.wire.http2.errors import ProtocolError, StreamError
from tacorush.wire.http2.events import Data, Failed, GoneAway, Headers, Pong, Ready, Reset
from tacorush.wire.http2.field_blocks import TABLE_SIZE_ZERO, BlockDecoder
from tacorush.wire.http2.frames import HEAD, HEAD_SIZE, STREAM_MASK, Code
from tacorush.wire.http2.limits import Limits
from tacorush.wire.http2.outflow import Outflow
from tacorush.wire.http2.stream import Move, State, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tacorush.wire.http2.events import Event
    from tacorush.wire.http2.field_blocks import FieldBlock, Fields
    from tacorush.wire.http2.settings import OurSettings

_REMEMBERED = 1 << 15
"""Streams that we reset and whose late frames are still ignored."""


class Connection:
    """What both roles share; `client.py` and `server.py` say who opens streams and what heads must look like."""

    role: ClassVar[str]

    def __init__(self, ours: OurSettings, limits: Limits | None = None) -> None:
        self.ours, self.limits = ours, limits or Limits()
        self.out = Outflow(self._forget)
        self.streams: dict[int, Stream] = {}
        """Those that are not closed, by id."""
        self.failed = False
        self.leaving = False
        """GOAWAY was sent or received: no new streams."""
        self.highest = 0
        """The highest stream that the peer has opened."""
        self._rest = bytearray()
        self._wanted = HEAD_SIZE
        self._events: list[Event] = []
        self._decoder = BlockDecoder()
        self._table_announced = False
        self._block: tuple[int, int, list[bytes]] | None = None
        """Stream, flags and parts of a header block that goes on in CONTINUATION frames."""
        self._settled = False
        self._unacknowledged = 1
        self._reset_here: OrderedDict[int, None] = OrderedDict()
        self._granted = setting.DEFAULT_WINDOW
        self._owed = 0
        self._reads = 0
        self._control = self.limits.control_frames
        self._resets = self.limits.rapid_resets
        self._begin()

    def __repr__(self) -> str:
        state = "failed" if self.failed else "leaving" if self.leaving else "open" if self._settled else "new"
        return f"<{type(self).__name__} {state}, {len(self.streams)} streams, window={self.out.window}>"

    def _begin(self) -> None:
        self.out.chunks.append(frames.settings(self.ours.pairs(client=self.role == "client")))
        more = self.ours.connection_window - setting.DEFAULT_WINDOW
        if more > 0:
            self.out.chunks.append(frames.window_update(0, more))
            self._granted += more

    @property
    def settled(self) -> bool:
        """The peer's first SETTINGS have come."""
        return self._settled

    @property
    def held_octets(self) -> int:
        """Octets that are kept: received and not whole, or not taken yet, or waiting for the peer's windows."""
        pending = [part for stream in self.streams.values() for part in stream.pending or ()]
        parts = () if self._block is None else self._block[2]
        return len(self._rest) + sum(map(len, (*parts, *self.out.chunks, *(payload for _, payload, _ in pending))))

    def take(self) -> bytes:
        """Returns all that is to be sent, and forgets it."""
        chunks = self.out.chunks
        if not chunks:
            return b""
        taken = b"".join(chunks)
        chunks.clear()
        return taken

    def tick(self) -> None:
        """A second has passed: renews the budgets."""
        self._control = self.limits.control_frames
        self._resets = self.limits.rapid_resets

    def receive(self, data: bytes) -> list[Event]:
        """Takes in what was read and returns what it means; after a `Failed` nothing is taken in any more."""
        if self.failed:
            return []
        if self._rest:
            self._rest += data
            if len(self._rest) < self._wanted:
                return []
            data = bytes(self._rest)
            self._rest.clear()
        self._reads += 1
        events = self._events = []
        try:
            first = self._first_frame(data)
            # Beyond the end: not even the preface is whole.
            position = self._frames(data, first) if first <= len(data) else 0
        except ProtocolError as error:
            self.fail(error.code, error.text)
            return events
        if position < len(data):
            self._rest += data[position:]
        return events

    def _first_frame(self, data: bytes) -> int:  # noqa: ARG002 - a server looks at it
        """Where frames begin; beyond the end when they have not."""
        return 0

    def _frames(self, data: bytes, position: int) -> int:
        """Takes in every whole frame; returns where the first that is not whole begins."""
        end = len(data)
        largest, handlers, unpack = self.ours.max_frame, self._HANDLERS, HEAD.unpack_from
        while end - position >= HEAD_SIZE:
            word, flags, number = unpack(data, position)
            size = word >> 8
            if size > largest:
                raise ProtocolError(Code.FRAME_SIZE_ERROR, f"a frame of {size} octets")
            start = position + HEAD_SIZE
            position = start + size
            if position > end:
                self._wanted = HEAD_SIZE + size
                return start - HEAD_SIZE
            kind = word & 0xFF
            if kind == frames.HEADERS and flags == frames.END_HEADERS and self._plain:
                further = self._exchange(number, data, start, position, end)
                if further:
                    position = further
                    continue
            if self._block is not None or not self._settled:
                self._check_order(kind, flags, number & STREAM_MASK)
            handler = handlers.get(kind)
            if handler is None:
                self._spend_control()
                continue
            try:
                handler(self, flags, number & STREAM_MASK, data[start:position])
            except StreamError as error:
                self._break(number & STREAM_MASK, error)
            if self.failed:
                return end
        self._wanted = HEAD_SIZE
        return position

    @property
    def _plain(self) -> bool:
        """Nothing special is going on, so that frames of one call that lie together may be taken in together."""
        return self._block is None and self._settled and self._decoder.stateless

    def _exchange(self, number: int, data: bytes, start: int, stop: int, end: int) -> int:  # noqa: ARG002
        """Takes in a whole request or response whose head is data[start:stop], if all its frames follow.

        Returns where they end; 0 when it is anything but the usual, which then goes the usual way, frame by frame. Each
        role has its own: it saves two thirds of what a call costs here.
        """
        return 0

    def _check_order(self, kind: int, flags: int, number: int) -> None:
        """The first frame is SETTINGS (3.4); a header block goes on without anything between (6.10)."""
        if not self._settled and (kind != frames.SETTINGS or flags & frames.ACK):
            raise ProtocolError(Code.PROTOCOL_ERROR, "the first frame is no SETTINGS")
        if self._block is not None and (kind != frames.CONTINUATION or number != self._block[0]):
            raise ProtocolError(Code.PROTOCOL_ERROR, "a header block was interrupted")

    def _spend_control(self) -> None:
        self._control -= 1
        if self._control < 0:
            raise ProtocolError(Code.ENHANCE_YOUR_CALM, "a flood of frames that get no call on")

    def fail(self, code: int, text: str) -> None:
        """Ends the connection: GOAWAY is ready, `Failed` the last event."""
        if not self.failed:
            self.failed = self.leaving = True
            self._block = None
            self.out.chunks.append(frames.goaway(self.highest, code, text))
            self._events.append(Failed(code, text))

    def _break(self, number: int, error: StreamError) -> None:
        """Ends one stream whose rule was broken."""
        stream = self.streams.get(number)
        if stream is None:
            if self._is_idle(number):  # nothing can be reset that never was (6.4)
                raise ProtocolError(error.code, error.text) from error
            self.out.chunks.append(frames.rst_stream(number, error.code))
            self._remember_reset(number)
            return
        self._count_reset(stream)
        self.reset(stream, error.code)
        self._events.append(Reset(stream, error.code, False, error.text))

    def reset(self, stream: Stream, code: int = Code.CANCEL) -> None:
        """Ends a stream from our side (6.4); does nothing when it has ended."""
        if stream.state is State.CLOSED:
            return
        stream.send(Move.SEND_RESET)
        self.out.chunks.append(frames.rst_stream(stream.id, code))
        self._remember_reset(stream.id)
        self._forget(stream)

    def _remember_reset(self, number: int) -> None:
        self._reset_here[number] = None
        if len(self._reset_here) > _REMEMBERED:
            self._reset_here.popitem(last=False)

    def _forget(self, stream: Stream) -> None:
        self.out.forget(stream)
        self.streams.pop(stream.id, None)

    def send_headers(self, stream: Stream, block: bytes, end: bool = False) -> None:
        """Sends a header block on an open stream."""
        if not self._table_announced:
            block, self._table_announced = TABLE_SIZE_ZERO + block, True
        self.out.headers(stream, block, end)

    def send_data(self, stream: Stream, payload: bytes, end: bool = False) -> None:
        """Sends octets on an open stream, as the peer's windows allow."""
        self.out.data(stream, payload, end)

    def grant(self, stream: Stream, octets: int) -> None:
        """Gives octets back that were taken in: the peer may send so many more on this stream."""
        stream.owed += octets
        if stream.owed * 2 >= self.ours.initial_window and stream.state in (State.OPEN, State.HALF_CLOSED_LOCAL):
            self.out.chunks.append(frames.window_update(stream.id, stream.owed))
            stream.granted += stream.owed
            stream.owed = 0

    def ping(self, payload: bytes = bytes(8)) -> None:
        """Sends a PING of 8 octets; its answer is a `Pong`."""
        self.out.chunks.append(frames.frame(frames.PING, 0, 0, payload))

    def go_away(self, code: int = Code.NO_ERROR, last_stream: int | None = None, debug: str = "") -> None:
        """Sends GOAWAY (6.8): streams above `last_stream` are not looked at, the others go on."""
        self.leaving = True
        last = self.highest if last_stream is None else last_stream
        self.out.chunks.append(frames.goaway(last, code, debug))

    # What comes in, frame by frame.

    def _receive_data(self, flags: int, number: int, payload: bytes) -> None:
        size = len(payload)
        self._take_window(size)
        stream = self.streams.get(number)
        if stream is None:
            self._on_closed(number, "DATA")
            return
        if flags & frames.PADDED:
            payload = _without_padding(payload)
        stream.receive(Move.RECEIVE_DATA)
        stream.granted -= size
        if stream.granted < 0:
            raise StreamError(Code.FLOW_CONTROL_ERROR, f"more DATA than the window of stream {number} allows")
        if size != len(payload):
            self.grant(stream, size - len(payload))
        if not stream.headed:
            raise StreamError(Code.PROTOCOL_ERROR, f"DATA before the head on stream {number}")
        if payload:
            self._control = self.limits.control_frames
        elif not flags & frames.END_STREAM:
            self._spend_control()
        stream.arrived += len(payload)
        ended = bool(flags & frames.END_STREAM)
        if stream.expected >= 0:
            _check_length(stream, ended)
        if ended:
            self._end(stream)
        self._events.append(Data(stream, payload, ended))

    def _take_window(self, size: int) -> None:
        """DATA of any stream, or of none any more, uses up the connection's window (6.9.1)."""
        self._granted -= size
        if self._granted < 0:
            raise ProtocolError(Code.FLOW_CONTROL_ERROR, "more DATA than the connection's window allows")
        self._owed += size  # granted again at once: what is kept is bounded by the windows of the streams
        if self._owed * 2 >= self.ours.connection_window:
            self.out.chunks.append(frames.window_update(0, self._owed))
            self._granted += self._owed
            self._owed = 0

    def _end(self, stream: Stream) -> None:
        stream.receive(Move.RECEIVE_END)
        if stream.state is State.CLOSED:
            self._forget(stream)

    def _receive_headers(self, flags: int, number: int, payload: bytes) -> None:
        if flags & frames.PADDED:
            payload = _without_padding(payload)
        if flags & frames.WITH_PRIORITY:
            if len(payload) < 5:
                raise ProtocolError(Code.FRAME_SIZE_ERROR, "HEADERS too short for their priority")
            payload = payload[5:]
        if not flags & frames.END_HEADERS:
            if len(payload) > self.limits.block_octets:
                raise ProtocolError(Code.ENHANCE_YOUR_CALM, "a header block too long to be taken in")
            self._block = (number, flags, [payload])
            return
        self._control = self.limits.control_frames
        self._receive_block(number, payload, bool(flags & frames.END_STREAM))

    def _receive_continuation(self, flags: int, number: int, payload: bytes) -> None:
        if self._block is None:
            raise ProtocolError(Code.PROTOCOL_ERROR, "CONTINUATION of nothing")
        _, first, parts = self._block
        parts.append(payload)
        if len(parts) > self.limits.continuations + 1 or sum(map(len, parts)) > self.limits.block_octets:
            raise ProtocolError(Code.ENHANCE_YOUR_CALM, "a header block too long to be taken in")
        if flags & frames.END_HEADERS:
            self._block = None
            self._control = self.limits.control_frames
            self._receive_block(number, b"".join(parts), bool(first & frames.END_STREAM))

    def _receive_block(self, number: int, block: bytes, ended: bool) -> None:
        """Decodes a block, whatever becomes of it: the decoder's state is the connection's (4.3)."""
        known, more = self._decoder.decode(block)
        stream = self.streams.get(number)
        if stream is None:
            stream = self._open(number)
            if stream is None:
                return
        stream.receive(Move.RECEIVE_HEADERS)
        if stream.headed:
            self._check_trailers(stream, known, more, ended)
        else:
            self._check_head(stream, known, ended)
        if ended:
            if stream.expected >= 0:
                _check_length(stream, ended)
            self._end(stream)
        self._events.append(Headers(stream, known, more, ended))

    def _open(self, number: int) -> Stream | None:
        """A block came for a stream that is not open: returns it opened, or None when it is to be ignored."""
        raise NotImplementedError

    def _check_head(self, stream: Stream, known: FieldBlock, ended: bool) -> None:
        """Raises StreamError for a malformed head; marks the stream as headed unless it is a 1xx."""
        raise NotImplementedError

    def _check_trailers(self, stream: Stream, known: FieldBlock, more: Fields, ended: bool) -> None:  # noqa: ARG002
        if not ended:
            raise StreamError(Code.PROTOCOL_ERROR, f"a second head on stream {stream.id} (8.1)")
        if known.trailers_fault:
            raise StreamError(Code.PROTOCOL_ERROR, known.trailers_fault)

    def _on_closed(self, number: int, what: str) -> None:
        """Something came for a stream that is not open: harmless after our reset, else it costs (5.1)."""
        if self._is_idle(number):
            raise ProtocolError(Code.PROTOCOL_ERROR, f"{what} on stream {number}, which is idle")
        if number not in self._reset_here:
            self._after_the_end(number, what)

    def _is_idle(self, number: int) -> bool:
        raise NotImplementedError

    def _after_the_end(self, number: int, what: str) -> None:
        """The peer has ended this stream before."""
        raise ProtocolError(Code.STREAM_CLOSED, f"{what} on stream {number}, which is closed")

    def _receive_priority(self, flags: int, number: int, payload: bytes) -> None:  # noqa: ARG002
        """Ignored (5.3.2), but it must be one."""
        if number == 0:
            raise ProtocolError(Code.PROTOCOL_ERROR, "PRIORITY on stream 0")
        self._spend_control()
        if len(payload) != 5:
            raise StreamError(Code.FRAME_SIZE_ERROR, "PRIORITY is 5 octets")

    def _receive_reset(self, flags: int, number: int, payload: bytes) -> None:  # noqa: ARG002
        if len(payload) != 4:
            raise ProtocolError(Code.FRAME_SIZE_ERROR, "RST_STREAM is 4 octets")
        if self._is_idle(number):
            raise ProtocolError(Code.PROTOCOL_ERROR, f"RST_STREAM on stream {number}, which is idle")
        stream = self.streams.get(number)
        if stream is None:
            return
        self._count_reset(stream)
        stream.receive(Move.RECEIVE_RESET)
        self._forget(stream)
        (code,) = frames.WORD.unpack(payload)
        self._events.append(Reset(stream, code, True, f"RST_STREAM {frames.code_name(code)}"))

    def _count_reset(self, stream: Stream) -> None:
        """The peer resets a stream, or makes us reset it."""

    def _receive_settings(self, flags: int, number: int, payload: bytes) -> None:
        if number:
            raise ProtocolError(Code.PROTOCOL_ERROR, f"SETTINGS on stream {number}")
        self._spend_control()
        if flags & frames.ACK:
            if payload:
                raise ProtocolError(Code.FRAME_SIZE_ERROR, "SETTINGS with ACK and a payload")
            if self._unacknowledged:
                self._unacknowledged = 0
                self._decoder.acknowledged()
            return
        # Of a value that is repeated the last counts (6.5.3): one walk over the streams for a frame, not for each.
        for name, value in dict(setting.read_pairs(payload)).items():
            self._apply(name, value)
        self.out.chunks.append(frames.SETTINGS_ACK)
        if not self._settled:
            self._settled = True
            self._events.append(Ready())
        self.out.go_on()

    def _apply(self, name: int, value: int) -> None:
        peer = self.out.peer
        if name == setting.MAX_CONCURRENT_STREAMS:
            peer.max_concurrent_streams = value
        elif name == setting.INITIAL_WINDOW_SIZE:
            self.out.initial_window(value, self.streams.values())
        elif name == setting.MAX_FRAME_SIZE:
            peer.max_frame = value
        elif name == setting.MAX_HEADER_LIST_SIZE:
            peer.max_header_list = value
        elif name == setting.ENABLE_PUSH and value and self.role == "client":
            raise ProtocolError(Code.PROTOCOL_ERROR, "SETTINGS_ENABLE_PUSH 1 of a server (6.5.2)")

    def _receive_push(self, flags: int, number: int, payload: bytes) -> None:  # noqa: ARG002
        raise ProtocolError(Code.PROTOCOL_ERROR, "PUSH_PROMISE, which nobody may send here (8.4)")

    def _receive_ping(self, flags: int, number: int, payload: bytes) -> None:
        if number:
            raise ProtocolError(Code.PROTOCOL_ERROR, f"PING on stream {number}")
        if len(payload) != 8:
            raise ProtocolError(Code.FRAME_SIZE_ERROR, "PING is 8 octets")
        self._spend_control()
        if flags & frames.ACK:
            self._events.append(Pong(payload))
        else:
            self.out.chunks.append(frames.frame(frames.PING, frames.ACK, 0, payload))

    def _receive_goaway(self, flags: int, number: int, payload: bytes) -> None:  # noqa: ARG002
        if number:
            raise ProtocolError(Code.PROTOCOL_ERROR, f"GOAWAY on stream {number}")
        if len(payload) < 8:
            raise ProtocolError(Code.FRAME_SIZE_ERROR, "GOAWAY is 8 octets at least")
        self._spend_control()
        last, code = (word & STREAM_MASK for word in frames.SETTING_PAIR.unpack_from(payload))
        self.leaving = True
        self._refuse_above(last)
        self._events.append(GoneAway(last, code, payload[8:264]))

    def _refuse_above(self, last: int) -> None:
        """The peer will not look at our streams above `last`."""

    def _receive_window(self, flags: int, number: int, payload: bytes) -> None:  # noqa: ARG002
        if len(payload) != 4:
            raise ProtocolError(Code.FRAME_SIZE_ERROR, "WINDOW_UPDATE is 4 octets")
        increment = frames.WORD.unpack(payload)[0] & STREAM_MASK
        if number == 0:
            if not increment:
                raise ProtocolError(Code.PROTOCOL_ERROR, "WINDOW_UPDATE by 0")
            self.out.granted(increment)
            return
        stream = self.streams.get(number)
        if stream is None:
            if self._is_idle(number):
                raise ProtocolError(Code.PROTOCOL_ERROR, f"WINDOW_UPDATE on stream {number}, which is idle")
            return
        if not increment:
            raise StreamError(Code.PROTOCOL_ERROR, f"WINDOW_UPDATE of stream {number} by 0")
        self.out.granted_to(stream, increment)

    _HANDLERS: ClassVar[Mapping[int, Callable[[Connection, int, int, bytes], None]]] = {
        frames.DATA: _receive_data,
        frames.HEADERS: _receive_headers,
        frames.PRIORITY: _receive_priority,
        frames.RST_STREAM: _receive_reset,
        frames.SETTINGS: _receive_settings,
        frames.PUSH_PROMISE: _receive_push,
        frames.PING: _receive_ping,
        frames.GOAWAY: _receive_goaway,
        frames.WINDOW_UPDATE: _receive_window,
        frames.CONTINUATION: _receive_continuation,
    }


def _without_padding(payload: bytes) -> bytes:
    """DATA and HEADERS with PADDED: one octet of length, then the content, then padding (6.1)."""
    if not payload or payload[0] >= len(payload):
        raise ProtocolError(Code.PROTOCOL_ERROR, "padding longer than its frame")
    return payload[1 : len(payload) - payload[0]]


def _check_length(stream: Stream, ended: bool) -> None:
    """A body is as long as its head says (8.1.1)."""
    if stream.arrived > stream.expected or (ended and stream.arrived != stream.expected):
        text = f"{stream.arrived} octets of DATA on stream {stream.id}, whose content-length is {stream.expected}"
        raise StreamError(Code.PROTOCOL_ERROR, text)
