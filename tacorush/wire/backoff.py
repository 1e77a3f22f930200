"""How long to wait before the next attempt to connect (gRPC's connection-backoff.md: exponential, with jitter).

The shape is gRPC's, the figures are a load generator's: a server that is back is found within a second, not within two
minutes, and the same holds for the grpcio transport.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_S = 0.1
LONGEST_S = 1.0
GROWTH = 1.6
JITTER = 0.2


class Backoff:
    """The waits of one connection; `chance` draws from [0, 1)."""

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._next_s = FIRST_S

    def failed(self) -> float:
        """An attempt has failed: the seconds to wait before the next one."""
        wait_s = self._next_s
        self._next_s = min(wait_s * GROWTH, LONGEST_S)
        return wait_s * (1 + JITTER * (2 * self._chance() - 1))

    def succeeded(self) -> None:
        """A connection was made: the next failure waits briefly again."""
        self._next_s = FIRST_S
