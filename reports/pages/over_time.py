"""The run over time: arrivals, percentiles, outcomes, lag and the heat map, in steps of whole seconds.

Which calls a figure covers and how a quantile is taken is decided in `reports.calls` and `reports.distribution`, not
here. A run too long to draw second by second is drawn in steps, as few as needed for the most that a chart takes.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from reports.calls import RESPONSE, SERVICE, Calls
from reports.distribution import MS, Distribution
from reports.figures import LAG
from reports.pages.material import OUTCOMES, Heat, Percentile, Series

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reports.calls import Cell
    from tacorush.evidence.records import ArrivalSecond

MOST_STEPS = 240
"""How many steps a chart over time has at most."""
MOST_COLUMNS = 120
"""How many steps the heat map has at most: cells must stay large enough to be seen."""
MOST_POINTS = 48
"""How many points a method's sparkline has at most."""
BARS_PER_DECADE = 12
"""How finely the heat map tells times apart."""

_QUANTILES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))


def seconds_of(calls: Calls, arrivals: Sequence[ArrivalSecond], duration_s: int, step_s: int) -> range:
    """The seconds that charts over time cover: the planned duration, and what lies around it; empty for no run.

    They come in steps of `step_s`, in which the calls were read.
    """
    seen = [cell.key.second for cell in calls.counted] + [row.second for row in arrivals]
    if not seen:
        return range(0)
    first, end = min(0, *seen) // step_s * step_s, max(duration_s, max(seen) // step_s * step_s + step_s)
    return range(first, end, step_s)


def steps(seconds: range, most: int) -> range:
    """The first second of each step, of at most so many."""
    return range(seconds.start, seconds.stop, seconds.step * max(1, math.ceil(len(seconds) / most)))


def series(calls: Calls, arrivals: Sequence[ArrivalSecond], own: Sequence[Cell], seconds: range) -> Series:
    """Everything that is drawn as a line or an area; `own` are the generator's own cells."""
    starts = steps(seconds, MOST_STEPS)
    if not starts:
        nothing = {name: Percentile((), ()) for name, _ in _QUANTILES}
        return Series((), 1, (), (), (), (), {}, nothing, nothing)
    return Series(
        starts=tuple(starts),
        width_s=starts.step,
        planned=_arrivals(arrivals, "planned", starts),
        started=_arrivals(arrivals, "started", starts),
        late=_arrivals(arrivals, "late", starts),
        dropped=_arrivals(arrivals, "dropped", starts),
        outcomes=_outcomes(calls, starts),
        response=percentiles(calls, RESPONSE, starts),
        service=percentiles(calls, SERVICE, starts),
        lag_ms=_lag(own, starts),
    )


def percentiles(calls: Calls, clock: str, starts: range) -> dict[str, Percentile]:
    """P50, P95 and P99 of each step."""
    answered, gave_up = (_by_step(cells, starts) for cells in calls.timed(clock))
    merged = [Distribution.of(answered.get(step, ()), gave_up.get(step, ())) for step in range(len(starts))]
    figures = {name: [step.quantile(q) for step in merged] for name, q in _QUANTILES}
    return {
        name: Percentile(tuple(figure.value for figure in found), tuple(figure.censored for figure in found))
        for name, found in figures.items()
    }


def lines(calls: Calls, seconds: range) -> dict[str, Percentile]:
    """P95 of the response time of each method, by its full name, in few steps."""
    starts = steps(seconds, MOST_POINTS)
    return {name: percentiles(some, RESPONSE, starts)["p95"] for name, some in calls.by_method.items()}


def heat(calls: Calls, seconds: range) -> Heat | None:
    """How many calls took how long, when; None when no call was answered."""
    starts = steps(seconds, MOST_COLUMNS)
    answered = _by_step(calls.timed(RESPONSE)[0], starts)
    columns = {step: Distribution.of(tallies) for step, tallies in sorted(answered.items())}
    columns = {step: times for step, times in columns.items() if times.answered}
    if not columns:
        return None
    logs = {step: np.floor(np.log10(np.maximum(times.values / MS, 1e-6)) * BARS_PER_DECADE).astype(int)
            for step, times in columns.items()}  # fmt: skip
    first, last = min(rows[0] for rows in logs.values()), max(rows[-1] for rows in logs.values())
    rates = np.zeros((len(starts), last - first + 1))
    for step, times in columns.items():
        rates[step] = np.bincount(logs[step] - first, weights=times.counts, minlength=rates.shape[1])
    return Heat(
        starts=tuple(starts),
        width_s=starts.step,
        edges=tuple(10 ** (bar / BARS_PER_DECADE) for bar in range(first, last + 2)),
        rates=tuple(tuple(column) for column in (rates / starts.step).tolist()),
    )


def _step(second: int, starts: range) -> int:
    return (second - starts.start) // starts.step


def _rates(amounts: Mapping[int, int], starts: range) -> tuple[float, ...]:
    """Amounts by step as rates a second."""
    return tuple(amounts.get(step, 0) / starts.step for step in range(len(starts)))


def _arrivals(arrivals: Sequence[ArrivalSecond], name: str, starts: range) -> tuple[float, ...]:
    amounts: Counter[int] = Counter()
    for row in arrivals:
        amounts[_step(row.second, starts)] += getattr(row, name)
    return _rates(amounts, starts)


def _outcomes(calls: Calls, starts: range) -> dict[str, tuple[float, ...]]:
    amounts: dict[str, Counter[int]] = {name: Counter() for name in OUTCOMES}
    for cell in calls.counted:
        amounts[cell.key.outcome][_step(cell.key.second, starts)] += cell.tally.count
    return {name: _rates(amounts[name], starts) for name in OUTCOMES}


def _by_step(cells: Iterable[Cell], starts: range) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for cell in cells:
        found[_step(cell.key.second, starts)].append(cell.tally)
    return found


def _lag(own: Sequence[Cell], starts: range) -> tuple[float | None, ...]:
    largest: dict[int, int] = {}
    for cell in own:
        if cell.key.measure == LAG:
            step = _step(cell.key.second, starts)
            largest[step] = max(largest.get(step, 0), cell.tally.max)
    return tuple(largest[step] / MS if step in largest else None for step in range(len(starts)))
