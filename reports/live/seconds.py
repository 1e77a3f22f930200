"""The seconds of a run as they come in: what the figures of the last ones and the lines over time are made of.

A second may come in again, larger, while deltas of it still arrive; the last word about it counts. Which calls a figure
covers and how a quantile is taken is decided in `reports.calls` and `reports.distribution`, not here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, cast

from reports.calls import RESPONSE, Calls, Cell, is_error
from reports.distribution import Distribution
from reports.live.snapshot import RECENT_S, Course
from tacorush.evidence.histogram import Histogram
from tacorush.evidence.records import ArrivalSecond

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tacorush.evidence.records import CellKey

MOST_STEPS = 180
"""How many steps a line over time has at most."""


@dataclass(slots=True)
class Second:
    """What is known of one second."""

    calls: int = 0
    """Of journeys, those not counted that the target does not serve."""
    errors: int = 0
    joins: bool = False
    """Somebody joined a queue."""
    answered: Histogram = field(default_factory=Histogram)
    """Response times; of calls that hit their deadline the next."""
    gave_up: Histogram = field(default_factory=Histogram)
    planned: int = 0
    started: int = 0
    late: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class _Point:
    """One step of the lines over time."""

    planned: float
    started: float
    quantiles: tuple[float | None, float | None, float | None]
    errors: float | None


class Seconds:
    """All seconds so far."""

    def __init__(self) -> None:
        self._known: dict[int, Second] = {}
        self._points: dict[tuple[int, int], _Point] = {}

    def __repr__(self) -> str:
        return f"<Seconds {len(self._known)}, the last {self.last}>"

    @property
    def last(self) -> int:
        """The last second that something is known of; -1 before all."""
        return max(self._known, default=-1)

    def replace(
        self, since: int, cells: Iterable[tuple[CellKey, Histogram]], arrivals: Iterable[ArrivalSecond]
    ) -> None:
        """Takes in all that is known of the seconds from `since` on; cells come by rising second."""
        for number in [number for number in self._known if number >= since]:
            del self._known[number]
        for width, start in [place for place in self._points if place[1] + place[0] > since]:
            del self._points[width, start]
        for number, group in groupby(cells, lambda row: row[0].second):
            if number >= 0:
                self._known[number] = _second([Cell(key, tally) for key, tally in group])
        for row in arrivals:
            second = self._known.setdefault(row.second, Second())
            for name in ("planned", "started", "late", "dropped"):
                setattr(second, name, getattr(second, name) + getattr(row, name))

    def all(self) -> Sequence[Second]:
        """Every second that something is known of."""
        return list(self._known.values())

    def recent(self) -> Sequence[Second]:
        """The last RECENT_S seconds that are over, those without any call or arrival included."""
        return [self._known.get(number, Second()) for number in range(max(0, self.last - RECENT_S), max(0, self.last))]

    def arrivals(self) -> Sequence[ArrivalSecond]:
        """What became of the arrivals, by second."""
        rows = sorted(self._known.items())
        return [
            ArrivalSecond(number, row.planned, row.started, row.late, row.dropped)
            for number, row in rows
            if row.planned
        ]

    def course(self, duration_s: int) -> Course:
        """The run so far in at most MOST_STEPS steps, as wide as the planned duration asks for."""
        end = self.last
        width = max(1, math.ceil(max(duration_s, end) / MOST_STEPS))
        starts = tuple(range(0, max(0, end - width + 1), width))
        points = [self._point(start, width) for start in starts]
        p50, p95, p99 = zip(*(point.quantiles for point in points), strict=True) if points else ((), (), ())
        return Course(
            starts,
            width,
            tuple(point.planned for point in points),
            tuple(point.started for point in points),
            p50,
            p95,
            p99,
            tuple(point.errors for point in points),
        )

    def _point(self, start: int, width: int) -> _Point:
        point = self._points.get((width, start))
        if point is None:
            rows = [self._known[number] for number in range(start, start + width) if number in self._known]
            times = response(rows)
            point = self._points[width, start] = _Point(
                sum(row.planned for row in rows) / width,
                sum(row.started for row in rows) / width,
                (times.quantile(0.5).value, times.quantile(0.95).value, times.quantile(0.99).value),
                share_of_errors(rows),
            )
        return point


def response(rows: Iterable[Second]) -> Distribution:
    """The response times of some seconds."""
    some = list(rows)
    return Distribution.of([row.answered for row in some], [row.gave_up for row in some])


def share_of_errors(rows: Iterable[Second]) -> float | None:
    """The share of the calls that failed or told nothing; None where there was none."""
    some = list(rows)
    calls = sum(row.calls for row in some)
    return sum(row.errors for row in some) / calls if calls else None


def _second(cells: Sequence[Cell]) -> Second:
    calls = Calls([cell for cell in cells if "/" in cell.key.measure]).of_journeys
    answered, gave_up = calls.timed(RESPONSE)
    return Second(
        calls=calls.served,
        errors=sum(cell.tally.count for cell in calls.counted if is_error(cell.key)),
        joins=any(name.endswith("/JoinQueue") for name in calls.by_method),
        answered=_sum_of(answered),
        gave_up=_sum_of(gave_up),
    )


def _sum_of(cells: Sequence[Cell]) -> Histogram:
    total = Histogram()
    total.merge(*(cast("Histogram", cell.tally) for cell in cells))
    return total
