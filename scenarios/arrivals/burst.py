"""A burst: everybody within one window, or in one instant.

rate |    |||
     |____|||_________ t
         at  at + window
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Burst:
    """`mean * duration_s` people, evenly within [at_s, at_s + window_s]; a window of 0 is one instant."""

    mean: float
    """The mean over the duration, in people a second."""
    duration_s: float
    at_s: float = 0.0
    window_s: float = 0.0

    def __post_init__(self) -> None:
        if self.at_s + self.window_s > self.duration_s:
            raise ValueError(
                f"a burst from {self.at_s:g} s, {self.window_s:g} s long, does not fit in {self.duration_s:g} s"
            )

    @property
    def total(self) -> float:
        """How many come in all."""
        return self.mean * self.duration_s

    def cumulative(self, t_s: float) -> float:
        """How many have come by `t_s`."""
        if t_s < self.at_s:
            return 0.0
        if t_s >= self.at_s + self.window_s:
            return self.total
        return self.total * (t_s - self.at_s) / self.window_s

    def instant(self, count: float) -> float:
        """When the count passes `count`."""
        return self.at_s + self.window_s * count / self.total

    def rate(self, at_s: float) -> float:
        """The rate at `at_s`, in people a second; infinite at the one instant of a burst without a window."""
        inside = self.at_s <= at_s < self.at_s + self.window_s or at_s == self.at_s
        return self.peak() if inside else 0.0

    def peak(self) -> float:
        """The rate within the window, in people a second; infinite for one instant."""
        return self.total / self.window_s if self.window_s else math.inf

    def corners(self) -> tuple[float, ...]:
        """The beginning, the ends of the window, and the end."""
        return tuple(sorted({0.0, self.at_s, self.at_s + self.window_s, self.duration_s}))
