"""The same rate all the time: `cumulative(t) = rate * t`.

rate |----------------
     |________________ t
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Constant:
    """`rate` people a second for `duration_s` seconds."""

    rate: float
    duration_s: float

    @property
    def total(self) -> float:
        """How many come in all."""
        return self.rate * self.duration_s

    def cumulative(self, t_s: float) -> float:
        """How many have come by `t_s`."""
        return self.rate * min(max(t_s, 0.0), self.duration_s)

    def instant(self, count: float) -> float:
        """When `count` have come."""
        return count / self.rate

    def peak(self) -> float:
        """The highest rate, in people a second."""
        return self.rate
