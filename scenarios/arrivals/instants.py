"""Recorded instants, as they were: person n comes at the n-th of them, to the nanosecond.

people |       ___
       |   __|          cumulative(t): a step at each instant, several people high where instants are equal
       |__|______ t

The inverse is the record itself. With Poisson spacing, people are drawn from the record with chance instead: each
instant is then taken by none, one or several. Seconds hold nanoseconds exactly for 26 days.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_NS = 1 << 51
"""Beyond it, seconds in binary floating point no longer round to every nanosecond."""


@dataclass(frozen=True, slots=True)
class Instants:
    """One person at each of `at_ns`, nanoseconds after T0, which never fall; raises ValueError for other records."""

    at_ns: Sequence[int]

    def __post_init__(self) -> None:
        if not self.at_ns:
            raise ValueError("a record without an instant cannot be replayed")
        if self.at_ns[0] < 0 or self.at_ns[-1] > _LONGEST_NS:
            raise ValueError(f"instants lie between 0 and {_LONGEST_NS / 1e9:.0f} s after T0")
        for index in range(1, len(self.at_ns)):
            if self.at_ns[index] < self.at_ns[index - 1]:
                raise ValueError(f"instant {index + 1} lies before the one before it: sort the record first")

    @property
    def duration_s(self) -> float:
        """The last instant."""
        return _seconds(self.at_ns[-1])

    @property
    def total(self) -> float:
        """How many come in all: a whole number."""
        return float(len(self.at_ns))

    def cumulative(self, t_s: float) -> float:
        """How many have come by `t_s`."""
        return float(bisect_right(self.at_ns, t_s, key=_seconds))

    def instant(self, count: float) -> float:
        """When the count passes `count`: the instant of the person of that number."""
        return _seconds(self.at_ns[min(int(count), len(self.at_ns) - 1)])

    def rate(self, at_s: float) -> float:
        """Infinite at a recorded instant, else 0: a rate needs counts per interval (`Counts`)."""
        index = bisect_right(self.at_ns, at_s, key=_seconds) - 1
        return math.inf if index >= 0 and _seconds(self.at_ns[index]) == at_s else 0.0

    def peak(self) -> float:
        """Infinite: people come in single instants."""
        return math.inf

    def corners(self) -> tuple[float, ...]:
        """T0 and all instants, each once."""
        return tuple(sorted({0.0, *map(_seconds, self.at_ns)}))


def _seconds(at_ns: int) -> float:
    return at_ns / 1e9
