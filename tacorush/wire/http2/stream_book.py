"""The streams of one connection, what we say on them and on the connection, and the budgets of both.

Nothing here reads: what the peer says is taken in by `control_frames.py` and by `connection.py`, whose head has the
theory of operation. A stream is in the book from its first HEADERS until both halves have ended; one that we have reset
is remembered a while, since frames of it may be under way (RFC 9113, 5.4.2).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, ClassVar

from tacorush.wire.http2 import frames
from tacorush.wire.http2 import settings as setting
from tacorush.wire.http2.errors import ProtocolError
from tacorush.wire.http2.events import Failed
from tacorush.wire.http2.field_blocks import TABLE_SIZE_ZERO, BlockDecoder
from tacorush.wire.http2.frames import HEAD_SIZE, Code
from tacorush.wire.http2.limits import Limits
from tacorush.wire.http2.outflow import Outflow
from tacorush.wire.http2.stream import Move, State, Stream

if TYPE_CHECKING:
    from tacorush.wire.http2.events import Event
    from tacorush.wire.http2.settings import OurSettings

_REMEMBERED = 1 << 15
"""Streams that we reset and whose late frames are still ignored."""


class StreamBook:
    """What a connection keeps and says; those above it read, and enter here what they have read."""

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
        """SETTINGS of ours that are on the way."""
        self._table_refused = self.role == "client"
        """A header table of 0 was announced."""
        self._reset_here: OrderedDict[int, None] = OrderedDict()
        self._granted = setting.DEFAULT_WINDOW
        self._owed = 0
        self._reads = 0
        self._control = self.limits.control_frames
        self._rapid_resets = self.limits.rapid_resets
        self._resets = self.ours.max_concurrent_streams + self.limits.rapid_resets
        self._walked = self.limits.walked_streams
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
        self._rapid_resets = self.limits.rapid_resets
        self._resets = self.ours.max_concurrent_streams + self.limits.rapid_resets
        self._walked = self.limits.walked_streams

    def fail(self, code: int, text: str) -> None:
        """Ends the connection: GOAWAY is ready, `Failed` the last event."""
        if not self.failed:
            self.failed = self.leaving = True
            self._block = None
            self.out.chunks.append(frames.goaway(self.highest, code, text))
            self._events.append(Failed(code, text))

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

    def _is_idle(self, number: int) -> bool:
        raise NotImplementedError

    def _spend_control(self) -> None:
        self._control -= 1
        if self._control < 0:
            raise ProtocolError(Code.ENHANCE_YOUR_CALM, "a flood of frames that get no call on")

    def _count_reset(self, stream: Stream) -> None:
        """The peer resets a stream, or makes us reset it."""
