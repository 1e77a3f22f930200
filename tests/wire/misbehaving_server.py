"""One misbehaving server: a row of the tables in `servers_*.py`, and the bytes that many of them send."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from contracts.messages import queue_pb2
from tacorush.wire.http2 import frames
from tacorush.wire.http2.field_blocks import write_block
from tacorush.wire.http2.frames import frame
from tests.wire.raw_answers import S, data, head, message, trailers
from tests.wire.raw_peers import SETTINGS

if TYPE_CHECKING:
    from tacorush.wire.channel import Delivery
    from tests.wire.raw_peers import Talk

UNBOUNDED = -1
"""Stands for a client that waits on beyond its deadline."""
VARIES = -2
"""Stands for a client whose report depends on how fast it reads."""


class Row(NamedTuple):
    """One server."""

    name: str
    answer: bytes
    """What it sends once the request is there."""
    ours: int
    delivery: Delivery
    grpcio: int
    go: int
    why: str = ""
    opening: bytes = SETTINGS
    """What it sends first."""
    closes: bool = False
    """It ends the connection behind its answer; else it goes on reading."""
    reads: bool = True
    octets: int = 0
    """How many it sends at a time; 0: all."""
    request: int = 0
    """How many octets the request has."""

    def behave(self, talk: Talk) -> None:
        """Serves one connection."""
        talk.send(self.opening)
        if not self.reads:
            return
        if talk.request(whole=not self.request) != S:
            return
        talk.send(self.answer, self.octets)
        if self.closes:
            talk.close()
        talk.read_all()


REPLY = queue_pb2.JoinQueueResponse(waiting_token="ok").SerializeToString()
HEAD, WHOLE = head(), data(message(REPLY))
OK = trailers((b"grpc-status", b"0"))
PING = frame(frames.PING, 0, 0, bytes(8))
BLOCK = write_block([(b":status", b"200"), (b"content-type", b"application/grpc")])
