"""An objective while a run goes on, with what came in of it: of each second the calls that it covers, merged.

It is judged by the same functions that give the final verdict, over no more than that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.calls import SERVICE, Calls, Cell
from reports.figures import JOURNEY, Arrivals, Figures
from reports.objectives.judging import judge
from reports.objectives.metric import Sources
from reports.objectives.selection import matches
from tacorush.evidence.histogram import Histogram
from tacorush.evidence.records import PREFLIGHT, READBACK, CellKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reports.objectives.objective import Objective
    from reports.objectives.result import Result
    from tacorush.evidence.records import ArrivalSecond

_ANY_METHOD, _ANY_KIND = "any/any", "any"
_ASIDE = (PREFLIGHT, READBACK)
"""Kinds whose calls no objective covers."""


class Covered:
    """One objective with what came in of it."""

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self._of_calls = "method" in objective.about.filters
        self._where = objective.question.where
        self._cells: dict[CellKey, Histogram] = {}
        self._merged: dict[tuple[str, ...], tuple[str, ...] | None] = {}
        """Of each kind of cells that came in, the kind that they are merged into; None where it is not covered."""
        self._last = -1
        """The last second with a call: how long the run lasted, also for what covers no calls."""

    def __repr__(self) -> str:
        return f"<Covered {self.objective.name}: {len(self._cells)} cells>"

    def take(self, cells: Iterable[tuple[CellKey, Histogram]], step_s: int = 1) -> None:
        """Adds those histograms that the objective covers, under the first second of their step."""
        found: dict[CellKey, list[Histogram]] = {}
        for key, histogram in cells:
            kind = key[1:]
            if kind not in self._merged:
                self._merged[kind] = self._merged_into(key)
            second = key.second // step_s * step_s
            if second > self._last and "/" in key.measure and key.journey not in _ASIDE:
                self._last = second
            if (target := self._merged[kind]) is not None:
                found.setdefault(CellKey(second, *target), []).append(histogram)
        for key, histograms in found.items():
            self._cells.setdefault(key, Histogram()).merge(*histograms)

    def forget(self, since: int) -> None:
        """Drops what came in of the seconds from `since` on, before it comes in again."""
        for key in [key for key in self._cells if key.second >= since]:
            del self._cells[key]

    def _merged_into(self, key: CellKey) -> tuple[str, ...] | None:
        if "/" not in key.measure:
            return key[1:] if key.measure.startswith(JOURNEY) and not self._of_calls else None
        if not self._of_calls or key.journey in _ASIDE or not matches(key, self._where):
            return None
        measure = key.measure if self.objective.about.by_method else _ANY_METHOD
        return (measure, _ANY_KIND, *key[3:])

    def judged(self, arrivals: Sequence[ArrivalSecond], about: Mapping[str, Any]) -> Result:
        """Judges it over what came in, in a run of which `about` tells mode, phases and duration_s."""
        return judge(self._asked(), self._sources(arrivals, about))

    def _asked(self) -> Objective:
        """The objective, over cells that are of its calls alone."""
        objective = self.objective
        if not self._of_calls:
            return objective
        return objective.model_copy(update={"where": {}, "during": objective.phase})

    def _sources(self, arrivals: Sequence[ArrivalSecond], about: Mapping[str, Any]) -> Sources:
        cells = [Cell(key, tally) for key, tally in self._cells.items()]
        cells.append(Cell(CellKey(self._last, _ANY_METHOD, _ANY_KIND, "ok", "OK", SERVICE), Histogram()))
        figures = Figures(
            meta=about,
            calls=Calls([cell for cell in cells if "/" in cell.key.measure]),
            stations=Calls([cell for cell in cells if "/" not in cell.key.measure]),
            arrivals=Arrivals.of(arrivals),
            arrival_seconds=arrivals,
        )
        return Sources(figures, ())
