"""What was counted, interval by interval, comes again exactly: a replayed spike has the counts of the recorded one.

    people                      counts 2 5 1, one interval each
      |            ____
      |        .--'             cumulative(t): straight within an interval, whole at each of its edges
      |       /
      |___.--'_________ t

Evenly spaced, the `c` people of an interval come at its start and then every `interval / c`: all inside it, to the
nanosecond, whatever the interval's neighbours hold. Memory is one figure an interval, whatever the counts.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Counts:
    """`counts[k]` people within [starts_at_s + k * interval_s, that + interval_s); before and after them nobody.

    Raises ValueError when there is no count, one is negative, the interval is not above 0 or begins before T0.
    """

    starts_at_s: float
    interval_s: float
    counts: Sequence[int]
    _before: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """How many have come before each interval, and at the end."""

    def __post_init__(self) -> None:
        if not self.counts:
            raise ValueError("a record without a count cannot be replayed")
        if self.interval_s <= 0 or self.starts_at_s < 0:
            raise ValueError(
                f"counts every {self.interval_s:g} s from {self.starts_at_s:g} s on: an interval is above 0, "
                "and nothing comes before 0"
            )
        at, lowest = min(enumerate(self.counts), key=lambda item: item[1])
        if lowest < 0:
            raise ValueError(f"count {at + 1} is {lowest}: nobody comes less than 0 times")
        object.__setattr__(self, "counts", tuple(self.counts))
        object.__setattr__(self, "_before", tuple(accumulate(self.counts, initial=0)))

    @property
    def duration_s(self) -> float:
        """The end of the last interval."""
        return self.starts_at_s + self.interval_s * len(self.counts)

    @property
    def total(self) -> float:
        """How many come in all: a whole number."""
        return float(self._before[-1])

    def cumulative(self, t_s: float) -> float:
        """How many have come by `t_s`."""
        passed = (t_s - self.starts_at_s) / self.interval_s
        if passed <= 0:
            return 0.0
        index = int(passed)
        if index >= len(self.counts):
            return self.total
        return self._before[index] + self.counts[index] * (passed - index)

    def instant(self, count: float) -> float:
        """When the count passes `count`."""
        index = bisect_right(self._before, count) - 1
        if index >= len(self.counts):
            # All have come: that was at the end of the last interval that holds anybody.
            index = bisect_right(self._before, self._before[-1] - 1)
            return self.starts_at_s + self.interval_s * index
        return self.starts_at_s + self.interval_s * (index + (count - self._before[index]) / self.counts[index])

    def rate(self, at_s: float) -> float:
        """The rate of the interval around `at_s`, in people a second."""
        passed = (at_s - self.starts_at_s) / self.interval_s
        if not 0 <= passed < len(self.counts):
            return 0.0
        return self.counts[int(passed)] / self.interval_s

    def peak(self) -> float:
        """The rate of the fullest interval, in people a second."""
        return max(self.counts) / self.interval_s

    def corners(self) -> tuple[float, ...]:
        """T0 and the edges of all intervals."""
        edges = (self.starts_at_s + self.interval_s * index for index in range(len(self.counts) + 1))
        return tuple(edges) if self.starts_at_s == 0 else (0.0, *edges)
