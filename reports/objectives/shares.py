"""Shares of calls, of seconds and of journeys, each with its interval."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from reports.calls import RESPONSE, is_served, is_unanswered
from reports.figures import JOURNEY_TOTAL
from reports.objectives.metric import SECONDS, Measured, Question, Sources
from reports.objectives.selection import chosen
from reports.resampling import Interval, settled_by, share_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tacorush.evidence.records import CellKey

DOWN_SHARE = 0.05
"""A second in which this share of its calls or more had no answer was down."""


def of_calls(wanted: Callable[[CellKey], bool]) -> Callable[[Sources, Question], Measured]:
    """Measures the calls of a kind, as a number or as a share of all that were served."""

    def measure(sources: Sources, asked: Question) -> Measured:
        calls = chosen(sources.figures, asked.where)
        served = calls.per_second(is_served)
        events = calls.per_second(lambda key: is_served(key) and wanted(key))
        return _of(events, served, asked)

    return measure


def availability(sources: Sources, asked: Question) -> Measured:
    """Measures what was answered: as a share of the calls, or of the seconds that had any."""
    calls = chosen(sources.figures, asked.where)
    served, missing = calls.per_second(is_served), calls.per_second(is_unanswered)
    if asked.expression.aggregation == "burn":
        return _of(missing, served, asked)
    if asked.by == SECONDS:
        seconds = dict.fromkeys((second for second, count in served.items() if count), 1)
        up = {second: int(missing[second] < DOWN_SHARE * served[second]) for second in seconds}
        return _of(up, seconds, asked)
    return _of({second: count - missing[second] for second, count in served.items()}, served, asked)


def unimplemented(sources: Sources, asked: Question) -> Measured:
    """Measures the calls that the target does not serve: a census."""
    calls = chosen(sources.figures, asked.where)
    if calls.count == 0:
        return Measured(None, needed=1)
    hits = calls.outcomes["unimplemented"]
    value = hits if asked.expression.aggregation == "count" else hits / calls.count
    return Measured.census(value, calls.count, 1)


def withdrawn(sources: Sources, asked: Question) -> Measured:
    """Counts the methods that were served in one second and not in a later one: a census."""
    calls = chosen(sources.figures, asked.where)
    began: dict[str, int] = {}
    for cell in calls.counted:
        if is_served(cell.key):
            began[cell.key.measure] = min(cell.key.second, began.get(cell.key.measure, cell.key.second))
    gone = {
        cell.key.measure
        for cell in calls.counted
        if not is_served(cell.key) and cell.key.second > began.get(cell.key.measure, cell.key.second)
    }
    return Measured.census(len(gone), calls.count)


def journeys(sources: Sources, asked: Question) -> Measured:
    """Measures the journeys that ended in a way, as a number or as a share of all of their kind."""
    ended: Counter[int] = Counter()
    hits: Counter[int] = Counter()
    for cell in sources.figures.stations.cells:
        key = cell.key
        if (
            key.measure != JOURNEY_TOTAL
            or key.clock != RESPONSE
            or asked.where.get("journey") not in (None, key.journey)
        ):
            continue
        ended[key.second] += cell.tally.count
        if asked.where.get("outcome") in (None, key.outcome):
            hits[key.second] += cell.tally.count
    if asked.expression.aggregation == "count":
        return Measured.census(sum(hits.values()), sum(ended.values()))
    return _of(hits, ended, asked)


def achieved(sources: Sources, _asked: Question) -> Measured:
    """Measures the journeys that started, as a share of the arrivals planned: a census."""
    value = sources.figures.achieved_share
    if value is None:
        return Measured(None, needed=1)
    return Measured.census(value, sources.figures.arrivals.planned, 1)


def _of(events: Mapping[int, int], of: Mapping[int, int], asked: Question) -> Measured:
    total, hits = sum(of.values()), sum(events.values())
    if total == 0:
        return Measured(None, needed=1)
    expression, budget = asked.expression, asked.budget
    if expression.aggregation == "count":
        return Measured.census(hits, total, 1)
    interval = share_interval(events, of, asked.confidence)
    what = "second" if asked.by == SECONDS else "sample"
    if expression.aggregation == "burn":
        low, high = ((end or 0.0) / budget for end in interval)
        settled = settled_by(hits, total, expression.threshold * budget, asked.confidence)
        return Measured(hits / total / budget, Interval(low, high), total, 1, settled_by=settled)
    settled = settled_by(hits, total, expression.threshold, asked.confidence)
    return Measured(hits / total, interval, total, 1, settled_by=settled, what=what)
