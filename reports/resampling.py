"""Intervals of figures, by resampling blocks of whole seconds.

Calls of one second are alike, and seconds are like their neighbours. So the standard error of a figure comes from a
moving-block bootstrap (Künsch 1989, Annals of Statistics 17, 1217–1241): blocks of neighbouring seconds are drawn and
not calls, seeded, so that the same run has the same interval. Blocks are BLOCK √n seconds long. A run of more than
MOST_BLOCKS seconds is first added up to that many stretches.

Every figure is a ratio of sums over seconds: events by calls, the calls up to a percentile by all, milliseconds by
calls. The interval of a share has Wilson's form for as many independent calls as the seconds were worth (Korn and
Graubard 1998), that of a percentile lies between the percentiles at the ends of its share's interval (Woodruff 1952),
that of a mean is symmetric. Student's factor counts the blocks, and as few seconds know little of their dependence,
everything is wider by 1/√n + WIDER_BY/n: for runs of 300 s and more the truth lies inside in 93 to 97 of 100 runs,
where the dependence of neighbouring seconds is at most 0.6; docs/verdict.md has what was measured for shorter ones.

An interval is never narrower than that of independent calls. Of no event at all, or nothing but events, among n calls,
the exact binomial bound is given: 1 - 0.05^(1/n) (Clopper and Pearson 1934).
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from reports import wording

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

CONFIDENCE = 0.95
"""How often the interval is meant to hold the truth."""
MOST_BLOCKS = 200
"""So many stretches of time are told apart at most."""
DRAWS = 1000
"""How many runs are drawn."""
BLOCK = 1.3
WIDER_BY = 8.0
_SEED = 20_251_001


class Interval(NamedTuple):
    """Bounds of a figure; None where nothing was measured."""

    low: float | None
    high: float | None


NO_INTERVAL = Interval(None, None)


class Spread(NamedTuple):
    """How far a ratio may be off."""

    standard_error: float
    factor: float
    """How many standard errors the interval reaches either way."""
    least: float
    """How many standard errors of independent calls it reaches at least: these are many, and need no factor of
    Student's."""


def share_interval(events: Mapping[int, int], calls: Mapping[int, int], confidence: float = CONFIDENCE) -> Interval:
    """Returns the interval of the share of events among calls, both counted by second."""
    total, hits = sum(calls.values()), sum(events.values())
    if total == 0:
        return NO_INTERVAL
    bound = shown_at_least(total, confidence)
    if hits == 0:
        return Interval(0.0, bound)
    if hits == total:
        return Interval(1 - bound, 1.0)
    return Interval(*_share_ends(hits / total, events, calls, hits / total, confidence))


def levels(
    below: Mapping[int, int], calls: Mapping[int, int], q: float, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """Returns the shares of calls between whose percentiles the q-quantile lies; `below` counts those up to it."""
    reached = sum(below.values()) / sum(calls.values())
    return _share_ends(q, below, calls, reached, confidence)


def mean_interval(
    sums: Mapping[int, float], counts: Mapping[int, int], scatter: float = 0.0, confidence: float = CONFIDENCE
) -> Interval:
    """Returns the interval of a mean from the sums and counts of each second, and the calls' standard deviation."""
    total = sum(counts.values())
    if total == 0:
        return NO_INTERVAL
    mean = sum(sums.values()) / total
    spread = ratio_spread(sums, counts, confidence)
    reach = max(spread.factor * spread.standard_error, spread.least * scatter / math.sqrt(total))
    return Interval(mean - reach, mean + reach)


def shown_at_least(count: int, confidence: float = CONFIDENCE) -> float:
    """The share of events from which on at least one would have shown among so many, this surely."""
    return float(1 - (1 - confidence) ** (1 / count)) if count else 1.0


def would_have_shown(count: int, confidence: float = CONFIDENCE) -> str:
    """Says how much would have shown among so many: `more than 0.17 % would have shown (95 %)`."""
    return f"more than {wording.share(shown_at_least(count, confidence))} would have shown ({confidence * 100:g} %)"


def settled_by(hits: int, total: int, threshold: float, confidence: float = CONFIDENCE) -> int:
    """Returns with how many calls, all alike as these are, their bound passes a threshold; 0 where they are not alike.

    A share that is nowhere near 0 or 1 has no such number, and a threshold of 0 or 1 is never passed.
    """
    if not 0 < threshold < 1 or hits not in (0, total):
        return 0
    return math.ceil(math.log(1 - confidence) / (math.log(threshold) if hits else math.log1p(-threshold)))


def ratio_spread(numerators: Mapping[int, float], calls: Mapping[int, int], confidence: float = CONFIDENCE) -> Spread:
    """Returns how far the ratio of two sums over seconds may be off; seconds without a call do not count."""
    seconds = [second for second in sorted(calls) if calls[second]]
    rows = np.array([[numerators.get(second, 0), calls[second]] for second in seconds], float)
    units = _stretched(rows)
    drawn = draw_weights(len(units)) @ units
    ratios = drawn[:, 0] / np.maximum(drawn[:, 1], 1e-300)
    normal, wider = NormalDist().inv_cdf((1 + confidence) / 2), _wider(len(seconds))
    freedom = max(1.0, 1.5 * len(units) / block_length(len(units)) - 1)
    return Spread(float(ratios.std()), _students(normal, freedom) * wider, normal * wider)


def block_length(units: int) -> int:
    """How many neighbours are drawn together."""
    return max(1, min(units, round(BLOCK * math.sqrt(units))))


def _share_ends(
    share: float, events: Mapping[int, int], calls: Mapping[int, int], reached: float, confidence: float
) -> tuple[float, float]:
    """Wilson's ends of `share` for as many independent calls as these were worth, by how `reached` scatters."""
    total = sum(calls.values())
    spread = ratio_spread(events, calls, confidence)
    independent = reached * (1 - reached) / total
    apart = spread.standard_error**2 / independent if independent > 0 else 0.0
    worth = total / max((spread.least / spread.factor) ** 2, apart)
    square = spread.factor**2
    middle = (share + square / (2 * worth)) / (1 + square / worth)
    inside = share * (1 - share) / worth + square / (4 * worth * worth)
    half = spread.factor * math.sqrt(inside) / (1 + square / worth)
    return max(0.0, middle - half), min(1.0, middle + half)


def _wider(seconds: int) -> float:
    """By how much an interval is widened because so few seconds know little of their dependence."""
    return 1 + 1 / math.sqrt(seconds) + WIDER_BY / seconds


def _students(z: float, freedom: float) -> float:
    """Student's quantile from the normal one (Hill 1970, by powers of 1/freedom)."""
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3


@lru_cache(maxsize=64)
def draw_weights(units: int) -> NDArray[np.float64]:
    """Returns how often each of so many units occurs in each drawn run, shape (DRAWS, units)."""
    length = block_length(units)
    blocks = math.ceil(units / length)
    starts = np.random.default_rng(_SEED).integers(0, units - length + 1, size=(DRAWS, blocks))
    drawn = (starts[:, :, None] + np.arange(length)[None, None, :]).reshape(DRAWS, -1)[:, :units]
    places = drawn + units * np.arange(DRAWS)[:, None]
    return np.bincount(places.ravel(), minlength=DRAWS * units).reshape(DRAWS, units).astype(float)


def _stretched(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adds up neighbouring rows until no more than MOST_BLOCKS are left."""
    if len(rows) <= MOST_BLOCKS:
        return rows
    edges = np.linspace(0, len(rows), MOST_BLOCKS, endpoint=False).astype(int)
    return np.asarray(np.add.reduceat(rows, edges, axis=0))
