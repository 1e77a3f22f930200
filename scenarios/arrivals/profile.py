"""A profile says how many people have come by an instant, as a pure function; everything about pace follows from it.

    people
      |            ________      cumulative(t): never falls, 0 at t = 0, `total` at t = duration_s
      |        ___/
      |    ___/                  rate(t) is its slope; instant(n) its inverse: when the count reaches n
      |___/___________ t

Both functions use only + - * / on binary floating point, which every machine rounds alike; so do the planned
nanoseconds that come of them.
"""

from __future__ import annotations

from typing import Protocol


class Profile(Protocol):
    """How the crowd comes, without saying where in between single people stand (that is the spacing)."""

    @property
    def duration_s(self) -> float:
        """How long people come, in seconds; after it nobody does."""
        ...

    @property
    def total(self) -> float:
        """How many come in all: `cumulative(duration_s)`."""
        ...

    def cumulative(self, t_s: float) -> float:
        """How many have come by `t_s` seconds after T0; before 0 none, after the duration all."""
        ...

    def instant(self, count: float) -> float:
        """The first second at which `count` people (0 <= count <= total) have come: the inverse of `cumulative`."""
        ...

    def peak(self) -> float:
        """The highest rate, in people a second; infinite when many come in one instant."""
        ...
