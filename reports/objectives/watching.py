"""Objectives watched while a run goes on: says when one of those with `abort` cannot be met any more.

What comes in is judged by the same functions that give the final verdict. An objective is hopeless when it has failed
with its whole interval at LOOKS looks running, after its grace; of windows, when more missed for certain than may miss
of all that are planned; of oversell, as soon as a seat was seen to have two orders. Kept is no more than what it takes:
of each second the calls that an objective covers, merged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reports.calls import Calls, Cell
from reports.distribution import Distribution
from reports.figures import JOURNEY, Arrivals, Figures
from reports.objectives.file import read
from reports.objectives.judging import judge
from reports.objectives.metric import Sources
from reports.objectives.selection import matches
from reports.verdicts import FAIL
from tacorush.evidence.histogram import Histogram
from tacorush.evidence.records import PREFLIGHT, READBACK, ArrivalSecond, CellKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.objectives.objective import Objective
    from reports.objectives.result import Result
    from tacorush.evidence.records import Delta

LOOKS = 3
_ANY_METHOD, _ANY_KIND = "any/any", "any"
_NOTHING = Distribution.of(())


@dataclass
class _Watched:
    """One objective with what came in of it."""

    objective: Objective
    cells: dict[CellKey, Histogram] = field(default_factory=dict)
    failed: int = 0
    """At so many looks running."""

    def take(self, key: CellKey, histogram: Histogram) -> None:
        """Adds a histogram if the objective covers it."""
        if "/" in key.measure:
            if key.journey in (PREFLIGHT, READBACK) or not matches(key, self.objective.question.where):
                return
            key = key._replace(measure=_ANY_METHOD, journey=_ANY_KIND)
        elif not key.measure.startswith(JOURNEY):
            return
        known = self.cells.get(key)
        if known is None:
            known = self.cells[key] = Histogram()
        known.merge(histogram)


class Watch:
    """The objectives of one run that may end it."""

    def __init__(self, objectives: tuple[Objective, ...], about: Mapping[str, Any]) -> None:
        self._about = about
        self._watched = [_Watched(objective) for objective in objectives]
        self._arrivals: dict[int, ArrivalSecond] = {}

    def take(self, delta: Delta) -> None:
        """Takes in what a process saw."""
        for key, histogram in delta.cells.items():
            for watched in self._watched:
                watched.take(key, histogram)
        for row in delta.arrivals:
            known = self._arrivals.setdefault(row.second, ArrivalSecond(row.second))
            known.planned += row.planned
            known.started += row.started

    def hopeless(self, second: int, oversold: int) -> str:
        """Says which objective cannot be met any more in this second of the run, and why; empty while all may be.

        `oversold` is the number of seats that were seen with two orders.
        """
        for watched in self._watched:
            objective = watched.objective
            if second < (objective.grace_s or 0) + (objective.warmup or 0):
                continue
            if objective.metric == "oversell":
                if oversold and not objective.parsed.holds(oversold):
                    return f"{objective.name}: {oversold:,} seen, asked for {objective.parsed.text}"
                continue
            result = judge(self._asked(objective), self._sources(watched))
            watched.failed = watched.failed + 1 if _missed(objective, result, self._about) else 0
            if watched.failed >= (1 if objective.windows else LOOKS):
                return f"{objective.name}: {result.reason}"
        return ""

    def _asked(self, objective: Objective) -> Objective:
        """The objective, over cells that are of its calls alone."""
        if "method" not in objective.about.filters:
            return objective
        return objective.model_copy(update={"where": {}, "during": objective.phase})

    def _sources(self, watched: _Watched) -> Sources:
        cells = [Cell(key, tally) for key, tally in watched.cells.items()]
        rows = [self._arrivals[second] for second in sorted(self._arrivals)]
        figures = Figures(
            meta=self._about,
            calls=Calls([cell for cell in cells if "/" in cell.key.measure]),
            stations=Calls([cell for cell in cells if "/" not in cell.key.measure]),
            arrivals=Arrivals.of(rows),
            arrival_seconds=rows,
            lag=_NOTHING,
            start_delay=_NOTHING,
            begun=0,
            orders=0,
            seats_sold=0,
            contended_seats=0,
            claims=0,
        )
        return Sources(figures, ())


def _missed(objective: Objective, result: Result, about: Mapping[str, Any]) -> bool:
    if objective.windows is None or result.windows is None:
        return result.verdict == FAIL
    begin_s, end_s = result.scope.from_s or 0, float(about.get("duration_s") or 0)
    if result.scope.to_s is not None:
        end_s = min(end_s, result.scope.to_s)
    planned = max(result.windows.total, int(end_s - begin_s) // objective.windows.length_s)
    return result.windows.missed > objective.windows.allowed(planned)


def watch(slo_text: str, source: str, about: Mapping[str, Any]) -> Watch | None:
    """Returns what watches a file's objectives that may end a run; None where none may.

    `about` is what the run file says of the run: mode, phases, duration_s.
    """
    able = tuple(objective for objective in read(slo_text, source) if objective.grace_s is not None)
    return Watch(able, about) if able else None
