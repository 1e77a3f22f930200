"""What objectives are about: each metric, the aggregations and filters that it takes, and how it is measured.

A *load* metric says how the platform did under this load; it is an estimate and has an interval, and a generator that
could not keep up spoils it. A *census* counts what happened; it is judged as it is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import ceil
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from reports.audit.finding import DEFINITE, POSSIBLE
from reports.calls import RESPONSE, SERVICE, Calls, is_error, is_served, is_unanswered
from reports.distribution import MS, merged
from reports.resampling import NO_INTERVAL, Interval, mean_interval, quantile_interval, settled_by, share_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reports.audit.finding import RuleReport
    from reports.calls import Cell
    from reports.figures import Figures
    from reports.objectives.expression import Expression
    from tacorush.evidence.records import CellKey

SAMPLES_BEYOND = 10
"""A percentile needs so many samples above it: p(95) needs 200, p(99) 1,000, p(99.9) 10,000."""
SAMPLES_OF_MEAN = 30


@dataclass(frozen=True, slots=True)
class Sources:
    """What metrics are measured from."""

    figures: Figures
    audit: Sequence[RuleReport]


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure with its interval."""

    value: float | None
    """None where nothing was measured."""
    interval: Interval = NO_INTERVAL
    samples: int = 0
    """How many the figure rests on."""
    needed: int = 0
    """How many it needs."""
    censored: bool = False
    """The value is a lower bound."""
    high_censored: bool = False
    """The interval's upper end is a lower bound, so the truth may lie anywhere above."""
    settled_by: int = 0
    """With so many samples, all alike as these are, the interval would tell; 0 where more of the same need not."""
    possible: int = 0
    """So many more may have happened; the interval's upper end counts them."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing that objectives can be about."""

    name: str
    meaning: str
    unit: str
    """ms, share or count."""
    aggregations: frozenset[str]
    filters: frozenset[str]
    """Keys that `where` takes."""
    load: bool
    """It is an estimate of how the platform did under this load; else a census."""
    measure: Callable[[Sources, Expression, Mapping[str, str]], Measured]
    open_loop_only: bool = False
    """There is nothing to measure in a closed loop."""


def chosen(figures: Figures, where: Mapping[str, str]) -> Calls:
    """Returns the journeys' calls that match every filter."""
    return figures.journeys.where(lambda key: _matches(key, where)) if where else figures.journeys


def _matches(key: CellKey, where: Mapping[str, str]) -> bool:
    service, _, short = key.measure.partition("/")
    facts = {
        "method": (key.measure, short),
        "service": (service, service.rpartition(".")[2]),
        "journey": (key.journey,),
        "outcome": (key.outcome,),
    }
    return all(value in facts[name] for name, value in where.items())


def _times(clock: str) -> Callable[[Sources, Expression, Mapping[str, str]], Measured]:
    def measure(sources: Sources, expression: Expression, where: Mapping[str, str]) -> Measured:
        return _time(chosen(sources.figures, where), clock, expression)

    return measure


def _time(calls: Calls, clock: str, expression: Expression) -> Measured:
    times = calls.latency(clock)
    if times.count == 0:
        return Measured(None, needed=1)
    if expression.aggregation == "max":
        figure = times.largest
        return Measured(
            figure.value, Interval(figure.value, figure.value), times.count, 1, figure.censored, figure.censored
        )
    if expression.aggregation == "avg":
        seconds, sums, counts = _sums(calls, clock)
        low, high = mean_interval(seconds, sums, counts)
        figure, needed = times.mean, SAMPLES_OF_MEAN
        return Measured(figure.value, Interval(low, high), times.count, needed, figure.censored, figure.censored)
    q = expression.percent / 100
    figure = times.quantile(q)
    needed = ceil(round(SAMPLES_BEYOND / (1 - q), 6))
    if times.count < needed:
        return Measured(figure.value, NO_INTERVAL, times.count, needed, figure.censored, figure.censored)
    interval, high_censored = _quantile_interval(calls, clock, q)
    return Measured(figure.value, interval, times.count, needed, figure.censored, high_censored)


def _quantile_interval(calls: Calls, clock: str, q: float) -> tuple[Interval, bool]:
    answers, gave_up = calls.timed(clock)
    values, bounds = (merged(cell.tally for cell in cells)[0] for cells in (answers, gave_up))
    seconds = sorted({cell.key.second for cell in answers + gave_up})
    row_of = {second: row for row, second in enumerate(seconds)}
    counts = np.zeros((len(seconds), len(values) + len(bounds)), np.int64)
    for cells, columns, first in ((answers, values, 0), (gave_up, bounds, len(values))):
        for cell in cells:
            at, amount = cell.tally.buckets()
            np.add.at(counts[row_of[cell.key.second]], first + np.searchsorted(columns, at), amount)
    low, high = quantile_interval(seconds, counts, q)
    scale = np.concatenate([values, bounds]) / MS
    return Interval(float(scale[low]), float(scale[high])), high >= len(values)


def _sums(calls: Calls, clock: str) -> tuple[list[int], list[float], list[int]]:
    rows: dict[int, list[Cell]] = {}
    for cell in (cell for cells in calls.timed(clock) for cell in cells):
        rows.setdefault(cell.key.second, []).append(cell)
    seconds = sorted(rows)
    sums = [sum(cell.tally.sum for cell in rows[second]) / MS for second in seconds]
    return seconds, sums, [sum(cell.tally.count for cell in rows[second]) for second in seconds]


