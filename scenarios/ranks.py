"""Draws of ranks 0 to n - 1 by whole-number weights: exact, the same on every machine, O(log n) a draw.

A rank is drawn in proportion to its weight, to within 2**-64. The weights of Zipf's law, 1 / (rank + 1)**s, are whole
multiples of 2**-48 of the first: computed with 40 decimal digits by `decimal`, whose `ln` and `exp` round correctly on
every platform, and rounded. A C library's `pow`, which differs in its last bits from one to the next, plays no part.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scenarios.chance import Chance

FIRST_WEIGHT = 1 << 48
"""Of the first rank of Zipf's law; 10,000 ranks that weigh as much still add up to less than 2**64."""
_FINEST_SHARE = 1_000_000
"""Shares are taken as fractions with at most this denominator."""


def zipf_weights(ranks: int, s: float) -> list[int]:
    """Returns the weights of Zipf's law with exponent s; the last ones are at least 1, so that any rank may come up."""
    exact = Context(prec=40, rounding=ROUND_HALF_EVEN)
    power = Decimal(repr(float(s))).copy_negate()
    shares = (exact.exp(exact.multiply(power, exact.ln(Decimal(rank)))) for rank in range(1, ranks + 1))
    return [max(round(exact.multiply(share, Decimal(FIRST_WEIGHT))), 1) for share in shares]


def hot_weights(ranks: int, share: float) -> list[int]:
    """Returns weights of which the first has this share of all and the others the rest, in equal parts."""
    if ranks == 1:
        return [1]
    part = Fraction(repr(float(share))).limit_denominator(_FINEST_SHARE)
    return [part.numerator * (ranks - 1), *[part.denominator - part.numerator] * (ranks - 1)]


class Ranks:
    """Ranks with whole weights of at least 0, not all of them 0, made ready for many draws."""

    __slots__ = ("_ends", "_weights")

    def __init__(self, weights: Iterable[int]) -> None:
        self._weights: Sequence[int] = tuple(weights)
        self._ends = list(accumulate(self._weights))
        """Where each rank's stretch of the whole ends."""
        if not self._ends or not 0 < self._ends[-1] < 1 << 64:
            raise ValueError("the weights of ranks must add up to more than 0 and less than 2**64")

    def share(self, rank: int) -> float:
        """How often a draw brings this rank, 0 to 1."""
        return self._weights[rank] / self._ends[-1]

    def draw(self, chance: Chance) -> int:
        """Draws one rank."""
        return bisect_right(self._ends, chance.below(self._ends[-1]))

    def sample(self, chance: Chance, count: int) -> list[int]:
        """Draws up to `count` different ranks, each in proportion to the weights of those that are left.

        A draw falls on what is left of the whole; walking past the stretches that were taken puts it in its place.
        """
        left, taken, drawn = self._ends[-1], list[int](), list[int]()
        while len(drawn) < count and left:
            mark = chance.below(left)
            for rank in taken:
                if mark < self._ends[rank] - self._weights[rank]:
                    break
                mark += self._weights[rank]
            rank = bisect_right(self._ends, mark)
            insort(taken, rank)
            drawn.append(rank)
            left -= self._weights[rank]
        return drawn
