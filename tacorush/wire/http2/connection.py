"""One HTTP/2 connection without I/O (RFC 9113), for a client and a server.

Theory of operation. `receive(bytes)` takes in whatever the transport has read, in pieces of any size, and returns what
it means as a list of events. Calls (`request`, `send_headers`, `send_data`, `reset`, `ping`, `go_away`) put frames
behind each other in `out.chunks`, which the transport takes with `take()` whenever it likes: after `receive` there may
be something as well (acknowledgements, windows). The connection knows no socket, clock, thread or loop; that time
passes it is told by `tick()`, once a second.

What a peer may do at all is said by two tables, the legal moves of a stream (`stream.py`) and the handlers of frames at
the end of `Connection`; what costs the peer little and us something has a budget (`limits.py`). A rule broken on one
stream resets that stream (`Reset`); one that concerns all ends the connection: `Failed` is then the last event, GOAWAY
is ready to be taken, and `receive` takes in nothing any more. Nothing else is ever raised for what a peer sends, and
the work done is bounded for each octet.

    stream id   a client's are odd and grow (5.1.1); one lower than the highest seen that is not open is closed
    windows     ours are granted again when whoever sits above gives octets back (`grant`); the peer's bind `outflow`
    settings    ours hold once the peer has acknowledged them, the peer's as soon as they are read (6.5.3)
    streams     are forgotten when both halves have ended; what still comes for one that we reset is ignored (5.4.2)

There are three layers, each of which knows only those before it: `stream_book.py` keeps the streams and says what we
have to say, `control_frames.py` takes in the frames that get no call on, and this file cuts what was read into frames
and takes in those of calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tacorush.wire.http2 import frames
from tacorush.wire.http2.control_frames import ControlFrames
from tacorush.wire.http2.errors import ProtocolError, StreamError
from tacorush.wire.http2.events import Data, Headers, Reset
from tacorush.wire.http2.frames import HEAD, HEAD_SIZE, STREAM_MASK, Code
from tacorush.wire.http2.stream import Move, State, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tacorush.wire.http2.events import Event
    from tacorush.wire.http2.field_blocks import FieldBlock, Fields


class Connection(ControlFrames):
    """What both roles share; `client.py` and `server.py` say who opens streams and what heads must look like."""

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

    def _after_the_end(self, number: int, what: str) -> None:
        """The peer has ended this stream before."""
        raise ProtocolError(Code.STREAM_CLOSED, f"{what} on stream {number}, which is closed")

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

    _HANDLERS: ClassVar[Mapping[int, Callable[[Connection, int, int, bytes], None]]] = {
        frames.DATA: _receive_data,
        frames.HEADERS: _receive_headers,
        frames.PRIORITY: ControlFrames._receive_priority,
        frames.RST_STREAM: _receive_reset,
        frames.SETTINGS: ControlFrames._receive_settings,
        frames.PUSH_PROMISE: ControlFrames._receive_push,
        frames.PING: ControlFrames._receive_ping,
        frames.GOAWAY: ControlFrames._receive_goaway,
        frames.WINDOW_UPDATE: ControlFrames._receive_window,
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
