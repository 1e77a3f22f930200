"""Frames that get no call on: SETTINGS, PING, GOAWAY, WINDOW_UPDATE, PRIORITY, and PUSH_PROMISE, which nobody may send.

Each is checked as RFC 9113, 6 has it. What they change is in the stream book; all but WINDOW_UPDATE, which a busy peer
sends often, are paid from the budget for control frames (`limits.py`).
"""

from __future__ import annotations

from tacorush.wire.http2 import frames
from tacorush.wire.http2 import settings as setting
from tacorush.wire.http2.errors import ProtocolError, StreamError
from tacorush.wire.http2.events import GoneAway, Pong, Ready
from tacorush.wire.http2.frames import STREAM_MASK, Code
from tacorush.wire.http2.stream_book import StreamBook


class ControlFrames(StreamBook):
    """The peer's frames about the connection and its windows; `connection.py` has those of calls."""

    def _receive_settings(self, flags: int, number: int, payload: bytes) -> None:
        if number:
            raise ProtocolError(Code.PROTOCOL_ERROR, f"SETTINGS on stream {number}")
        self._spend_control()
        if flags & frames.ACK:
            if payload:
                raise ProtocolError(Code.FRAME_SIZE_ERROR, "SETTINGS with ACK and a payload")
            if self._unacknowledged:
                self._unacknowledged -= 1
                if self._table_refused and not self._unacknowledged:
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
            self._move_windows(value)
        elif name == setting.MAX_FRAME_SIZE:
            peer.max_frame = value
        elif name == setting.MAX_HEADER_LIST_SIZE:
            peer.max_header_list = value
        elif name == setting.ENABLE_PUSH and value and self.role == "client":
            raise ProtocolError(Code.PROTOCOL_ERROR, "SETTINGS_ENABLE_PUSH 1 of a server (6.5.2)")

    def _move_windows(self, value: int) -> None:
        if value == self.out.peer.initial_window:
            return
        self._walked -= len(self.streams)
        if self._walked < 0:
            raise ProtocolError(Code.ENHANCE_YOUR_CALM, "a flood of SETTINGS that move the windows of all streams")
        self.out.initial_window(value, self.streams.values())

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

    def _receive_priority(self, flags: int, number: int, payload: bytes) -> None:  # noqa: ARG002
        """Ignored (5.3.2), but it must be one."""
        if number == 0:
            raise ProtocolError(Code.PROTOCOL_ERROR, "PRIORITY on stream 0")
        self._spend_control()
        if len(payload) != 5:
            raise StreamError(Code.FRAME_SIZE_ERROR, "PRIORITY is 5 octets")

    def _receive_push(self, flags: int, number: int, payload: bytes) -> None:  # noqa: ARG002
        raise ProtocolError(Code.PROTOCOL_ERROR, "PUSH_PROMISE, which nobody may send here (8.4)")
