"""The opening of a sale: nobody, then everybody at T0, then ever fewer.

    rate |*
         | *
         |   **
         |       *******
         |______________**** t

The rate falls as `1 / (1 + t/h)**2`; scaled so that `rate * duration` come in all, that integrates to
`cumulative(t) = total * (D + h)/D * t/(t + h)`. About half of all come within the first `half_s` (h) seconds, and the
rate at T0 is `total * (D + h)/(D * h)`. A rational decay has the long tail of a real opening, and needs no exponential
function, whose last bit differs between machines.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OnSale:
    """`mean * duration_s` people, about half of them within the first `half_s` seconds."""

    mean: float
    """The mean over the duration, in people a second."""
    duration_s: float
    half_s: float = 5.0

    def __post_init__(self) -> None:
        if self.half_s < 1e-9:
            raise ValueError("a sale of which half comes within less than a nanosecond is a burst")

    @property
    def total(self) -> float:
        """How many come in all."""
        return self.mean * self.duration_s

    def cumulative(self, t_s: float) -> float:
        """How many have come by `t_s`."""
        t = min(max(t_s, 0.0), self.duration_s)
        return self.total * (self.duration_s + self.half_s) / self.duration_s * t / (t + self.half_s)

    def instant(self, count: float) -> float:
        """When the count passes `count`."""
        whole = self.total * (self.duration_s + self.half_s)
        return count * self.duration_s * self.half_s / (whole - count * self.duration_s)

    def rate(self, at_s: float) -> float:
        """The rate at `at_s`, in people a second."""
        if not 0 <= at_s < self.duration_s:
            return 0.0
        left = self.half_s / (at_s + self.half_s)
        return self.peak() * left * left

    def peak(self) -> float:
        """The rate at T0, in people a second."""
        return self.total * (self.duration_s + self.half_s) / (self.duration_s * self.half_s)

    def corners(self) -> tuple[float, ...]:
        """The beginning, the end, and seconds in between at which the rate has fallen by 3 % each time."""
        found, at = [0.0], self.half_s / 64
        while at < self.duration_s:
            found.append(at)
            at += (at + self.half_s) / 64
        return (*found, self.duration_s)
