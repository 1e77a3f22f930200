"""Times measured: percentiles, mean, smallest and largest, each with its interval."""

from __future__ import annotations

from collections import Counter, defaultdict
from math import ceil
from typing import TYPE_CHECKING

from reports import wording
from reports.distribution import MS, up_to
from reports.objectives.metric import Measured, Question, Sources
from reports.objectives.selection import Timed, times_of_calls, times_of_journeys
from reports.resampling import NO_INTERVAL, Interval, levels, mean_interval, would_have_shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reports.distribution import Distribution, Figure

SAMPLES_BEYOND = 10
"""A percentile needs so many samples above it: p(95) needs 200, p(99) 1,000, p(99.9) 10,000."""
SAMPLES_OF_MEAN = 30


def of_calls(clock: str) -> Callable[[Sources, Question], Measured]:
    """Measures times of calls on one clock."""
    return lambda sources, asked: _measured(times_of_calls(sources.figures, asked.where, clock), asked)


def of_journeys(measure: str) -> Callable[[Sources, Question], Measured]:
    """Measures a time of journeys."""
    return lambda sources, asked: _measured(times_of_journeys(sources.figures, asked.where, measure), asked)


def _measured(timed: Timed, asked: Question) -> Measured:
    times = timed.distribution
    if times.count == 0:
        return Measured(None, needed=1)
    return _AGGREGATIONS[asked.expression.aggregation](timed, times, asked)


def _largest(_timed: Timed, times: Distribution, asked: Question) -> Measured:
    return _extreme(times.largest, times.count, asked.confidence)


def _smallest(_timed: Timed, times: Distribution, asked: Question) -> Measured:
    return _extreme(times.smallest, times.count, asked.confidence)


def _extreme(figure: Figure, count: int, confidence: float) -> Measured:
    """A census: what more of the same would show is said beside."""
    power = f"of {wording.plural(count, 'sample')}; {would_have_shown(count, confidence)} beyond it"
    ends = Interval(figure.value, figure.value)
    return Measured(figure.value, ends, count, 1, figure.censored, figure.censored, power=power)


def _mean(timed: Timed, times: Distribution, asked: Question) -> Measured:
    sums: defaultdict[int, float] = defaultdict(float)
    counts: Counter[int] = Counter()
    for cell in (*timed.answered, *timed.gave_up):
        sums[cell.key.second] += cell.tally.sum / MS
        counts[cell.key.second] += cell.tally.count
    figure = times.mean
    interval = mean_interval(sums, counts, times.scatter_ms, asked.confidence)
    return Measured(figure.value, interval, times.count, SAMPLES_OF_MEAN, figure.censored, figure.censored)


def _percentile(timed: Timed, times: Distribution, asked: Question) -> Measured:
    q = asked.expression.percent / 100
    figure = times.quantile(q)
    needed = ceil(round(SAMPLES_BEYOND / (1 - q), 6))
    if times.count < needed or figure.value is None:
        return Measured(figure.value, NO_INTERVAL, times.count, needed, figure.censored, figure.censored)
    below, counts = _up_to(timed, figure, times)
    low, high = (times.quantile(level) for level in _inside(levels(below, counts, q, asked.confidence), times.count))
    interval = Interval(low.value, high.value)
    return Measured(figure.value, interval, times.count, needed, figure.censored, high.censored)


def _up_to(timed: Timed, figure: Figure, times: Distribution) -> tuple[Counter[int], Counter[int]]:
    """How many calls of each second rank no higher than a figure, and how many there are."""
    bound_ns = round((figure.value or 0.0) * MS)
    if not figure.censored and bound_ns >= times.longest_ns:
        # A bucket is reported a little beside its values.
        bound_ns = int(times.values[-1])
    below: Counter[int] = Counter()
    counts: Counter[int] = Counter()
    for cells, whole, bounded in ((timed.answered, figure.censored, True), (timed.gave_up, False, figure.censored)):
        for cell in cells:
            counts[cell.key.second] += cell.tally.count
            if whole:
                below[cell.key.second] += cell.tally.count
            elif bounded:
                below[cell.key.second] += up_to(cell.tally, bound_ns)
    return below, counts


def _inside(ends: tuple[float, float], count: int) -> tuple[float, float]:
    return max(ends[0], 1 / count), min(ends[1], 1.0)


_AGGREGATIONS: Mapping[str, Callable[[Timed, Distribution, Question], Measured]] = {
    "p": _percentile,
    "med": _percentile,
    "avg": _mean,
    "max": _largest,
    "min": _smallest,
}
"""Aggregation to what measures it."""
