"""What objectives about parts of a long run are judged by: of its cells those that they cover, second by second.

A long run is read in steps (`reports.grain`), which is enough for its whole. An objective about a phase, about windows,
or about one kind of journeys needs single seconds, or the kind, but only of the calls that it covers: an hour read so
as a whole would fill two gigabytes. So these are read a second time and alone; kinds that nobody asks for are merged,
and where no times are asked for, calls are only counted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reports.calls import RESPONSE, SERVICE, Calls, Cell
from reports.figures import JOURNEY, Figures
from reports.objectives.selection import matches
from reports.remembered import Counted, Packed
from tacorush.evidence.merged_cells import ANY_KIND, merged_cells
from tacorush.evidence.records import PREFLIGHT, READBACK, CellKey

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from reports.objectives.objective import Objective
    from tacorush.evidence.runfile import RunFile

_TIMES = {"response_ms": RESPONSE, "service_ms": SERVICE}
"""Metric to the clock whose times it asks for; every other counts calls, of which each stands once on SERVICE."""


def close_look(run: RunFile, objectives: Collection[Objective], counted: Figures) -> Figures:
    """Returns the figures of a run with those of its cells that the objectives cover, second by second.

    `counted` are its figures in steps; whatever is told by cells covers no more than what the objectives do.
    """
    timed = {_TIMES[objective.metric] for objective in objectives if objective.metric in _TIMES}
    merged = _merged_into(objectives)
    rows, keys = run.cell_rows(lambda key: merged(key) is not None)
    cells = [
        Cell(key, Packed(tally) if key.clock in timed or "/" not in key.measure else Counted(tally.count))
        for key, tally in merged_cells(rows, keys, 1, merged)
    ]
    return replace(
        counted,
        meta={**counted.meta, "step_s": 1},
        calls=Calls([cell for cell in cells if "/" in cell.key.measure]),
        stations=Calls([cell for cell in cells if "/" not in cell.key.measure]),
    )


def _merged_into(objectives: Collection[Objective]) -> Callable[[tuple[str, ...]], tuple[str, ...] | None]:
    """Returns what says into which cells (measure, kind of journey, outcome, code, clock) others are merged, if any."""
    wheres: dict[str, list[dict[str, str]]] = {RESPONSE: [], SERVICE: []}
    kinds = {objective.where["journey"] for objective in objectives if "journey" in objective.where}
    for objective in objectives:
        where = {name: value for name, value in objective.question.where.items() if name != "journey"}
        wheres[_TIMES.get(objective.metric, SERVICE)].append(where)

    def merged(key: tuple[str, ...]) -> tuple[str, ...] | None:
        measure, journey, *rest = key
        if "/" not in measure:
            return key if measure.startswith(JOURNEY) else None
        if journey in (PREFLIGHT, READBACK):
            return None
        found = CellKey(0, *key)
        if not any(matches(found, where) for where in wheres[found.clock]):
            return None
        return (measure, journey if journey in kinds else ANY_KIND, *rest)

    return merged
