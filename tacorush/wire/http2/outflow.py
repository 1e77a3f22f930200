"""What leaves: frames in order, as far as the peer's windows allow (RFC 9113, 5.2 and 6.9).

HEADERS are not subject to flow control, but those that follow waiting DATA of their stream wait with it. Streams that
wait for the connection's window take turns, a frame each.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING

from tacorush.wire.http2.errors import ProtocolError, StreamError
from tacorush.wire.http2.frames import (
    DATA,
    END_STREAM,
    HEAD,
    HEADERS,
    LARGEST_WINDOW,
    Code,
    header_frames,
)
from tacorush.wire.http2.settings import DEFAULT_WINDOW, PeerSettings
from tacorush.wire.http2.stream import Move, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tacorush.wire.http2.stream import Stream


class Outflow:
    """The sending half of one connection. `closed` is told each stream that has ended on both sides."""

    def __init__(self, closed: Callable[[Stream], None]) -> None:
        self._closed = closed
        self.chunks: list[bytes] = []
        """Bytes to send, in order; whoever drives the connection takes them."""
        self.peer = PeerSettings()
        self.window = DEFAULT_WINDOW
        """Octets of DATA that all streams together may still send."""
        self.held = False
        """The transport takes nothing at the moment: DATA waits as if the windows were closed."""
        self._waiting: OrderedDict[Stream, None] = OrderedDict()
        """Streams with something pending that wait for their turn or for the connection's window, in their order. One
        that waits for its own window is not here: only a grant to it gets it on, and looking at all of them at every
        answer let 16,384 calls with windows of 0 hold the server up for 13 s. A plain dict finds its first only by
        walking over all that were taken out before: a turn for each of 16,384 took 48 ms, it takes 5 ms."""

    def headers(self, stream: Stream, block: bytes, end: bool) -> None:
        """Sends a block, behind what the stream still has pending."""
        if stream.pending:
            stream.pending.append((HEADERS, block, end))
            return
        stream.send(Move.SEND_HEADERS)
        self.chunks.append(header_frames(stream.id, block, END_STREAM if end else 0, self.peer.max_frame))
        if end:
            self._end(stream)

    def data(self, stream: Stream, payload: bytes, end: bool) -> None:
        """Sends octets, now or when the windows allow it."""
        size = len(payload)
        room = min(self.window, stream.window, self.peer.max_frame)
        if size <= room and not stream.pending and not self.held:
            self._data(stream, payload, end)
            return
        if stream.pending is None:
            stream.pending = deque()
        stream.pending.append((DATA, payload, end))
        if len(stream.pending) == 1:
            self._queue(stream)

    def forget(self, stream: Stream) -> None:
        """The stream has ended: nothing of it is sent any more."""
        stream.pending = None
        self._waiting.pop(stream, None)

    def _queue(self, stream: Stream) -> None:
        """Gives a stream its turn behind those that wait already, and lets all go on."""
        self._waiting[stream] = None
        self.go_on()

    def hold(self, held: bool) -> None:
        """Holds DATA back while the transport is full, or lets it go on."""
        self.held = held
        self.go_on()

    def _data(self, stream: Stream, payload: bytes | memoryview, end: bool) -> None:
        stream.send(Move.SEND_DATA)
        size = len(payload)
        self.window -= size
        stream.window -= size
        self.chunks.append(HEAD.pack(size << 8 | DATA, END_STREAM if end else 0, stream.id) + payload)
        if end:
            self._end(stream)

    def _end(self, stream: Stream) -> None:
        stream.send(Move.SEND_END)
        if stream.state is State.CLOSED:
            self._closed(stream)

    def go_on(self) -> None:
        """Sends what waits, as far as the windows allow now."""
        waiting = self._waiting
        while waiting and not self.held:
            stream = next(iter(waiting))
            sent = bool(stream.pending) and self._send_first(stream)
            if not sent and stream.pending and self.window <= 0 < stream.window:
                return  # it keeps its turn
            waiting.pop(stream, None)
            if sent and stream.pending:
                waiting[stream] = None

    def _send_first(self, stream: Stream) -> bool:
        """Sends one frame of what a stream has pending; False when its windows allow none."""
        assert stream.pending, "only streams with something pending take turns"
        kind, payload, end = stream.pending[0]
        if kind == HEADERS:
            stream.pending.popleft()
            rest, stream.pending = stream.pending, None
            self.headers(stream, bytes(payload), end)
            stream.pending = rest
            return bool(rest)
        room = max(0, min(self.window, stream.window, self.peer.max_frame))
        if payload and not room:
            return False
        stream.pending.popleft()
        if len(payload) > room:
            # A view: a peer that opens the window octet by octet would have the rest copied for each of them.
            view = memoryview(payload)
            stream.pending.appendleft((DATA, view[room:], end))
            payload, end = view[:room], False
        self._data(stream, payload, end)
        return True

    def granted(self, increment: int) -> None:
        """The peer's WINDOW_UPDATE of the connection; raises ProtocolError above 2^31-1 (6.9.1)."""
        if self.window + increment > LARGEST_WINDOW:
            raise ProtocolError(Code.FLOW_CONTROL_ERROR, "the window of the connection overflows")
        self.window += increment
        if self._waiting:
            self.go_on()

    def granted_to(self, stream: Stream, increment: int) -> None:
        """The peer's WINDOW_UPDATE of a stream; raises StreamError above 2^31-1."""
        if stream.window + increment > LARGEST_WINDOW:
            raise StreamError(Code.FLOW_CONTROL_ERROR, f"the window of stream {stream.id} overflows")
        stream.window += increment
        if stream.pending and stream.window > 0:
            self._queue(stream)

    def initial_window(self, value: int, streams: Iterable[Stream]) -> None:
        """The peer's SETTINGS_INITIAL_WINDOW_SIZE moves the window of every stream, below 0 too (6.9.2)."""
        step = value - self.peer.initial_window
        self.peer.initial_window = value
        for stream in streams:
            if stream.window + step > LARGEST_WINDOW:
                raise ProtocolError(Code.FLOW_CONTROL_ERROR, f"SETTINGS overflow the window of stream {stream.id}")
            stream.window += step
            if stream.pending and stream.window > 0:
                self._waiting[stream] = None
