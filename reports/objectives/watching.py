"""Objectives watched while a run goes on: says when one of those with `abort` cannot be met any more.

What comes in is judged by the same functions that give the final verdict. An objective is hopeless when it has failed
with its whole interval at LOOKS looks running, after its grace; of windows, when more missed for certain than may miss
of all that are planned; of oversell, as soon as a seat was seen to have two orders. Kept is no more than what it takes:
of each second the calls that an objective covers, merged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.objectives.covered import Covered
from reports.objectives.file import read
from reports.verdicts import FAIL
from tacorush.evidence.records import ArrivalSecond

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.objectives.objective import Objective
    from reports.objectives.result import Result
    from tacorush.evidence.records import Delta

LOOKS = 3


class Watch:
    """The objectives of one run that may end it."""

    def __init__(self, objectives: tuple[Objective, ...], about: Mapping[str, Any]) -> None:
        self._about = about
        self._covered = [Covered(objective) for objective in objectives]
        self._failed = dict.fromkeys(range(len(objectives)), 0)
        """At so many looks running, by the objective's place."""
        self._arrivals: dict[int, ArrivalSecond] = {}

    def take(self, delta: Delta) -> None:
        """Takes in what a process saw."""
        for covered in self._covered:
            covered.take(delta.cells.items())
        for row in delta.arrivals:
            known = self._arrivals.setdefault(row.second, ArrivalSecond(row.second))
            known.planned += row.planned
            known.started += row.started

    def hopeless(self, second: int, oversold: int) -> str:
        """Says which objective cannot be met any more in this second of the run, and why; empty while all may be.

        `oversold` is the number of seats that were seen with two orders.
        """
        rows = [self._arrivals[seen] for seen in sorted(self._arrivals)]
        for place, covered in enumerate(self._covered):
            objective = covered.objective
            if second < (objective.grace_s or 0) + (objective.warmup or 0):
                continue
            if objective.metric == "oversell":
                if oversold and not objective.parsed.holds(oversold):
                    return f"{objective.name}: {oversold:,} seen, asked for {objective.parsed.text}"
                continue
            result = covered.judged(rows, self._about)
            self._failed[place] = self._failed[place] + 1 if _missed(objective, result, self._about) else 0
            if self._failed[place] >= (1 if objective.windows else LOOKS):
                return f"{objective.name}: {result.reason}"
        return ""


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
