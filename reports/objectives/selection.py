"""Which calls and which times of journeys an objective covers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.calls import RESPONSE, Calls, Cell
from reports.distribution import Distribution

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.figures import Figures
    from tacorush.evidence.records import CellKey


@dataclass(frozen=True)
class Timed:
    """Cells whose times are looked at: what was answered, and what gave up at its deadline."""

    answered: Sequence[Cell]
    gave_up: Sequence[Cell] = ()

    @property
    def distribution(self) -> Distribution:
        """All of them together."""
        return Distribution.of([cell.tally for cell in self.answered], [cell.tally for cell in self.gave_up])


def chosen(figures: Figures, where: Mapping[str, str]) -> Calls:
    """Returns the journeys' calls that match every filter."""
    return figures.journeys.where(lambda key: matches(key, where)) if where else figures.journeys


def times_of_calls(figures: Figures, where: Mapping[str, str], clock: str) -> Timed:
    """The times of the journeys' calls that match every filter, on one clock."""
    return Timed(*chosen(figures, where).timed(clock))


def times_of_journeys(figures: Figures, where: Mapping[str, str], measure: str) -> Timed:
    """The times that journeys took for something, of those that came so far."""
    kind, outcome = where.get("journey"), where.get("outcome")
    cells = [
        cell
        for cell in figures.stations.cells
        if cell.key.measure == measure
        and cell.key.clock == RESPONSE
        and kind in (None, cell.key.journey)
        and outcome in (None, cell.key.outcome)
    ]
    return Timed(cells)


def matches(key: CellKey, where: Mapping[str, str]) -> bool:
    """Says if the calls of a cell match every filter."""
    service, _, short = key.measure.partition("/")
    facts = {
        "method": (key.measure, short),
        "service": (service, service.rpartition(".")[2]),
        "journey": (key.journey,),
        "outcome": (key.outcome,),
    }
    return all(value in facts[name] for name, value in where.items())
