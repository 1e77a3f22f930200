"""The client's side of a connection: opens streams, reads responses."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, ClassVar

from tacorush.wire.http2.connection import Connection
from tacorush.wire.http2.errors import StreamError
from tacorush.wire.http2.events import Refused, Response
from tacorush.wire.http2.field_blocks import TABLE_SIZE_ZERO
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
)
from tacorush.wire.http2.stream import State, Stream

if TYPE_CHECKING:
    from tacorush.wire.http2.field_blocks import FieldBlock
    from tacorush.wire.http2.limits import Limits
    from tacorush.wire.http2.settings import OurSettings


class ClientConnection(Connection):
    """A client's end. `first_stream` is odd; ids that are used up ask for a new connection (5.1.1)."""

    role: ClassVar[str] = "client"

    def __init__(self, ours: OurSettings, limits: Limits | None = None, first_stream: int = 1) -> None:
        self._next = first_stream
        super().__init__(ours, limits)

    def _begin(self) -> None:
        self.out.chunks.append(PREFACE)
        super()._begin()

    @property
    def room(self) -> int:
        """How many streams may be opened now; 0 when none ever will be (see `leaving` and `used_up`)."""
        if self.leaving or not self._settled or self._next > LARGEST_STREAM:
            return 0
        return self.out.peer.max_concurrent_streams - len(self.streams)

    @property
    def used_up(self) -> bool:
        """Every stream id has been used."""
        return self._next > LARGEST_STREAM

    def request(self, block: bytes, body: bytes) -> Stream:
        """Opens a stream with a head and a whole body and ends our half; only while there is `room`."""
        out = self.out
        number = self._next
        stream = Stream(number, out.peer.initial_window, self.ours.initial_window)
        self._next = number + 2
        self.streams[number] = stream
        size, length = len(body), len(block)
        largest = out.peer.max_frame
        if not self._table_announced:
            block, self._table_announced = TABLE_SIZE_ZERO + block, True
            length += 1
        if size <= out.window and size <= stream.window and size <= largest and length <= largest:
            # The way of nearly every call: both frames at once.
            stream.state = State.HALF_CLOSED_LOCAL
            out.window -= size
            stream.window -= size
            pack = HEAD.pack
            out.chunks.append(
                b"%b%b%b%b"
                % (
                    pack(length << 8 | HEADERS, END_HEADERS, number),
                    block,
                    pack(size << 8 | DATA, END_STREAM, number),
                    body,
                )
            )
        else:
            out.headers(stream, block, end=False)
            out.data(stream, body, end=True)
        return stream

    def _exchange(self, number: int, data: bytes, start: int, stop: int, end: int) -> int:
        stream = self.streams.get(number)
        if stream is None or stream.headed or end - stop < HEAD_SIZE:
            return 0
        word, flags, same = HEAD.unpack_from(data, stop)
        size: int = word >> 8
        last = stop + HEAD_SIZE + size
        if word & 0xFF != DATA or flags or same != number or end - last < HEAD_SIZE or not size:
            return 0
        tail, flags, same = HEAD.unpack_from(data, last)
        after: int = last + HEAD_SIZE + (tail >> 8)
        if tail & 0xFF != HEADERS or flags != END_HEADERS | END_STREAM or same != number or after > end:
            return 0
        largest, known = self.ours.max_frame, self._decoder.known
        head, trailers = known(data[start:stop]), known(data[last + HEAD_SIZE : after])
        if head is None or trailers is None or size > largest or size > stream.granted or tail >> 8 > largest:
            return 0
        if head.response_fault or not head.plain_head or trailers.trailers_fault:
            return 0
        if stream.state is not State.HALF_CLOSED_LOCAL:
            return 0
        self._take_window(size)
        self._control = self.limits.control_frames
        stream.state, stream.headed = State.CLOSED, True
        del self.streams[number]
        self._events.append(Response(stream, head, data[stop + HEAD_SIZE : last], trailers))
        return after

    def _open(self, number: int) -> Stream | None:
        self._on_closed(number, "HEADERS")
        return None

    def _is_idle(self, number: int) -> bool:
        return number == 0 or not number & 1 or number >= self._next

    def _after_the_end(self, number: int, what: str) -> None:
        """A server that talks on after its end is not listened to: the answer is there already."""

    def _check_head(self, stream: Stream, known: FieldBlock, ended: bool) -> None:
        if known.response_fault:
            raise StreamError(Code.PROTOCOL_ERROR, known.response_fault)
        if known.length == -2:
            raise StreamError(Code.PROTOCOL_ERROR, "a malformed content-length")
        if known.fields[0][1][:1] == b"1":  # a 1xx goes before the head (8.1)
            if ended:
                raise StreamError(Code.PROTOCOL_ERROR, "a 1xx that ends the stream")
            return
        stream.headed = True
        stream.expected = known.length

    def _refuse_above(self, last: int) -> None:
        # From the latest on: a GOAWAY that refuses nothing must not cost a walk over all that are in flight.
        refused = list(takewhile(lambda number: number > last, reversed(self.streams)))
        for number in reversed(refused):
            stream = self.streams[number]
            self._forget(stream)
            stream.state = State.CLOSED
            self._events.append(Refused(stream))
