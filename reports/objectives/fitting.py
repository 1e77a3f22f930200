"""Whether objectives fit what is about to be driven: each asks for phases, journeys and methods that the plan has.

An objective about what a plan cannot bring would end every run INCONCLUSIVE, whatever the platform did, so it is
refused before the load. One that is `optional` may name a method or a service that nobody calls: it is left out then.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.objectives.checks import Fault

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from reports.objectives.objective import Objective

MOST_LISTED = 12
"""So many names are listed where none is near to what was written."""


@dataclass(frozen=True, slots=True)
class Driven:
    """What a plan can bring."""

    scenario: str
    phases: Collection[str]
    journeys: Collection[str]
    methods: Collection[str]
    """Full names of those that its journeys may call."""


def misfits(objective: Objective, driven: Driven) -> Iterator[Fault]:
    """Yields what a sound objective asks for and the plan does not have."""
    recovery = objective.recovery
    if recovery and isinstance(recovery.after, str):
        yield from _missing(("recovers",), "phase", recovery.after, driven.phases, driven, recovery.after)
    if objective.during:
        yield from _missing(("during",), "phase", objective.during, driven.phases, driven)
    names = {"phase": set(driven.phases), "journey": set(driven.journeys)}
    if not objective.optional:
        services = {method.partition("/")[0] for method in driven.methods}
        names["method"] = {name for full in driven.methods for name in (full, full.partition("/")[2])}
        names["service"] = {name for full in services for name in (full, full.rpartition(".")[2])}
    for key, value in objective.where.items():
        if key in names:
            yield from _missing(("where", key), key, value, names[key], driven)


def _missing(
    field: tuple[str, ...], what: str, name: str, known: Collection[str], driven: Driven, word: str = ""
) -> Iterator[Fault]:
    if name in known:
        return
    near = difflib.get_close_matches(name, known, n=1)
    short = sorted(name for name in known if "." not in name)
    listed = ", ".join(short[:MOST_LISTED]) + (" and more" if len(short) > MOST_LISTED else "")
    has = f"did you mean {near[0]}?" if near else f"it has {listed}"
    yield Fault(field, f"the scenario {driven.scenario} has no {what} {name!r}; {has}", word)
