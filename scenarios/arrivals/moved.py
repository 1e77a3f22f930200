"""A profile changed as a whole: louder or later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scenarios.arrivals.profile import Profile


@dataclass(frozen=True, slots=True)
class Scaled:
    """`factor` (above 0) times as many people, at the same times."""

    part: Profile
    factor: float

    @property
    def duration_s(self) -> float:
        """That of the part."""
        return self.part.duration_s

    @property
    def total(self) -> float:
        """How many come in all."""
        return self.part.total * self.factor

    def cumulative(self, t_s: float) -> float:
        """How many have come by `t_s`."""
        return self.part.cumulative(t_s) * self.factor

    def instant(self, count: float) -> float:
        """When the count passes `count`."""
        return self.part.instant(min(count / self.factor, self.part.total))

    def rate(self, at_s: float) -> float:
        """The rate from `at_s` on, in people a second."""
        return self.part.rate(at_s) * self.factor

    def peak(self) -> float:
        """The highest rate, in people a second."""
        return self.part.peak() * self.factor

    def corners(self) -> tuple[float, ...]:
        """Those of the part."""
        return self.part.corners()


@dataclass(frozen=True, slots=True)
class Shifted:
    """The same people, `by_s` (0 or more) seconds later; before, nobody."""

    part: Profile
    by_s: float

    @property
    def duration_s(self) -> float:
        """The end of the part."""
        return self.part.duration_s + self.by_s

    @property
    def total(self) -> float:
        """How many come in all."""
        return self.part.total

    def cumulative(self, t_s: float) -> float:
        """How many have come by `t_s`."""
        return self.part.cumulative(t_s - self.by_s) if t_s >= self.by_s else 0.0

    def instant(self, count: float) -> float:
        """When the count passes `count`."""
        return self.part.instant(count) + self.by_s

    def rate(self, at_s: float) -> float:
        """The rate from `at_s` on, in people a second."""
        return self.part.rate(at_s - self.by_s)

    def peak(self) -> float:
        """The highest rate, in people a second."""
        return self.part.peak()

    def corners(self) -> tuple[float, ...]:
        """T0 and those of the part."""
        return tuple(sorted({0.0, *(corner + self.by_s for corner in self.part.corners())}))
