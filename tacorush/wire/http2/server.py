"""The server's side of a connection: takes streams in, as many as it has announced."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tacorush.wire.http2.connection import Connection
from tacorush.wire.http2.errors import ProtocolError, StreamError
from tacorush.wire.http2.events import Request
from tacorush.wire.http2.frames import (
    DATA,
    END_HEADERS,
    END_STREAM,
    HEAD,
    HEAD_SIZE,
    HEADERS,
    LARGEST_STREAM,
    PREFACE,
    Code,
    rst_stream,
    settings,
)
from tacorush.wire.http2.settings import NO_TABLE
from tacorush.wire.http2.stream import State, Stream

if TYPE_CHECKING:
    from tacorush.wire.http2.field_blocks import FieldBlock
    from tacorush.wire.http2.limits import Limits
    from tacorush.wire.http2.settings import OurSettings


class ServerConnection(Connection):
    """A server's end."""

    role: ClassVar[str] = "server"

    def __init__(self, ours: OurSettings, limits: Limits | None = None) -> None:
        self._preface = True
        self._last_taken: int | None = None
        super().__init__(ours, limits)
        self._wanted = len(PREFACE)

    @property
    def takes_new(self) -> bool:
        """New streams are still looked at."""
        return self._last_taken is None and not self.failed

    def refuse_table(self) -> None:
        """Announces a header table of 0: see `settings.NO_TABLE`. Done when a second stream is opened."""
        self.out.chunks.append(settings([NO_TABLE]))
        self._unacknowledged += 1
        self._table_refused = True

    def announce_leaving(self) -> None:
        """Sends a GOAWAY that refuses nothing yet, and a PING: what comes before its answer is still taken (6.8)."""
        super().go_away(last_stream=LARGEST_STREAM)
        self.ping()

    def go_away(self, code: int = Code.NO_ERROR, last_stream: int | None = None, debug: str = "") -> None:
        """Sends GOAWAY; streams above `last_stream` (the highest so far) are ignored from now on."""
        super().go_away(code, last_stream, debug)
        self._last_taken = self.highest if last_stream is None else last_stream

    def respond(self, stream: Stream, head: bytes, body: bytes, trailers: bytes) -> None:
        """Sends a whole response (head, one body, trailers) and ends our half."""
        out = self.out
        size = len(body)
        largest = out.peer.max_frame
        if (
            self._table_announced
            and not out.held
            and not stream.pending
            and stream.state is State.HALF_CLOSED_REMOTE
            and size <= out.window
            and size <= stream.window
            and size <= largest
            and len(head) <= largest
            and len(trailers) <= largest
        ):
            # The way of nearly every answer: three frames at once.
            stream.state = State.CLOSED
            number = stream.id
            del self.streams[number]
            out.window -= size
            pack = HEAD.pack
            out.chunks.append(
                b"%b%b%b%b%b%b"
                % (
                    pack(len(head) << 8 | HEADERS, END_HEADERS, number),
                    head,
                    pack(size << 8 | DATA, 0, number),
                    body,
                    pack(len(trailers) << 8 | HEADERS, END_HEADERS | END_STREAM, number),
                    trailers,
                )
            )
            return
        self.send_headers(stream, head)
        self.send_data(stream, body)
        self.send_headers(stream, trailers, end=True)

    def _first_frame(self, data: bytes) -> int:
        if not self._preface:
            return 0
        if not data.startswith(PREFACE[: len(data)]):
            raise ProtocolError(Code.PROTOCOL_ERROR, "this is no HTTP/2: the client's preface is missing (3.4)")
        self._preface = len(data) < len(PREFACE)
        return len(PREFACE)

    def _count_reset(self, stream: Stream) -> None:
        self._resets -= 1
        if self._reads - stream.born <= 1:
            self._rapid_resets -= 1
        if self._resets < 0 or self._rapid_resets < 0:
            raise ProtocolError(Code.ENHANCE_YOUR_CALM, "streams opened and reset in a flood")

    def _exchange(self, number: int, data: bytes, start: int, stop: int, end: int) -> int:
        if not self.highest < number <= LARGEST_STREAM or not number & 1:  # also one with the reserved bit (4.1)
            return 0
        if self._last_taken is not None or end - stop < HEAD_SIZE:
            return 0
        word, flags, same = HEAD.unpack_from(data, stop)
        size: int = word >> 8
        after = stop + HEAD_SIZE + size
        if word & 0xFF != DATA or flags != END_STREAM or same != number or after > end or not size:
            return 0
        ours = self.ours
        if size > ours.max_frame or size > ours.initial_window or len(self.streams) >= ours.max_concurrent_streams:
            return 0
        known, more = self._decoder.decode(data[start:stop])
        if known.request_fault or not known.plain_head:
            return 0
        self._take_window(size)
        self._control = self.limits.control_frames
        self.highest = number
        stream = Stream(number, self.out.peer.initial_window, ours.initial_window, self._reads)
        stream.state, stream.headed = State.HALF_CLOSED_REMOTE, True
        self.streams[number] = stream
        self._events.append(Request(stream, known, more, data[stop + HEAD_SIZE : after]))
        return after

    def _open(self, number: int) -> Stream | None:
        if not number & 1:
            raise ProtocolError(Code.PROTOCOL_ERROR, f"a client opened stream {number}: its ids are odd (5.1.1)")
        if number <= self.highest:
            self._on_closed(number, "HEADERS")
            return None
        if self.highest and not self._table_refused:
            self.refuse_table()
        self.highest = number
        if self._last_taken is not None and number > self._last_taken:
            return None
        if len(self.streams) >= self.ours.max_concurrent_streams:
            # 5.1.2: the client did not know or does not care; refused streams may be tried again (8.7).
            self.out.chunks.append(rst_stream(number, Code.REFUSED_STREAM))
            self._remember_reset(number)
            return None
        stream = Stream(number, self.out.peer.initial_window, self.ours.initial_window, self._reads)
        self.streams[number] = stream
        return stream

    def _after_the_end(self, number: int, what: str) -> None:
        if self._last_taken is None or number <= self._last_taken:  # else it was never looked at (6.8)
            super()._after_the_end(number, what)

    def _is_idle(self, number: int) -> bool:
        return number == 0 or not number & 1 or number > self.highest

    def _check_head(self, stream: Stream, known: FieldBlock, ended: bool) -> None:  # noqa: ARG002
        if known.request_fault:
            raise StreamError(Code.PROTOCOL_ERROR, known.request_fault)
        if known.length == -2:
            raise StreamError(Code.PROTOCOL_ERROR, "a malformed content-length")
        stream.headed = True
        stream.expected = known.length
