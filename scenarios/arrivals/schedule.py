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

from scenarios.arrivals.poisson import Crowds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scenarios.arrivals.profile import Profile

Spacing: TypeAlias = Literal["even", "poisson"]
SPACINGS: tuple[Spacing, ...] = get_args(Spacing)

_ROUNDING, _ROUNDING_SHARE = 1e-9, 1e-12
"""A total this close above a whole number, or by this share, is that number: 0.1 + 0.2 people more are no person."""


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
        total = self.profile.total
        return max(math.ceil(total - max(_ROUNDING, _ROUNDING_SHARE * total)), 0)

    @property
    def planned(self) -> int:
        """How many arrivals there are: as many as chunks when even; when Poisson they are drawn, and counted."""
        if self.spacing == "even" or not self.chunks:
            return self.chunks
        last = self.chunks - 1
        return Crowds(self.seed).count(range(last)) + len(self.chunk(last))

    def chunk(self, index: int) -> list[Arrival]:
        """Returns the arrivals of one chunk, in order. Raises IndexError beyond the last."""
        if not 0 <= index < self.chunks:
            raise IndexError(f"chunk {index} of {self.chunks}")
        return list(self._walk(range(index, index + 1)))

    def arrivals(self, stripe: int = 0, of: int = 1) -> Iterator[Arrival]:
        """Yields the arrivals of one stripe of `of`, in order of time; all stripes together are the plan."""
        if not 0 <= stripe < of:
            raise ValueError(f"no stripe {stripe} of {of}: stripes count from 0")
        return self._walk(range(stripe, self.chunks, of))

    def _walk(self, chunks: range) -> Iterator[Arrival]:
        instant = self.profile.instant
        if self.spacing == "even":
            for index in chunks:
                yield Arrival(index, round(instant(index) * 1e9))
        else:
            for number, place in Crowds(self.seed).places(chunks, self.profile.total):
                yield Arrival(number, round(instant(place) * 1e9))
