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
    """`rate * duration_s` people, about half of them within the first `half_s` seconds."""

    rate: float
    """The mean over the duration, in people a second."""
    duration_s: float
    half_s: float = 5.0

    @property
    def total(self) -> float:
        """How many come in all."""
        return self.rate * self.duration_s

    def cumulative(self, t_s: float) -> float:
        """How many have come by `t_s`."""
        t = min(max(t_s, 0.0), self.duration_s)
        return self.total * (self.duration_s + self.half_s) / self.duration_s * t / (t + self.half_s)

    def instant(self, count: float) -> float:
        """When `count` have come."""
        whole = self.total * (self.duration_s + self.half_s)
        return count * self.duration_s * self.half_s / (whole - count * self.duration_s)

    def peak(self) -> float:
        """The rate at T0, in people a second."""
        return self.total * (self.duration_s + self.half_s) / (self.duration_s * self.half_s)
