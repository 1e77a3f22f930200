"""Rates that go in straight lines: ramps, stages, steps and spikes are all made of them.

rate |      ____
     |    /     |___        each line: how long, from which rate, to which
     |__/           |___
     |__________________ t

Within a line the count is a quadratic of time, and its inverse one square root. Where a line ends and the next begins
at another rate, the rate jumps. Memory is four figures a line.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from scenarios.arrivals.profile import along

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Line(NamedTuple):
    """A stretch of `length_s` seconds whose rate goes straight from `first` to `last`, in people a second."""

    length_s: float
    first: float
    last: float

    @property
    def people(self) -> float:
        """How many come within it."""
        return (self.first + self.last) / 2 * self.length_s


@dataclass(frozen=True, slots=True)
class Lines:
    """One line after another, from T0 on; those of no length are a jump of the rate and nothing else.

    Raises ValueError when all have no length, a length or rate is negative, or nobody comes at all.
    """

    lines: Sequence[Line]
    _starts: tuple[float, ...] = field(init=False, repr=False, compare=False)
    """When each line starts, and the end."""
    _before: tuple[float, ...] = field(init=False, repr=False, compare=False)
    """How many have come before each line, and at the end."""

    def __post_init__(self) -> None:
        if any(min(line) < 0 for line in self.lines):
            raise ValueError("a length or a rate below 0")
        lines = tuple(line for line in self.lines if line.length_s > 0)
        object.__setattr__(self, "lines", lines)
        object.__setattr__(self, "_starts", tuple(accumulate((line.length_s for line in lines), initial=0.0)))
        object.__setattr__(self, "_before", tuple(accumulate((line.people for line in lines), initial=0.0)))
        if self.total <= 0:
            raise ValueError("nobody comes at all: one rate must be above 0 for a while")

    @property
    def duration_s(self) -> float:
        """The end of the last line."""
        return self._starts[-1]

    @property
    def total(self) -> float:
        """How many come in all."""
        return self._before[-1]

    def cumulative(self, t_s: float) -> float:
        """How many have come by `t_s`."""
        if t_s <= 0:
            return 0.0
        if t_s >= self.duration_s:
            return self.total
        index = bisect_right(self._starts, t_s) - 1
        length_s, first, last = self.lines[index]
        into_s = t_s - self._starts[index]
        most = self._before[index + 1] - self._before[index]
        return self._before[index] + min(into_s * (first + (last - first) * into_s / length_s / 2), most)

    def instant(self, count: float) -> float:
        """When the count passes `count`."""
        index = bisect_right(self._before, count) - 1
        if index >= len(self.lines):
            # All have come: that was at the end of the last line that brings anybody.
            return self._starts[self._before.index(self.total)]
        length_s, first, last = self.lines[index]
        return self._starts[index] + along(count - self._before[index], first, last, length_s)

    def rate(self, at_s: float) -> float:
        """The rate from `at_s` on, in people a second."""
        if not 0 <= at_s < self.duration_s:
            return 0.0
        index = bisect_right(self._starts, at_s) - 1
        length_s, first, last = self.lines[index]
        return first + (last - first) * (at_s - self._starts[index]) / length_s

    def peak(self) -> float:
        """The highest rate, in people a second."""
        return max(max(line.first, line.last) for line in self.lines)

    def corners(self) -> tuple[float, ...]:
        """Where lines meet, the beginning and the end."""
        return self._starts


def ramp(start: float, target: float, duration_s: float) -> Lines:
    """From one rate straight to another."""
    return Lines((Line(duration_s, start, target),))


def stages(start: float, stages: Iterable[tuple[float, float]]) -> Lines:
    """As k6 has it: within each (duration in s, target), the rate goes straight from where it was to the target."""
    lines = []
    for length_s, target in stages:
        lines.append(Line(length_s, start, target))
        start = target
    return Lines(lines)


def step(levels: Sequence[float], each_s: float) -> Lines:
    """One level after another, each for the same time."""
    return Lines([Line(each_s, level, level) for level in levels])


def spike(
    base: float, peak: float, duration_s: float, at_s: float, rise_s: float, hold_s: float, fall_s: float
) -> Lines:
    """`base`, but from `at_s` on up to `peak` within `rise_s`, there for `hold_s`, and back within `fall_s`.

    Raises ValueError when it does not fit in the duration.
    """
    after_s = duration_s - (at_s + rise_s + hold_s + fall_s)
    if after_s < -1e-9 * duration_s:
        raise ValueError(
            f"a spike from {at_s:g} s, {rise_s:g} + {hold_s:g} + {fall_s:g} s long, does not fit in {duration_s:g} s"
        )
    lines = Line(at_s, base, base), Line(rise_s, base, peak), Line(hold_s, peak, peak), Line(fall_s, peak, base)
    return Lines((*lines, Line(max(after_s, 0.0), base, base)))
