"""The history of one load: the figures of its runs as lines, and where they changed.

Runs whose load is in doubt are shown, and tell nothing of a change.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING, Any

from reports import wording
from reports.objectives import words
from reports.trend.change_points import LEAST_RUNS, ChangePoint, change_points

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reports.trend.past_runs import PastRun

P95, ERRORS, OVERSELL = "P95 of all calls", "Error rate", "Seats sold twice"


@dataclass(frozen=True)
class Line:
    """One figure of all runs, one entry each; None where a run does not have it."""

    name: str
    unit: str
    values: Sequence[float | None]
    lows: Sequence[float | None]
    highs: Sequence[float | None]
    censored: Sequence[bool]
    """Where the value is a lower bound."""
    verdicts: Sequence[str]
    """Of an objective; empty where a run has none."""
    doubted: Sequence[bool]
    """Where the load of the run is in doubt."""
    asked: str = ""
    """What the last run was asked for."""
    limit: float | None = None
    """The threshold of it."""

    @property
    def drawn(self) -> list[float | None]:
        """The values that tell something: None too where the load is in doubt."""
        return [None if doubt else value for value, doubt in zip(self.values, self.doubted, strict=True)]

    def told(self, at: int) -> str:
        """Writes the figure of one run."""
        return wording.figure(self.values[at], self.unit, self.censored[at])


@dataclass(frozen=True)
class Trend:
    """All runs of one load, the oldest first."""

    load: str
    runs: Sequence[PastRun]

    @cached_property
    def key_lines(self) -> Sequence[Line]:
        """P95, error rate, and seats sold twice of every run."""
        return [
            self._key(P95, "ms", [_p95(run.summary) for run in self.runs], "response_ms", "p(95)"),
            self._key(ERRORS, "share", [(_error_rate(run.summary), False) for run in self.runs], "errors", "rate"),
            self._key(OVERSELL, "count", [(run.summary["oversell"]["definite"], False) for run in self.runs]),
        ]

    @cached_property
    def objectives(self) -> Sequence[Line]:
        """The figures of all objectives that any run has, in the order of the last run, then of those before."""
        names: dict[str, None] = {}
        for run in reversed(self.runs):
            names |= dict.fromkeys(str(row["name"]) for row in run.summary["objectives"])
        return [self._objective(name) for name in names]

    @property
    def sound(self) -> list[int]:
        """The numbers of the runs whose load is not in doubt."""
        return [number for number, run in enumerate(self.runs) if not run.doubts]

    @cached_property
    def changes(self) -> Sequence[ChangePoint]:
        """Where figures changed, by the number of the first run of what came after."""
        sound = self.sound
        lines = self._told_once()
        found = change_points({line.name: [line.values[number] for number in sound] for line in lines})
        return [ChangePoint(sound[point.at], point.series, point.chance) for point in found]

    @property
    def too_few(self) -> bool:
        """There are fewer runs than could show a change."""
        return len(self.sound) < LEAST_RUNS

    def line(self, name: str) -> Line:
        """Returns a line by its name."""
        return next(line for line in self._told_once() if line.name == name)

    def change(self, point: ChangePoint, name: str) -> str:
        """Says how a figure changed at a point: `P95 of all calls 41 → 63 ms`, medians of the runs up to the next."""
        line, sound, places = self.line(name), self.sound, [0, *(each.at for each in self.changes), len(self.runs)]
        place = places.index(point.at, 1)
        before, after = (
            [line.values[number] for number in sound if start <= number < end]
            for start, end in ((places[place - 1], point.at), (point.at, places[place + 1]))
        )
        first, last = (wording.figure(_median(values), line.unit) for values in (before, after))
        number, _, unit = first.rpartition(" ")
        return f"{name} {number if unit and last.endswith(f' {unit}') else first} → {last}"

    def _told_once(self) -> list[Line]:
        """The key figures and the objectives' own; those that are the same are taken once."""
        found: dict[tuple[float | None, ...], Line] = {}
        for line in (*self.key_lines, *self.objectives):
            found.setdefault(tuple(line.values), line)
        return list(found.values())

    def _key(
        self,
        name: str,
        unit: str,
        values: Sequence[tuple[float | None, bool]],
        metric: str = "",
        begins: str = "",
    ) -> Line:
        rows = [_about_all(run.summary, metric, begins) for run in self.runs]
        return Line(
            name=name,
            unit=unit,
            values=[value for value, _ in values],
            lows=[_end(row, 0) for row in rows],
            highs=[_end(row, 1) for row in rows],
            censored=[censored for _, censored in values],
            verdicts=[str(run.summary["verdict"]) for run in self.runs],
            doubted=[bool(run.doubts) for run in self.runs],
            **_asked(rows),
        )

    def _objective(self, name: str) -> Line:
        rows = [_named(run.summary["objectives"], name) for run in self.runs]
        last = next(row for row in reversed(rows) if row)
        return Line(
            name=name,
            unit=words.unit_of(last),
            values=[row["measured"] if row else None for row in rows],
            lows=[_end(row, 0) for row in rows],
            highs=[_end(row, 1) for row in rows],
            censored=[bool(row and row["censored"]) for row in rows],
            verdicts=[str(row["verdict"]) if row else "" for row in rows],
            doubted=[bool(run.doubts) for run in self.runs],
            **_asked(rows),
        )


def trends(runs: Sequence[PastRun]) -> list[Trend]:
    """Groups runs by their load; the load of the newest run comes first."""
    loads = dict.fromkeys(run.load for run in reversed(runs))
    return [Trend(load, [run for run in runs if run.load == load]) for load in loads]


def _asked(rows: Iterable[Mapping[str, Any] | None]) -> dict[str, Any]:
    known = [row for row in rows if row]
    return {"asked": words.threshold(known[-1]), "limit": float(known[-1]["threshold"])} if known else {}


def _about_all(summary: Mapping[str, Any], metric: str, begins: str) -> Mapping[str, Any] | None:
    """The objective about all calls of a run with this metric and expression; None where there is none."""
    for row in summary["objectives"] if metric else ():
        about_all = not row["where"] and not row["part"]
        if row["metric"] == metric and about_all and str(row["expression"]).startswith(begins):
            found: Mapping[str, Any] = row
            return found
    return None


def _named(rows: Iterable[Mapping[str, Any]], name: str) -> Mapping[str, Any] | None:
    return next((row for row in rows if row["name"] == name), None)


def _end(row: Mapping[str, Any] | None, which: int) -> float | None:
    return None if row is None or row["censored"] else row["interval"][which]


def _p95(summary: Mapping[str, Any]) -> tuple[float | None, bool]:
    times = summary["latency_ms"]["overall"]["response"]
    beyond = times["censored"] > 0.05 * times["count"] - 1e-6 if times["count"] else False
    return times["p95"], beyond


def _error_rate(summary: Mapping[str, Any]) -> float | None:
    outcomes = [row["outcomes"] for row in summary["latency_ms"]["methods"].values()]
    served = sum(sum(row.values()) - row["unimplemented"] for row in outcomes)
    return sum(row["failed"] + row["unknown"] for row in outcomes) / served if served else None


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
