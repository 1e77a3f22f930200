"""From a profile to planned instants: whole nanoseconds after T0, by chunk, in order, in constant memory.

Chunk k is the stretch in which the count of people rises from k to k + 1. Its arrivals come from (profile, spacing,
seed, k) alone, so that workers can take chunks in stripes without talking to each other:

    spacing even      one arrival, at the instant when the count is k: every interval holds its integral, +- 1
    spacing poisson   Poisson(1) arrivals, uniform in the chunk's count: together a Poisson process of this rate

The last, partial chunk of an even plan counts whole; that of a Poisson plan loses what lies beyond the total. Worker i
of n takes the chunks k with k % n == i. An arrival's number is k when even, `16 * k + place` when Poisson: unique in
the plan, the same whoever drives it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args

from scenarios.chance import Chance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scenarios.arrivals.profile import Profile

Spacing: TypeAlias = Literal["even", "poisson"]
SPACINGS: tuple[str, ...] = get_args(Spacing)

PLACES = 16
"""Numbers that a Poisson chunk can give away; one of more arrivals has a chance of 1 in 10**14."""

_POISSON_ONE: tuple[float, ...] = (
    0.36787944117144233,
    0.7357588823428847,
    0.9196986029286058,
    0.9810118431238462,
    0.9963401531726563,
    0.9994058151824183,
    0.999916758850712,
    0.9999897508033253,
    0.999998874797402,
    0.9999998885745217,
    0.9999999899522336,
    0.9999999991683892,
    0.9999999999364022,
    0.9999999999954802,
    0.9999999999997,
    1.0,
)
"""The chance that a Poisson variable of mean 1 is at most 0, 1, 2, … (written out, not computed: see chance.py)."""

_ROUNDING = 1e-9
"""A total this close above a whole number is that number: 0.1 + 0.2 people more are no person."""


class Arrival(NamedTuple):
    """One person's planned coming."""

    number: int
    """Unique in the plan; all that the person wants is drawn from it."""
    at_ns: int
    """Nanoseconds after T0."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every planned arrival of a profile. Equal fields give equal arrivals, to the nanosecond, anywhere."""

    profile: Profile
    spacing: Spacing
    seed: int

    @property
    def chunks(self) -> int:
        """How many chunks there are."""
        return max(math.ceil(self.profile.total - _ROUNDING), 0)

    def chunk(self, index: int) -> list[Arrival]:
        """Returns the arrivals of one chunk, in order. Raises IndexError beyond the last."""
        if not 0 <= index < self.chunks:
            raise IndexError(f"chunk {index} of {self.chunks}")
        if self.spacing == "even":
            return [Arrival(index, self._ns(index))]
        return self._poisson(index)

    def arrivals(self, stripe: int = 0, of: int = 1) -> Iterator[Arrival]:
        """Yields the arrivals of one stripe of `of`, in order of time; all stripes together are the plan."""
        if not 0 <= stripe < of:
            raise ValueError(f"no stripe {stripe} of {of}: stripes count from 0")
        return self._walk(stripe, of)

    def _walk(self, stripe: int, of: int) -> Iterator[Arrival]:
        if self.spacing == "even":
            for index in range(stripe, self.chunks, of):
                yield Arrival(index, self._ns(index))
            return
        for index in range(stripe, self.chunks, of):
            yield from self._poisson(index)

    def _poisson(self, index: int) -> list[Arrival]:
        chance = Chance(self.seed, "arrivals", index)
        mark = chance.uniform()
        count = next(number for number, limit in enumerate(_POISSON_ONE) if mark < limit)
        counts = sorted(index + chance.uniform() for _ in range(count))
        inside = [place for place in counts if place < self.profile.total]
        return [Arrival(index * PLACES + place, self._ns(at)) for place, at in enumerate(inside)]

    def _ns(self, count: float) -> int:
        return round(self.profile.instant(count) * 1e9)
