"""A profile says how many people have come by an instant, as a pure function; everything about pace follows from it.

    people
      |            ________      cumulative(t): never falls, 0 at t = 0, `total` at t = duration_s
      |        ___/
      |    ___/                  rate(t) is its slope; instant(n) its inverse: when the count passes n
      |___/___________ t

All of these use only + - * / and the square root on binary floating point, which IEEE 754 has every machine round
alike, and comparisons; so do the planned nanoseconds that come of them. (Sines, logarithms and powers of the C library
differ in their last digit; none is called.)

To bring a profile of your own, offer these seven; `Sum` and the other compositions take it as one of theirs.
"""

from __future__ import annotations

from math import sqrt
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
        """The last second at which no more than `count` people have come (0 <= count < total): the next comes then.

        For a count of `total`, the first second at which all have come.
        """
        ...

    def rate(self, at_s: float) -> float:
        """The planned rate from `at_s` on, in people a second; infinite where many come in this very instant."""
        ...

    def peak(self) -> float:
        """The highest rate, in people a second; infinite when many come in one instant."""
        ...

    def corners(self) -> tuple[float, ...]:
        """The seconds, rising, where the rate jumps or bends; between two of them it is smooth."""
        ...


def along(count: float, first: float, last: float, length_s: float) -> float:
    """How many seconds into a stretch, whose rate goes straight from `first` to `last`, `count` people have come.

    The quadratic's root in the form that does not cancel; what rounding adds beyond the stretch is cut off.
    """
    if count <= 0:
        return 0.0
    beneath = first * first + 2 * count * (last - first) / length_s
    return min(2 * count / (first + sqrt(beneath if beneath > 0 else 0.0)), length_s)
