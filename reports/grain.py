"""How finely the cells of a run are read: second by second, or in steps where a long run needs them no finer.

A step divides the planned duration, so that no step has both load and drain, and there are at most MOST_STEPS of them,
as many as intervals resample and charts draw. An objective that is about a part of the run, about windows, or about
kinds of journeys is about single seconds or kinds: a stored run is looked at closely for it (`reports.close_look`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.resampling import MOST_BLOCKS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.objectives.objective import Objective

LONG_S = 900
"""Runs up to here are always read second by second."""
MOST_STEPS = MOST_BLOCKS
_STEPS_S = (5, 10, 15, 20, 30, 60, 120, 300, 600)
_OF_THE_WHOLE = frozenset({"name", "metric", "expression", "where", "confidence", "optional", "abort"})
"""Fields of an objective that leave it one about the whole run; any other may ask for single seconds."""
_OF_CALLS = frozenset({"method", "service", "outcome", "rule"})
"""What an objective may filter by without asking for kinds of journeys or parts of the run."""


def step_s(objectives: Iterable[Objective], duration_s: float) -> int:
    """Returns how many seconds of a run are read as one: 1, or more where nobody would see a difference."""
    if duration_s <= LONG_S or not all(map(about_the_whole, objectives)):
        return 1
    fitting = [step for step in _STEPS_S if duration_s % step == 0 and duration_s / step <= MOST_STEPS]
    return min(fitting, default=1)


def about_the_whole(objective: Objective) -> bool:
    """Says if an objective asks for no single seconds, or kinds of journeys: figures in steps are enough for it."""
    fields = type(objective).model_fields
    said = {name for name, field in fields.items() if getattr(objective, name) not in (field.default, None, 0)}
    return said <= _OF_THE_WHOLE and set(objective.where) <= _OF_CALLS
