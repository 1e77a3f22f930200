"""Profiles beside each other: their people are counted as one crowd, and spaced as one.

    rate |     |         cumulative(t) is the sum; its inverse is found between two corners (where a part's rate jumps
         |   __|__       or bends), whose counts are in a table: straight rates by a square root, others by a few of
         |__|__|__|__ t  Newton's steps from there, held between the corners

The answer for a count depends on that count alone, never on the one asked before, so that stripes agree. Memory is six
figures a corner.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from scenarios.arrivals.profile import along

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.arrivals.profile import Profile

_NEAR_S, _NEAR_SHARE = 1e-12, 4e-16
"""What is left to search, in seconds or as a share of the time, where the search ends: far below a nanosecond."""
_MOST_STEPS = 100
"""Halving alone needs 60 from a whole day."""
_STRAIGHT = 1e-9
"""A stretch whose count is that of a straight rate, to this share, is straight."""


class _Stretch(NamedTuple):
    """From one corner to the next."""

    start_s: float
    length_s: float
    before: float
    """How many have come by its start, those of the very instant included."""
    within: float
    """How many come after its start and before its end."""
    first: float
    last: float
    straight: bool


@dataclass(frozen=True, slots=True)
class Sum:
    """All people of all parts, from T0 on; raises ValueError when there is no part."""

    parts: Sequence[Profile]
    _stretches: tuple[_Stretch, ...] = field(init=False, repr=False, compare=False)
    _before: tuple[float, ...] = field(init=False, repr=False, compare=False)
    """How many have come by each corner, those of the very instant included."""

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("a sum needs a part")
        object.__setattr__(self, "parts", tuple(self.parts))
        corners = self.corners()
        stretches = tuple(self._stretch(corners[index], corners[index + 1]) for index in range(len(corners) - 1))
        object.__setattr__(self, "_stretches", stretches)
        object.__setattr__(self, "_before", tuple(self.cumulative(corner) for corner in corners))

    def _stretch(self, start_s: float, end_s: float) -> _Stretch:
        just_before = math.nextafter(end_s, start_s)
        first, last = self.rate(math.nextafter(start_s, end_s)), self.rate(just_before)
        before, length_s = self.cumulative(start_s), end_s - start_s
        within = self.cumulative(just_before) - before
        straight = abs((first + last) / 2 * length_s - within) <= _STRAIGHT * within
        return _Stretch(start_s, length_s, before, within, first, last, straight)

    @property
    def duration_s(self) -> float:
        """The end of the part that ends last."""
        return max(part.duration_s for part in self.parts)

    @property
    def total(self) -> float:
        """How many come in all."""
        total = 0.0
        for part in self.parts:
            total += part.total
        return total

    def cumulative(self, t_s: float) -> float:
        """How many have come by `t_s`."""
        total = 0.0
        for part in self.parts:
            total += part.cumulative(t_s)
        return total

    def instant(self, count: float) -> float:
        """When the count passes `count`."""
        index = bisect_right(self._before, count) - 1
        if index >= len(self._stretches):
            return max(part.instant(part.total) for part in self.parts)
        start_s, length_s, before, within, first, last, straight = self._stretches[index]
        into = count - before
        if into >= within:
            # Among those who come in the very instant of the next corner.
            return start_s + length_s
        guess_s = along(into, first, last, length_s)
        return start_s + guess_s if straight else self._search(count, self._stretches[index], start_s + guess_s)

    def _search(self, count: float, stretch: _Stretch, at_s: float) -> float:
        low = stretch.start_s
        high = low + stretch.length_s
        bend = abs(stretch.last - stretch.first) / stretch.length_s
        for _ in range(_MOST_STEPS):
            over, rate = self.cumulative(at_s) - count, self.rate(at_s)
            if over > 0:
                high = at_s
            else:
                low = at_s
            further = at_s - over / rate if rate > 0 else low
            if low <= further <= high:
                # Newton's next step would be about this long.
                left = (further - at_s) * (further - at_s) * bend / rate if rate > 0 else high - low
            else:
                further = (low + high) / 2
                left = high - low
            at_s = further
            if left <= _NEAR_S + _NEAR_SHARE * at_s:
                break
        return at_s

    def rate(self, at_s: float) -> float:
        """The rate from `at_s` on, in people a second."""
        total = 0.0
        for part in self.parts:
            total += part.rate(at_s)
        return total

    def peak(self) -> float:
        """The highest rate, in people a second."""
        ends = max(max(stretch.first, stretch.last) for stretch in self._stretches)
        return max(ends, *(self.rate(corner) for corner in self.corners()))

    def corners(self) -> tuple[float, ...]:
        """Those of all parts, and their ends."""
        return tuple(sorted({0.0, *(corner for part in self.parts for corner in (*part.corners(), part.duration_s))}))
