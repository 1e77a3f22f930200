"""One stream: where it stands, and the table of its legal moves (RFC 9113, 5.1).

States, without the reserved ones, since nobody pushes here:

    idle --headers--> open --end--> half closed (by whoever ended) --end of the other--> closed
    any of these --RST_STREAM, either way--> closed

A move that the table does not list is illegal. What it costs is said by `ILLEGAL`: a peer that talks on a stream that
never was breaks the connection, one that talks on after its own end breaks the stream. A move of our own that is not
listed is a bug of ours and raises.
"""

from __future__ import annotations

from collections import deque
from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tacorush.wire.http2.errors import ProtocolError, StreamError
from tacorush.wire.http2.frames import Code

if TYPE_CHECKING:
    from collections.abc import Mapping


class State(IntEnum):
    """Where a stream stands."""

    IDLE = 0
    OPEN = 1
    HALF_CLOSED_LOCAL = 2
    """We have ended our half."""
    HALF_CLOSED_REMOTE = 3
    """The peer has ended its half."""
    CLOSED = 4


class Move(IntEnum):
    """What can happen to a stream."""

    SEND_HEADERS = 0
    SEND_DATA = 1
    SEND_END = 2
    SEND_RESET = 3
    RECEIVE_HEADERS = 4
    RECEIVE_DATA = 5
    RECEIVE_END = 6
    RECEIVE_RESET = 7


_IDLE, _OPEN, _LOCAL, _REMOTE, _CLOSED = State
_LEGAL: Mapping[tuple[State, Move], State] = MappingProxyType(
    {
        (_IDLE, Move.SEND_HEADERS): _OPEN,
        (_IDLE, Move.RECEIVE_HEADERS): _OPEN,
        (_OPEN, Move.SEND_HEADERS): _OPEN,
        (_OPEN, Move.SEND_DATA): _OPEN,
        (_OPEN, Move.SEND_END): _LOCAL,
        (_OPEN, Move.SEND_RESET): _CLOSED,
        (_OPEN, Move.RECEIVE_HEADERS): _OPEN,
        (_OPEN, Move.RECEIVE_DATA): _OPEN,
        (_OPEN, Move.RECEIVE_END): _REMOTE,
        (_OPEN, Move.RECEIVE_RESET): _CLOSED,
        (_LOCAL, Move.SEND_RESET): _CLOSED,
        (_LOCAL, Move.RECEIVE_HEADERS): _LOCAL,
        (_LOCAL, Move.RECEIVE_DATA): _LOCAL,
        (_LOCAL, Move.RECEIVE_END): _CLOSED,
        (_LOCAL, Move.RECEIVE_RESET): _CLOSED,
        (_REMOTE, Move.SEND_HEADERS): _REMOTE,
        (_REMOTE, Move.SEND_DATA): _REMOTE,
        (_REMOTE, Move.SEND_END): _CLOSED,
        (_REMOTE, Move.SEND_RESET): _CLOSED,
        (_REMOTE, Move.RECEIVE_RESET): _CLOSED,
    }
)

MOVES: tuple[tuple[State | None, ...], ...] = tuple(
    tuple(_LEGAL.get((state, move)) for move in Move) for state in State
)
"""State, then move, to the next state; None where the move is illegal."""

ILLEGAL: Mapping[State, type[ProtocolError | StreamError]] = MappingProxyType(
    {_IDLE: ProtocolError, _OPEN: StreamError, _LOCAL: StreamError, _REMOTE: StreamError, _CLOSED: ProtocolError}
)
"""What an illegal move of the peer is in each state (5.1)."""


class Stream:
    """One stream as both sides see it. `owner` belongs to whoever sits above the connection."""

    # Defaults stand in the class: what most streams never change costs nothing when one is made.
    state = State.IDLE
    owed = 0
    """Octets that were taken in and not yet granted again."""
    headed = False
    """The first header block that is no 1xx has come."""
    expected = -1
    """Its content-length, or -1."""
    arrived = 0
    """Octets of DATA so far."""
    pending: deque[tuple[int, bytes | memoryview, bool]] | None = None
    """What waits for the peer's windows: frame type, payload, and whether it ends our half."""
    owner: Any = None

    def __init__(self, number: int, window: int, granted: int, born: int = 0) -> None:
        self.id = number
        self.window = window
        """Octets that we may still send (6.9); a change of the peer's settings can take it below 0."""
        self.granted = granted
        """Octets that the peer may still send."""
        self.born = born
        """In which read it was opened."""

    def __repr__(self) -> str:
        return f"<Stream {self.id} {self.state.name} window={self.window} granted={self.granted}>"

    def receive(self, move: Move) -> None:
        """Makes a move of the peer; raises what `ILLEGAL` says, naming move and state."""
        following = MOVES[self.state][move]
        if following is None:
            error = ILLEGAL[self.state]
            code = Code.PROTOCOL_ERROR if self.state is _IDLE else Code.STREAM_CLOSED
            raise error(code, f"{move.name} on stream {self.id}, which is {self.state.name}")
        self.state = following

    def send(self, move: Move) -> None:
        """Makes a move of our own; raises RuntimeError for one that is not legal, which is a bug of the caller."""
        following = MOVES[self.state][move]
        if following is None:
            raise RuntimeError(f"{move.name} on stream {self.id}, which is {self.state.name}")
        self.state = following
