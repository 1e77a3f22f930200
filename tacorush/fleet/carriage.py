"""What carries a run's calls: the transport, and the connections that it makes to each address."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

TRANSPORTS = ("wire", "grpcio")
"""Our own gRPC over HTTP/2, the default; grpcio, the reference and way out."""


@dataclass(frozen=True, slots=True)
class Carriage:
    """How calls travel; the ages and pings are those of `wire` alone."""

    transport: str = "wire"
    connections: int = 2
    """To each address, in each process."""
    max_age_s: float = 0.0
    """A connection older than this (10 % of chance either way) is replaced; 0: never."""
    calls_a_connection: int = 0
    """A connection that has carried so many calls is replaced; 0: never."""
    keepalive_s: float = 0.0
    """Seconds between two PINGs; 0: none."""

    def pack(self) -> dict[str, Any]:
        """Returns plain values for `unpack`."""
        return asdict(self)

    @classmethod
    def unpack(cls, packed: Mapping[str, Any]) -> Carriage:
        """Returns the carriage that `pack` made plain."""
        return cls(**packed)


USUAL = Carriage()
"""What carries a run unless something else is asked for."""
