"""Intervals of figures, by resampling blocks of whole seconds.

Calls of one second are alike, so seconds are drawn and not calls: a moving-block bootstrap (Künsch 1989) with blocks of
n^(1/3) seconds, seeded, so that the same run has the same interval. A run longer than MOST_BLOCKS seconds is first cut
into that many stretches. The interval is never narrower than the one of independent calls (Wilson's for shares, the
binomial one of ranks for quantiles): a few seconds cannot look more certain than their calls. Of no event at all, or
nothing but events, among n calls, the exact binomial bound is given: 1 - 0.05^(1/n).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from reports.distribution import rank_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

CONFIDENCE = 0.95
"""How often the interval is meant to hold the truth."""
MOST_BLOCKS = 200
DRAWS = 400
"""How many runs are drawn."""
_SEED = 20_251_001
_Z = 1.959964
_TAILS = (2.5, 97.5)


class Interval(NamedTuple):
    """Bounds of a figure; None where nothing was measured."""

    low: float | None
    high: float | None


NO_INTERVAL = Interval(None, None)


def draw_weights(seconds: int) -> NDArray[np.float64]:
    """Returns how often each of so many seconds occurs in each drawn run, shape (DRAWS, seconds)."""
    length = max(1, round(seconds ** (1 / 3)))
    blocks = math.ceil(seconds / length)
    starts = np.random.default_rng(_SEED).integers(0, seconds - length + 1, size=(DRAWS, blocks))
    drawn = (starts[:, :, None] + np.arange(length)[None, None, :]).reshape(DRAWS, -1)[:, :seconds]
    weights = np.zeros((DRAWS, seconds))
    np.add.at(weights, (np.arange(DRAWS)[:, None], drawn), 1.0)
    return weights


def share_interval(events: Mapping[int, int], calls: Mapping[int, int]) -> Interval:
    """Returns the interval of the share of events among calls, both counted by second."""
    total, hits = sum(calls.values()), sum(events.values())
    if total == 0:
        return NO_INTERVAL
    bound = 1 - (1 - CONFIDENCE) ** (1 / total)
    if hits == 0:
        return Interval(0.0, bound)
    if hits == total:
        return Interval(1 - bound, 1.0)
    seconds = sorted(calls)
    weights = _weights_of(seconds)
    counted = np.array([[events.get(second, 0), calls[second]] for second in seconds], float)
    sums = weights @ _stretch(counted, weights.shape[1])
    shares = sums[:, 0] / np.maximum(sums[:, 1], 1)
    drawn = np.percentile(shares, _TAILS)
    wilson = _wilson(hits, total)
    return Interval(float(min(drawn[0], wilson[0])), float(max(drawn[1], wilson[1])))


def settled_by(hits: int, total: int, threshold: float) -> int:
    """Returns with how many calls, all alike as these are, their bound passes a threshold; 0 where they are not alike.

    A share that is nowhere near 0 or 1 has no such number, and a threshold of 0 or 1 is never passed.
    """
    if not 0 < threshold < 1 or hits not in (0, total):
        return 0
    return math.ceil(math.log(1 - CONFIDENCE) / (math.log(threshold) if hits else math.log1p(-threshold)))


def quantile_interval(seconds: Sequence[int], counts: NDArray[np.int64], q: float) -> tuple[int, int]:
    """Returns the columns between which the q-quantile lies.

    `counts` has a row for each of `seconds` and a column for each value, rising, calls that hit their deadline last.
    """
    total = counts.sum(axis=0)
    weights = _weights_of(seconds)
    drawn = np.cumsum(weights @ _stretch(counts.astype(float), weights.shape[1]), axis=1)
    drawn = drawn[drawn[:, -1] > 0]
    ranks = np.maximum(1.0, np.ceil(np.round(q * drawn[:, -1], 6)))
    columns = (drawn < ranks[:, None]).sum(axis=1)
    low, high = np.percentile(columns, _TAILS, method="nearest")
    return min(int(low), _by_rank(total, q, -_Z)), max(int(high), _by_rank(total, q, _Z))


def mean_interval(seconds: Sequence[int], sums: Sequence[float], counts: Sequence[int]) -> Interval:
    """Returns the interval of a mean from the sums and counts of each second."""
    if sum(counts) == 0:
        return NO_INTERVAL
    weights = _weights_of(seconds)
    drawn = weights @ _stretch(np.column_stack([sums, counts]).astype(float), weights.shape[1])
    drawn = drawn[drawn[:, 1] > 0]
    low, high = np.percentile(drawn[:, 0] / drawn[:, 1], _TAILS)
    return Interval(float(low), float(high))


def _weights_of(seconds: Sequence[int]) -> NDArray[np.float64]:
    return draw_weights(min(len(seconds), MOST_BLOCKS))


def _stretch(rows: NDArray[np.float64], stretches: int) -> NDArray[np.float64]:
    """Adds up neighbouring rows until so many are left."""
    if len(rows) == stretches:
        return rows
    edges = np.linspace(0, len(rows), stretches, endpoint=False).astype(int)
    return np.asarray(np.add.reduceat(rows, edges, axis=0))


def _by_rank(total: NDArray[np.int64], q: float, z: float) -> int:
    """The column of the rank that independent calls put at the interval's end."""
    count = int(total.sum())
    moved = q + z * math.sqrt(q * (1 - q) / count)
    rank = rank_of(min(1.0, max(0.0, moved)), count)
    return int(np.searchsorted(np.cumsum(total), rank))


def _wilson(hits: int, total: int) -> tuple[float, float]:
    share, square = hits / total, _Z * _Z
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = _Z * math.sqrt(share * (1 - share) / total + square / (4 * total * total)) / (1 + square / total)
    return middle - half, middle + half
