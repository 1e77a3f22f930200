"""What can be chosen of a channel's connections."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tacorush.wire.http2.settings import OurSettings
from tacorush.wire.messages import DEFAULT_LARGEST

if TYPE_CHECKING:
    from tacorush.wire.tls import Tls

NO_LIMIT = 1 << 62
_HEADER_LIST = 1 << 16
"""Four times what a server of ours takes in: a server keeps to what is announced (grpc-go fails the call else), and no
answer shall be lost that other clients would have had."""


@dataclass(frozen=True, slots=True)
class ChannelOptions:
    """One channel's connections. Raises ValueError for figures that no channel can have."""

    connections: int = 1
    """How many TCP connections share the calls, in turn. Behind a balancer that spreads connections, not calls, so
    many are all that the servers behind it see."""
    max_age_s: float = 0.0
    """After so many seconds (10 % of chance either way) a connection is replaced by a new one; 0: never."""
    calls_a_connection: int = NO_LIMIT
    """After so many calls a connection is replaced by a new one: churn."""
    keepalive_s: float = 0.0
    """PING after so many seconds; 0: none, since grpc-go servers end connections that ping more than every 5 min."""
    largest: int = DEFAULT_LARGEST
    """Largest message taken in, in octets."""
    tls: Tls | None = None
    settings: OurSettings = field(default_factory=lambda: OurSettings(max_header_list=_HEADER_LIST))
    first_stream: int = 1
    """The first stream id of a connection: odd."""

    def __post_init__(self) -> None:
        if self.connections < 1:
            raise ValueError(f"{self.connections} connections: at least 1 is needed")
        if self.calls_a_connection < 1 or self.max_age_s < 0 or self.keepalive_s < 0:
            raise ValueError("a connection carries at least one call, and ages and pings are no negative times")
