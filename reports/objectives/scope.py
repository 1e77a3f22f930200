"""Which part of a run an objective is about: a phase of its arrivals, from one second to another, or after a warm-up.

Parts are whole seconds. A call belongs to the second in which it was answered, an arrival to that for which it was
planned. Only the whole run has the drain after its planned duration; windows end with the load.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports import wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.figures import Figures
    from reports.objectives.objective import Objective


@dataclass(frozen=True, slots=True)
class Scope:
    """Seconds from T0; None where nothing bounds them."""

    from_s: int | None = None
    to_s: int | None = None
    phase: str = ""
    problem: str = ""
    """Why there is no such part."""

    @property
    def whole(self) -> bool:
        """It is the whole run."""
        return self.from_s is None and self.to_s is None

    @property
    def text(self) -> str:
        """Says which part it is: `during peak (20–30 s)`, `from 30 s on`; empty for the whole run."""
        if self.phase:
            return f"during {self.phase} ({self.from_s}–{self.to_s} s)" if self.from_s is not None else ""
        if self.to_s is not None:
            return f"{self.from_s or 0}–{self.to_s} s"
        return f"from {wording.seconds(self.from_s)} on" if self.from_s else ""

    def windows(self, length_s: int, figures: Figures) -> list[tuple[int, int]]:
        """Cuts it into whole windows; a shorter rest at its end is left out."""
        first = self.from_s or 0
        end = min(self.to_s if self.to_s is not None else math.inf, math.floor(figures.driven_s))
        return [(at, at + length_s) for at in range(first, int(end) - length_s + 1, length_s)]


WHOLE = Scope()


def scope_of(objective: Objective, figures: Figures) -> Scope:
    """Returns the part of the run that an objective is about; its `problem` says why there is none."""
    warmup = math.ceil(objective.warmup or 0)
    if objective.phase:
        return _phase(objective.phase, warmup, figures)
    if not objective.about.timed:
        return WHOLE
    from_s = max(warmup, math.floor(objective.from_s or 0)) or None
    to_s = None if objective.to_s is None else math.floor(objective.to_s)
    if (from_s or 0) >= figures.duration_s > 0:
        return Scope(from_s, to_s, problem=f"the run ends before it begins, after {figures.duration_s:g} s")
    return Scope(from_s, to_s)


def phase_end(name: str, figures: Figures) -> int | None:
    """The second in which a phase of the arrivals ends; None when there is no such phase."""
    return next((math.ceil(end) for phase, _, end in phases(figures) if phase == name), None)


def phases(figures: Figures) -> Iterator[tuple[str, float, float]]:
    """Yields name, beginning and end of the arrivals' phases, as the run file tells them."""
    for row in figures.meta.get("phases") or ():
        yield str(row["name"]), float(row["from_s"]), float(row["to_s"])


def no_phase(name: str, figures: Figures) -> str:
    """Says that a run has no such phase, and which it has."""
    names = ", ".join(name for name, _, _ in phases(figures))
    return f"the run has no phase {name!r}; it has {names or 'none'}"


def _phase(name: str, warmup: int, figures: Figures) -> Scope:
    for phase, begin, end in phases(figures):
        if phase == name:
            from_s, to_s = max(math.ceil(begin), warmup), math.floor(end)
            problem = "" if from_s < to_s else f"the phase {name} has no whole second"
            return Scope(from_s, to_s, name, problem)
    return Scope(phase=name, problem=no_phase(name, figures))
