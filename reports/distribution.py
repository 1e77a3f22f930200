"""Distributions of times in which calls that hit their deadline rank above every answer.

Rank definition: the q-quantile of n samples is the one of rank ceil(q n), counted from the smallest, so it is always a
value that was measured, within the histograms' error of 0.1 % and half a nanosecond. Of a call that hit its deadline
only a lower bound is known; the bounds are ordered among themselves, after every answer, which makes a quantile that
falls among them a lower bound of the true one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from reports.remembered import Packed, added

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from reports.evidence_view import Tally

MS = 1e6
"""Nanoseconds in a millisecond."""


class Figure(NamedTuple):
    """A time in milliseconds, None where nothing was measured."""

    value: float | None
    censored: bool = False
    """It is a lower bound."""


NOT_MEASURED = Figure(None)


@dataclass(frozen=True)
class Distribution:
    """Times in nanoseconds with how many there are of each; answers and deadlines apart."""

    values: NDArray[np.int64]
    """Answered in this time, rising."""
    counts: NDArray[np.int64]
    bounds: NDArray[np.int64]
    """Gave up after this time, rising."""
    bound_counts: NDArray[np.int64]
    total_ns: int = 0
    """The exact sum, deadlines counted at their deadline."""
    longest_ns: int = 0
    """The longest answer, exactly; 0 when there is none."""

    @classmethod
    def of(cls, answered: Iterable[Tally], gave_up: Iterable[Tally] = ()) -> Distribution:
        """Merges histograms of answers and of calls that hit their deadline."""
        answers, limits = list(answered), list(gave_up)
        return cls(
            *merged(answers),
            *merged(limits),
            total_ns=sum(tally.sum for tally in answers + limits),
            longest_ns=max((tally.max for tally in answers), default=0),
        )

    @property
    def answered(self) -> int:
        """How many were answered."""
        return int(self.counts.sum())

    @property
    def censored(self) -> int:
        """How many hit their deadline."""
        return int(self.bound_counts.sum())

    @property
    def count(self) -> int:
        """How many there are, both kinds together."""
        return self.answered + self.censored

    def quantile(self, q: float) -> Figure:
        """Returns the q-quantile, 0 < q <= 1, in milliseconds."""
        if not 0 < q <= 1:
            raise ValueError(f"a quantile lies above 0 and up to 1, not at {q}")
        if self.count == 0:
            return NOT_MEASURED
        rank = rank_of(q, self.count)
        if rank > self.answered:
            return Figure(_at_rank(self.bounds, self.bound_counts, rank - self.answered) / MS, True)
        value = _at_rank(self.values, self.counts, rank)
        return Figure(min(value, self.longest_ns or value) / MS)

    @property
    def largest(self) -> Figure:
        """The largest, in milliseconds; a lower bound as soon as one call hit its deadline.

        Deadlines differ, so an answer may have taken longer than the longest deadline that was hit.
        """
        if self.censored:
            return Figure(max(int(self.bounds[-1]), self.longest_ns) / MS, True)
        return Figure(self.longest_ns / MS) if self.answered else NOT_MEASURED

    @property
    def smallest(self) -> Figure:
        """The smallest, in milliseconds; a lower bound where every call hit its deadline."""
        if self.answered:
            return Figure(int(self.values[0]) / MS)
        return Figure(int(self.bounds[0]) / MS, True) if self.censored else NOT_MEASURED

    @property
    def scatter_ms(self) -> float:
        """The standard deviation, in milliseconds, deadlines counted at their deadline; 0 where there is none."""
        values = np.concatenate([self.values, self.bounds]) / MS
        weights = np.concatenate([self.counts, self.bound_counts])
        if not self.count:
            return 0.0
        mean = float(values @ weights) / self.count
        return math.sqrt(float(((values - mean) ** 2) @ weights) / self.count)

    @property
    def mean(self) -> Figure:
        """The mean, in milliseconds; a lower bound as soon as one call hit its deadline."""
        return Figure(self.total_ns / self.count / MS, self.censored > 0) if self.count else NOT_MEASURED


def rank_of(q: float, count: int) -> int:
    """Returns the rank, from 1, of the q-quantile of so many; what floats add above a whole number is taken off."""
    return max(1, math.ceil(round(q * count, 6)))


def merged(tallies: Iterable[Tally]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Adds histograms up into values, rising, and counts."""
    some = list(tallies)
    if not some:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    packed = [tally for tally in some if isinstance(tally, Packed)]
    if len(packed) == len(some):
        return added(packed)
    pairs = [tally.buckets() for tally in some]
    values, place = np.unique(np.concatenate([values for values, _ in pairs]), return_inverse=True)
    counts = np.zeros(len(values), np.int64)
    np.add.at(counts, place, np.concatenate([counts for _, counts in pairs]))
    return values.astype(np.int64), counts


def up_to(tally: Tally, bound_ns: int) -> int:
    """Returns how many of a histogram's values are reported as no larger than a bound."""
    if isinstance(tally, Packed):
        return tally.up_to(bound_ns)
    values, amounts = tally.buckets()
    return int(amounts[: np.searchsorted(values, bound_ns, side="right")].sum())


def _at_rank(values: NDArray[np.int64], counts: NDArray[np.int64], rank: int) -> int:
    return int(values[int(np.searchsorted(np.cumsum(counts), rank))])
