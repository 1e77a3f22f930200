"""How often the intervals of a verdict hold the truth, on made-up runs of which the truth is known.

The dependence between seconds is stated: the level of every second follows the level before it (an autoregression of
first order, AR(1), with the coefficient `rho`), and calls scatter around their second's level. Latencies are lognormal,
errors come with a probability that moves with the level. 30 calls a second on average, and a scatter of the level that
makes seconds differ visibly: its standard deviation is 0.3 of the logarithm of latencies, 0.8 of that of error rates.

`inside` is the share of runs whose 95 % interval held the truth, `wide` the interval's median width as a share of the
truth. A run of 300 s and more has to have 0.93 to 0.97 inside up to a rho of 0.6.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist, median
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.table import Table
from reports.distribution import rank_of
from reports.resampling import levels, mean_interval, share_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

RUNS = 1000
CALLS_A_SECOND = 30
LENGTHS_S = (10, 20, 30, 60, 120, 300, 600, 1200)
RHOS = (0.0, 0.3, 0.6, 0.8)
Q, ERROR_RATE = 0.95, 0.02
LATENCY_LEVEL, ERROR_LEVEL, SCATTER = 0.3, 0.8, 0.5


@dataclass(frozen=True)
class Drawn:
    """An interval of a made-up run, and the truth."""

    low: float
    high: float
    truth: float

    @property
    def inside(self) -> bool:
        """The interval holds the truth."""
        return self.low <= self.truth <= self.high


def level_of(chance: np.random.Generator, seconds: int, rho: float) -> NDArray[np.float64]:
    """Levels of so many seconds, of variance 1, each following the one before."""
    moves = chance.standard_normal(seconds) * math.sqrt(1 - rho * rho)
    found = np.empty(seconds)
    level = float(chance.standard_normal())
    for second in range(seconds):
        level = rho * level + float(moves[second])
        found[second] = level
    return found


def _latencies(chance: np.random.Generator, seconds: int, rho: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The second of each call, and its latency."""
    level = LATENCY_LEVEL * level_of(chance, seconds, rho)
    at = np.repeat(np.arange(seconds), chance.poisson(CALLS_A_SECOND, seconds))
    return at, np.exp(level[at] + SCATTER * chance.standard_normal(len(at)))


def percentile(chance: np.random.Generator, seconds: int, rho: float) -> Drawn:
    """The P95 of one run."""
    at, values = _latencies(chance, seconds, rho)
    ranked = np.sort(values)
    bound = ranked[rank_of(Q, len(ranked)) - 1]
    calls = np.bincount(at, minlength=seconds)
    below = np.bincount(at[values <= bound], minlength=seconds)
    ends = levels(dict(enumerate(below.tolist())), dict(enumerate(calls.tolist())), Q)
    low, high = (float(ranked[rank_of(min(max(end, 1e-9), 1.0), len(ranked)) - 1]) for end in ends)
    return Drawn(low, high, math.exp(NormalDist().inv_cdf(Q) * math.hypot(LATENCY_LEVEL, SCATTER)))


def mean(chance: np.random.Generator, seconds: int, rho: float) -> Drawn:
    """The mean of one run."""
    at, values = _latencies(chance, seconds, rho)
    sums = np.bincount(at, weights=values, minlength=seconds)
    calls = np.bincount(at, minlength=seconds)
    low, high = mean_interval(dict(enumerate(sums.tolist())), dict(enumerate(calls.tolist())), float(np.std(values)))
    truth = math.exp((LATENCY_LEVEL**2 + SCATTER**2) / 2)
    return Drawn(low if low is not None else math.nan, high if high is not None else math.nan, truth)


def error_rate(chance: np.random.Generator, seconds: int, rho: float) -> Drawn:
    """The error rate of one run."""
    level = ERROR_LEVEL * level_of(chance, seconds, rho) - ERROR_LEVEL**2 / 2
    calls = chance.poisson(CALLS_A_SECOND, seconds)
    errors = chance.binomial(calls, np.minimum(1.0, ERROR_RATE * np.exp(level)))
    low, high = share_interval(dict(enumerate(errors.tolist())), dict(enumerate(calls.tolist())))
    return Drawn(low if low is not None else math.nan, high if high is not None else math.nan, ERROR_RATE)


FIGURES: Mapping[str, Callable[[np.random.Generator, int, float], Drawn]] = MappingProxyType(
    {"p(95)": percentile, "avg": mean, "error rate": error_rate}
)
"""Figure to what draws one run of it."""


def drawn(figure: str, seconds: int, rho: float, runs: int = RUNS, seed: int = 1) -> list[Drawn]:
    """Draws so many runs; equal arguments draw equal runs."""
    chance = np.random.default_rng([seed, seconds, round(100 * rho), list(FIGURES).index(figure)])
    return [FIGURES[figure](chance, seconds, rho) for _ in range(runs)]


def measure() -> Table:
    """Measures every figure, length and dependence."""
    table = Table("calibration")
    for figure in FIGURES:
        for rho in RHOS:
            for seconds in LENGTHS_S:
                found = drawn(figure, seconds, rho)
                wide = median((run.high - run.low) / run.truth for run in found)
                inside = sum(run.inside for run in found) / len(found)
                table.rows.append({"figure": figure, "rho": rho, "seconds": seconds, "inside": inside, "wide": wide})
    long = [row["inside"] for row in table.rows if row["seconds"] >= 300 and row["rho"] <= 0.6]
    table.ratios["least_inside_from_300_s"], table.ratios["most_inside_from_300_s"] = min(long), max(long)
    return table
