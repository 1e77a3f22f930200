"""The same rate all the time: `cumulative(t) = rate * t`.

rate |----------------
     |________________ t
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Constant:
    """`mean` people a second for `duration_s` seconds."""

    mean: float
    duration_s: float

    @property
    def total(self) -> float:
        """How many come in all."""
        return self.mean * self.duration_s

    def cumulative(self, t_s: float) -> float:
        """How many have come by `t_s`."""
        return self.mean * min(max(t_s, 0.0), self.duration_s)

    def instant(self, count: float) -> float:
        """When the count passes `count`."""
        return count / self.mean

    def rate(self, at_s: float) -> float:
        """The rate at `at_s`, in people a second."""
        return self.mean if 0 <= at_s < self.duration_s else 0.0

    def peak(self) -> float:
        """The highest rate, in people a second."""
        return self.mean

    def corners(self) -> tuple[float, ...]:
        """The beginning and the end."""
        return (0.0, self.duration_s)
