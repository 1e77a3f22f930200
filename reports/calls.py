"""The calls of a run as cells, and the choice among them: which calls a figure covers is decided here and only here.

A cell counts the calls of one second, method, kind of journey, outcome and code, on one clock. Calls of journeys are
those of every kind but pre-flight and read-back; latency, error rate and availability take these alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from contracts.outcomes import CENSORED_CODE, OUTCOMES, was_answered
from reports.distribution import Distribution
from tacorush.evidence.records import PREFLIGHT, READBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from reports.evidence_view import Evidence, Tally
    from tacorush.evidence.records import CellKey

RESPONSE, SERVICE = "response", "service"
CLOCKS = (RESPONSE, SERVICE)
"""From the planned start, and from the send. Every call is counted once on each."""

ERRORS = frozenset({"failed", "unknown"})
"""Outcomes that the error rate counts."""
_TIMED = frozenset({"ok", "refused"})


@dataclass(frozen=True, slots=True)
class Cell:
    """One histogram with its key."""

    key: CellKey
    tally: Tally


@dataclass(frozen=True)
class Calls:
    """A choice of calls: their cells on both clocks."""

    cells: Sequence[Cell]

    @classmethod
    def of(cls, evidence: Evidence) -> Calls:
        """Takes all calls of a run, pre-flight and read-back included."""
        return split(evidence.cells())[0]

    def where(self, wanted: Callable[[CellKey], bool]) -> Calls:
        """Chooses the calls whose key is wanted, whatever the second: of a kind of cells one key is asked for all."""
        return Calls([cell for cells in self.kinds.values() if wanted(cells[0].key) for cell in cells])

    def between(self, from_s: int, to_s: float) -> Calls:
        """Chooses the calls that were answered from `from_s` until before `to_s`."""
        seconds, cells = self._in_order
        return Calls(cells[bisect_left(seconds, from_s) : bisect_left(seconds, to_s)])

    @cached_property
    def kinds(self) -> Mapping[tuple[str, ...], Sequence[Cell]]:
        """The cells whose keys differ in the second alone, by what they share."""
        found: dict[tuple[str, ...], list[Cell]] = {}
        for cell in self.cells:
            found.setdefault(cell.key[1:], []).append(cell)
        return found

    @cached_property
    def _in_order(self) -> tuple[list[int], list[Cell]]:
        cells = sorted(self.cells, key=lambda cell: cell.key.second)
        return [cell.key.second for cell in cells], cells

    @cached_property
    def of_journeys(self) -> Calls:
        """The calls of journeys alone."""
        return self.where(lambda key: key.journey not in (PREFLIGHT, READBACK))

    @cached_property
    def by_method(self) -> Mapping[str, Calls]:
        """The calls of each method that has any, by its full name in alphabetical order."""
        found: dict[str, list[Cell]] = {}
        for cells in self.kinds.values():
            found.setdefault(cells[0].key.measure, []).extend(cells)
        return {name: Calls(found[name]) for name in sorted(found)}

    @cached_property
    def outcomes(self) -> dict[str, int]:
        """How many calls had each of the five outcomes."""
        counted = dict.fromkeys(OUTCOMES, 0)
        for (outcome, _), count in self.codes.items():
            counted[outcome] += count
        return counted

    @cached_property
    def codes(self) -> Counter[tuple[str, str]]:
        """How many calls had each (outcome, code)."""
        counted: Counter[tuple[str, str]] = Counter()
        for cells in self.kinds.values():
            if (key := cells[0].key).clock == SERVICE:
                counted[key.outcome, key.code] += sum(cell.tally.count for cell in cells)
        return counted

    @cached_property
    def counted(self) -> list[Cell]:
        """The cells of one clock, in which every call stands once."""
        return [cell for cell in self.cells if cell.key.clock == SERVICE]

    @property
    def count(self) -> int:
        """How many calls there are, unimplemented ones included."""
        return sum(self.outcomes.values())

    @property
    def served(self) -> int:
        """How many calls were not answered with unimplemented: what rates are shares of."""
        return self.count - self.outcomes["unimplemented"]

    def timed(self, clock: str) -> tuple[list[Cell], list[Cell]]:
        """Returns the cells whose times count as latency, on one clock: answers, and calls that hit their deadline."""
        answers = self.where(lambda key: key.clock == clock and key.outcome in _TIMED)
        return list(answers.cells), list(self.where(lambda key: key.clock == clock and hit_deadline(key)).cells)

    def latency(self, clock: str) -> Distribution:
        """Returns the distribution of the times on one clock."""
        answers, gave_up = self.timed(clock)
        return Distribution.of([cell.tally for cell in answers], [cell.tally for cell in gave_up])

    def per_second(self, wanted: Callable[[CellKey], bool]) -> Counter[int]:
        """Counts the wanted calls of each second."""
        counted: Counter[int] = Counter()
        for cells in self.kinds.values():
            if cells[0].key.clock == SERVICE and wanted(cells[0].key):
                for cell in cells:
                    counted[cell.key.second] += cell.tally.count
        return counted


def split(cells: Iterable[tuple[CellKey, Tally]]) -> tuple[Calls, list[Cell]]:
    """Takes all cells of a run once: those that count calls, and the others."""
    calls: list[Cell] = []
    others: list[Cell] = []
    for key, tally in cells:
        (calls if "/" in key.measure else others).append(Cell(key, tally))
    return Calls(calls), others


def hit_deadline(key: CellKey) -> bool:
    """Says if the calls of a cell gave up at their deadline, so that their time is a lower bound."""
    return key.outcome == "unknown" and key.code == CENSORED_CODE


def is_error(key: CellKey) -> bool:
    """Says if the error rate counts these calls."""
    return key.outcome in ERRORS


def is_served(key: CellKey) -> bool:
    """Says if these calls count as calls at all: unimplemented ones do not."""
    return key.outcome != "unimplemented"


def is_unanswered(key: CellKey) -> bool:
    """Says if availability misses an answer to these calls."""
    return is_served(key) and not was_answered(key.outcome, key.code)
