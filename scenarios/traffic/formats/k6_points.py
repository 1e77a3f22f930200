"""What k6's two outputs have in common: which metric is counted, where its points are placed, what is left out.

A journey is an iteration. k6 writes a point when something ended; points of a duration are placed at their start, the
time less the value in ms, so that a stall of the target does not move the arrivals. `iterations`, `http_reqs` and
other counters are counted at their end, as k6 has them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from scenarios.traffic.formats.format import Reading
from scenarios.traffic.instants import Instants
from scenarios.traffic.record import TrafficError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scenarios.traffic.formats.format import Wanted
    from scenarios.traffic.source import Source

USUAL = "iteration_duration"
"""Iterations by their start."""
DROPPED = "dropped_iterations"
_STARTS = "_duration"
_MS = 10**6
_MOST = 10**12


class K6Points:
    """Counts the points of one metric; sees those that k6 dropped."""

    def __init__(self, source: Source, wanted: Wanted) -> None:
        self.metric = wanted.metric or USUAL
        self._by_start = self.metric.endswith(_STARTS)
        self._source, self._instants, self._tally = source, Instants(wanted.zone), wanted.tally()
        self._points = self._others = self._dropped = 0
        self._known: set[str] = set()

    def know(self, metric: str) -> None:
        """Hears of a metric that the file has."""
        self._known.add(metric)

    def skip(self) -> None:
        """Counts one point of another metric."""
        self._others += 1

    def drop(self) -> None:
        """Counts one iteration that k6 did not start."""
        self._dropped += 1

    def take(self, time: str, value: str) -> None:
        """Counts one point of the metric."""
        try:
            at_ns = self._instants.ns(time)
        except ValueError:
            self._source.broken("time", repr(time), "RFC 3339 or Unix time")
            return
        try:
            number = Decimal(value)
            whole = int(number)
        except (ArithmeticError, ValueError):
            number, whole = Decimal(-1), -1
        if self._by_start and 0 <= whole <= _MOST:
            self._tally.add(at_ns - int(number * _MS))
        elif number == whole and 0 <= whole <= _MOST:
            self._tally.add(at_ns, whole)
        else:
            allowed = (
                "milliseconds from 0" if self._by_start else "a whole number from 0 (choose a --metric that counts)"
            )
            self._source.broken(self.metric, repr(value), allowed)
            return
        self._points += 1

    def reading(self) -> Reading:
        """What was counted; raises TrafficError when there was no point of the metric."""
        if not self._points:
            raise TrafficError(
                f"{self._source.name}: --metric {self.metric}: found no point of it; allowed: {_listed(self._known)}"
            )
        where = "their start (time less duration)" if self._by_start else "their end, as k6 writes them"
        reading = Reading(self._tally, f"points of {self.metric} by {where}")
        reading.notes += self._instants.assumptions()
        if self._by_start and self._instants.unit == "Unix time in s":
            reading.notes.append("times are whole seconds, so a start may lie up to a second early")
        if self._dropped:
            reading.notes.append(f"k6 had dropped {self._dropped:,} iterations, which never came and are not in it")
        reading.skipped.append(f"{self._others:,} points of other metrics")
        return reading


def _listed(known: Iterable[str]) -> str:
    return ", ".join(sorted(known)) or "none, the file has no metric"
