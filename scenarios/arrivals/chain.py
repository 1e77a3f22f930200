"""One profile after another: each begins when the one before has had its time."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.arrivals.profile import Profile


@dataclass(frozen=True, slots=True)
class Chain:
    """The parts, one after another, the first from T0 on; raises ValueError when there is none."""

    parts: Sequence[Profile]
    _starts: tuple[float, ...] = field(init=False, repr=False, compare=False)
    """When each part starts, and the end."""
    _before: tuple[float, ...] = field(init=False, repr=False, compare=False)
    """How many have come before each part, and at the end."""

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("a chain needs a part")
        object.__setattr__(self, "parts", tuple(self.parts))
        object.__setattr__(self, "_starts", tuple(accumulate((part.duration_s for part in self.parts), initial=0.0)))
        object.__setattr__(self, "_before", tuple(accumulate((part.total for part in self.parts), initial=0.0)))

    @property
    def duration_s(self) -> float:
        """The end of the last part."""
        return self._starts[-1]

    @property
    def total(self) -> float:
        """How many come in all."""
        return self._before[-1]

    def cumulative(self, t_s: float) -> float:
        """How many have come by `t_s`."""
        if t_s < 0:
            return 0.0
        if t_s >= self.duration_s:
            return self.total
        index = bisect_right(self._starts, t_s) - 1
        return self._before[index] + self.parts[index].cumulative(t_s - self._starts[index])

    def instant(self, count: float) -> float:
        """When the count passes `count`."""
        index = min(bisect_right(self._before, count), len(self.parts)) - 1
        part = self.parts[index]
        return self._starts[index] + part.instant(min(count - self._before[index], part.total))

    def rate(self, at_s: float) -> float:
        """The rate from `at_s` on, in people a second."""
        if not 0 <= at_s < self.duration_s:
            return 0.0
        index = bisect_right(self._starts, at_s) - 1
        return self.parts[index].rate(at_s - self._starts[index])

    def peak(self) -> float:
        """The highest rate, in people a second."""
        return max(part.peak() for part in self.parts)

    def corners(self) -> tuple[float, ...]:
        """Those of all parts."""
        found = (
            start + corner
            for start, part in zip(self._starts, self.parts, strict=False)
            for corner in (*part.corners(), part.duration_s)
        )
        return tuple(sorted({0.0, *found}))
