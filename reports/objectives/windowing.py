"""Objectives on every window: each is measured and decided by itself, and so many may miss.

FAIL when more windows missed for certain than may, PASS when no more can have missed, INCONCLUSIVE else. What is told
as measured is the window that decides: the worst of those that may not miss.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from reports import wording
from reports.objectives import words
from reports.objectives.deciding import verdict_of
from reports.objectives.result import Windows
from reports.verdicts import FAIL, INCONCLUSIVE, ORDER, PASS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.objectives import clauses
    from reports.objectives.metric import Measured, Sources
    from reports.objectives.objective import Objective
    from reports.objectives.result import Result


class Window(NamedTuple):
    """One window, measured."""

    from_s: int
    to_s: int
    measured: Measured
    verdict: str


def measured(objective: Objective, spans: Sequence[tuple[int, int]], sources: Sources) -> list[Window]:
    """Measures and decides each span of seconds."""
    found = []
    for from_s, to_s in spans:
        figure = objective.about.measure(sources.between(from_s, to_s), objective.question)
        found.append(Window(from_s, to_s, figure, verdict_of(objective.parsed, figure)))
    return found


def judge(objective: Objective, asked: clauses.Windows, sources: Sources, blank: Result) -> Result:
    """Judges every window."""
    spans = blank.scope.windows(asked.length_s, sources.figures)
    if not spans:
        return replace(blank, reason=f"no window of {asked.length_s} s fits: drive longer, or ask for shorter windows")
    found = measured(objective, spans, sources)
    missed, unclear = (sum(window.verdict == verdict for window in found) for verdict in (FAIL, INCONCLUSIVE))
    may_miss = asked.allowed(len(found))
    verdict = FAIL if missed > may_miss else PASS if missed + unclear <= may_miss else INCONCLUSIVE
    first = next((window.from_s for window in found if window.verdict == FAIL), None)
    windows = Windows(asked.length_s, len(found), missed, unclear, may_miss, first)
    decides = _worst_first(objective, found)[min(may_miss, len(found) - 1)]
    result = replace(blank, measured=decides.measured, verdict=verdict, windows=windows)
    return replace(result, reason=_said(result, windows, decides))


def _worst_first(objective: Objective, found: Sequence[Window]) -> list[Window]:
    sign = -1 if objective.parsed.comparison in {"<", "<="} else 1

    def rank(window: Window) -> tuple[int, float]:
        figure = window.measured
        value = float("inf") if figure.censored else figure.value or 0.0
        return ORDER.index(window.verdict), sign * value

    return sorted(found, key=rank)


def _said(result: Result, windows: Windows, decides: Window) -> str:
    counted = f"{windows.missed:,} of {windows.total:,} windows of {wording.seconds(windows.length_s)} missed"
    counted += f", {windows.open:,} cannot be told" if windows.open else ""
    counted += f" ({windows.may_miss:,} may)" if windows.may_miss else ""
    where = f"at {decides.from_s}–{decides.to_s} s"
    figure = decides.measured
    if figure.samples < figure.needed:
        few = f"{wording.plural(figure.samples, figure.what)} where {figure.needed:,} are needed"
        return f"{counted}; {where} {few}: drive faster, or ask for longer windows"
    row = result.row
    span = words.interval(row)
    worst = "worst" if not windows.may_miss else "decided"
    told = f"{words.measured(row)} ({span})" if span else words.measured(row)
    return f"{counted}; {worst} {where}: {told}, asked for {words.threshold(row)}"