def _share_of_calls(
    wanted: Callable[[CellKey], bool],
) -> Callable[[Sources, Expression, Mapping[str, str]], Measured]:
    """Measures the calls of a kind, as a number or as a share of all that were served."""

    def measure(sources: Sources, expression: Expression, where: Mapping[str, str]) -> Measured:
        calls = chosen(sources.figures, where)
        served = calls.per_second(is_served)
        events = calls.per_second(lambda key: is_served(key) and wanted(key))
        total, hits = sum(served.values()), sum(events.values())
        if total == 0:
            return Measured(None, needed=1)
        if expression.aggregation == "count":
            return Measured(hits, Interval(hits, hits), total, 1)
        settled = settled_by(hits, total, expression.threshold)
        return Measured(hits / total, share_interval(events, served), total, 1, settled_by=settled)

    return measure


def _unimplemented(sources: Sources, expression: Expression, where: Mapping[str, str]) -> Measured:
    calls = chosen(sources.figures, where)
    if calls.count == 0:
        return Measured(None, needed=1)
    hits = calls.outcomes["unimplemented"]
    value = hits if expression.aggregation == "count" else hits / calls.count
    return Measured(value, Interval(value, value), calls.count, 1)


def _oversell(sources: Sources, _expression: Expression, _where: Mapping[str, str]) -> Measured:
    reports = [report for report in sources.audit if report.rule.name == "double_sale"]
    return _census(reports, sources.figures.seats_sold, 1)


def _findings(sources: Sources, _expression: Expression, where: Mapping[str, str]) -> Measured:
    rule = where.get("rule")
    reports = [report for report in sources.audit if rule in (None, report.rule.name)]
    if any(report.error for report in reports):
        return Measured(None, needed=1)
    if rule:
        return _census(reports, sources.figures.claims)
    # One event may break several rules (a seat sold twice is also one seat too many), so their counts do not add up.
    broken = sum(report.count(DEFINITE) > 0 for report in reports)
    possible = sum(report.count(POSSIBLE) > 0 for report in reports if not report.count(DEFINITE))
    return Measured(broken, Interval(broken, broken + possible), sources.figures.claims, possible=possible)


def _census(reports: Sequence[RuleReport], samples: int, needed: int = 0) -> Measured:
    """What is known to have happened; what may have happened besides is the interval's width."""
    known = sum(report.count(DEFINITE) for report in reports)
    possible = sum(report.count(POSSIBLE) for report in reports)
    return Measured(known, Interval(known, known + possible), samples, needed, possible=possible)


def _achieved(sources: Sources, _expression: Expression, _where: Mapping[str, str]) -> Measured:
    value = sources.figures.achieved_share
    return Measured(value, Interval(value, value), sources.figures.arrivals.planned, 1)


def _journeys(sources: Sources, expression: Expression, where: Mapping[str, str]) -> Measured:
    found: Counter[str] = Counter()
    for (kind, ending, _), count in sources.figures.endings.items():
        if where.get("journey") in (None, kind):
            found[ending] += count
    total = sum(found.values())
    hits = found[where["outcome"]] if "outcome" in where else total
    if expression.aggregation == "count":
        return Measured(hits, Interval(hits, hits), total)
    if total == 0:
        return Measured(None, needed=1)
    settled = settled_by(hits, total, expression.threshold)
    return Measured(hits / total, share_interval({0: hits}, {0: total}), total, 1, settled_by=settled)


def _orders(sources: Sources, _expression: Expression, _where: Mapping[str, str]) -> Measured:
    orders = sources.figures.orders
    return Measured(orders, Interval(orders, orders), sources.figures.claims)


_CALL_FILTERS = frozenset({"method", "service", "journey", "outcome"})
_JOURNEY_FILTERS = frozenset({"journey", "outcome"})
_TIMES, _RATES, _COUNTS = frozenset({"p", "avg", "max"}), frozenset({"rate", "count"}), frozenset({"count"})
_SHARES, _NONE = frozenset({"rate"}), frozenset[str]()

_ROWS = (
    Metric("response_ms", "time from the planned start", "ms", _TIMES, _CALL_FILTERS, True, _times(RESPONSE)),
    Metric("service_ms", "time from the send", "ms", _TIMES, _CALL_FILTERS, True, _times(SERVICE)),
    Metric("errors", "calls failed or unknown", "share", _RATES, _CALL_FILTERS, True, _share_of_calls(is_error)),
    Metric(
        "refusals",
        "calls that the platform refused by its rules",
        "share",
        _RATES,
        _CALL_FILTERS,
        True,
        _share_of_calls(lambda key: key.outcome == "refused"),
    ),
    Metric(
        "availability",
        "calls that were answered at all",
        "share",
        _SHARES,
        _CALL_FILTERS,
        True,
        _share_of_calls(lambda key: not is_unanswered(key)),
    ),
    Metric(
        "unimplemented",
        "calls that the target does not serve",
        "share",
        _RATES,
        _CALL_FILTERS,
        False,
        _unimplemented,
    ),
    Metric("oversell", "seats with two or more orders", "count", _COUNTS, _NONE, False, _oversell),
    Metric(
        "findings",
        "definite findings of one `rule`; without it the rules that have any, since one event may break several",
        "count",
        _COUNTS,
        frozenset({"rule"}),
        False,
        _findings,
    ),
    Metric(
        "achieved_rate",
        "journeys started, as a share of the arrivals planned",
        "share",
        _SHARES,
        _NONE,
        True,
        _achieved,
        open_loop_only=True,
    ),
    Metric("journeys", "journeys by how they ended", "share", _RATES, _JOURNEY_FILTERS, True, _journeys),
    Metric("orders", "reservations known to be confirmed", "count", _COUNTS, _NONE, False, _orders),
)

METRICS: Mapping[str, Metric] = MappingProxyType({row.name: row for row in _ROWS})
"""Name to metric: everything that an objective can be about."""
