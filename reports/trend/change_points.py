"""Where a series of runs changed: binary segmentation by means, each cut proved by a permutation test over all series.

Runs follow each other; every figure of theirs is a series. For every place with FEWEST runs on either side, and every
series, the means before and after are held against each other: by the share of the series' variance that lies between
them (binary segmentation, Scott and Knott 1974, Biometrics 30, 507-512). The largest of all series and places counts.

If nothing changed, any order of the runs is as likely as the one seen. So the runs are shuffled SHUFFLES times, seeded,
all their figures together, for how large it gets by chance (the largest of many statistics, Westfall and Young 1993,
Resampling-Based Multiple Testing): however many figures are looked at, and however they hang together, of histories in
which nothing changed at most 5 in 100 show a change. Where one shows, both parts are searched on.

One wild run is no change: it makes the variance large on its own side. Fewer than LEAST_RUNS runs cannot show a change
whatever they are. A run that lacks a figure counts as the mean of the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

SIGNIFICANCE = 0.05
SHUFFLES = 1999
FEWEST = 3
"""So many runs stand on either side of a change at least."""
LEAST_RUNS = 8
"""Of fewer runs too few orders are possible for any of them to be unlikely."""
_SEED = 20_261_127


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """A place in a history where figures changed."""

    at: int
    """The first run of what came after, counted from 0."""
    series: tuple[str, ...]
    """The names of the figures that changed there, the clearest first."""
    chance: float
    """How often so large a change comes by chance."""


def change_points(series: Mapping[str, Sequence[float | None]]) -> list[ChangePoint]:
    """Returns the change points of series of equal length, in order; equal series give equal points."""
    names = sorted(series)
    values = np.array([[np.nan if value is None else value for value in series[name]] for name in names], float)
    if not names:
        return []
    return sorted(_search(names, values, 0), key=lambda point: point.at)


def _search(names: Sequence[str], values: NDArray[np.float64], offset: int) -> list[ChangePoint]:
    runs = values.shape[1]
    if runs < LEAST_RUNS:
        return []
    rows = standardised(values)
    seen = statistics(rows[None])[0]
    by_chance = np.sort(_by_chance(rows))
    # The order that was seen is one of those that may come.
    beyond = len(by_chance) - np.searchsorted(by_chance, seen.max() - 1e-9)
    chance = float(1 + beyond) / (1 + len(by_chance))
    if chance > SIGNIFICANCE:
        return []
    place = int(seen.max(axis=0).argmax())
    critical = by_chance[int(np.ceil((1 - SIGNIFICANCE) * len(by_chance))) - 1]
    clear = [index for index in np.argsort(-seen[:, place], kind="stable") if seen[index, place] >= critical]
    at = place + FEWEST
    point = ChangePoint(offset + at, tuple(names[index] for index in clear), chance)
    before, after = _search(names, values[:, :at], offset), _search(names, values[:, at:], offset + at)
    return [*before, point, *after]


def standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns each row, of shape (series, runs), with mean 0 and variance 1.

    What is not there (NaN) becomes 0, the mean, and a row without two different values is all 0.
    """
    known = ~np.isnan(values)
    means = np.where(known, values, 0).sum(axis=1, keepdims=True) / np.maximum(known.sum(axis=1, keepdims=True), 1)
    centred = np.where(known, values - means, 0)
    scale = np.sqrt((centred**2).mean(axis=1, keepdims=True))
    # What subtraction left of equal values is no difference.
    differs = scale > 1e-12 * np.abs(means)
    return np.where(differs, centred / np.where(differs, scale, 1.0), 0.0)


def statistics(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns which share of the variance lies between the means before and after each place.

    From standardised rows of shape (orders, series, runs) to (orders, series, places); place 0 has FEWEST runs before.
    """
    runs = rows.shape[-1]
    before = np.arange(FEWEST, runs - FEWEST + 1)
    sums = np.cumsum(rows, axis=-1)[..., before - 1]
    return np.asarray(sums**2 / (before * (runs - before)), np.float64)


def _by_chance(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest statistic of all series and places, for each shuffled order of the runs."""
    orders = _orders(rows.shape[1])
    # Few orders at a time: thousands of orders of hundreds of runs with dozens of series would fill the memory.
    step = max(1, 2_000_000 // rows.size)
    parts = [
        statistics(rows[:, orders[first : first + step]].transpose(1, 0, 2)).max(axis=(1, 2))
        for first in range(0, len(orders), step)
    ]
    return np.concatenate(parts)


@lru_cache(maxsize=16)
def _orders(runs: int) -> NDArray[np.int64]:
    """SHUFFLES orders of so many runs, shape (SHUFFLES, runs)."""
    chance = np.random.default_rng([_SEED, runs])
    return np.array([chance.permutation(runs) for _ in range(SHUFFLES)])
