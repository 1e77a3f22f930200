"""From an objective and what was measured to its verdict.

PASS when the whole interval holds, FAIL when none of it does, INCONCLUSIVE else, and always INCONCLUSIVE where nothing,
or too little, was measured. A percentile that fell among calls that hit their deadline fails every `<`, whatever its
number, for the truth lies above it. A census, such as the seats sold twice, is judged as it is; what possibly happened
besides is its interval, so that an open finding keeps `count==0` from passing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from reports import wording
from reports.objectives import words
from reports.verdicts import FAIL, INCONCLUSIVE, PASS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reports.objectives.expression import Expression
    from reports.objectives.file import Objective
    from reports.objectives.measuring import Measured, Metric, Sources
    from reports.resampling import Interval


@dataclass(frozen=True, slots=True)
class Result:
    """One objective and how it came out."""

    name: str
    metric: str
    where: Mapping[str, str]
    expression: Expression
    load: bool
    """It is about the platform under this load, so that a generator that did not keep up spoils it."""
    measured: Measured
    verdict: str
    reason: str
    """Why, in words with the figures; whoever shows them names the objective beside."""
    lacking: int = 0
    """How many samples it needs, where it has some and too few of them are all that keeps it from being decided."""

    @property
    def unit(self) -> str:
        """The unit of its figures, as `reports.objectives.words` writes them."""
        return words.unit_of({"metric": self.metric, "expression": self.expression.text})

    @property
    def interval(self) -> Interval:
        """The bounds of what was measured."""
        return self.measured.interval


def judge_all(objectives: Iterable[Objective], sources: Sources) -> list[Result]:
    """Judges every objective that can apply: what only an open loop plans is left out of a closed one."""
    open_loop = sources.figures.open_loop
    chosen = [objective for objective in objectives if open_loop or not objective.about.open_loop_only]
    return [judge(objective, sources) for objective in chosen]


def judge(objective: Objective, sources: Sources) -> Result:
    """Measures and judges one objective."""
    metric, expression = objective.about, objective.parsed
    measured = metric.measure(sources, expression, objective.where)
    verdict, reason, lacking = _decide(objective.name, metric, expression, measured)
    return Result(
        objective.name, metric.name, objective.where, expression, metric.load, measured, verdict, reason, lacking
    )


def decide(expression: Expression, measured: Measured) -> str:
    """Returns the verdict over an interval; what was measured must be there."""
    if measured.censored and expression.upper:
        return FAIL
    value = math.inf if measured.censored else measured.value
    low, high = measured.interval
    ends = [value if end is None else end for end in (low, high)]
    if measured.high_censored:
        ends[1] = math.inf
    holds = [expression.holds(end) for end in ends if end is not None]
    if ends[0] != ends[1] and expression.comparison in {"==", "!="}:
        return _decide_equal(expression, ends)
    if all(holds):
        return PASS
    return INCONCLUSIVE if any(holds) else FAIL


def _decide_equal(expression: Expression, ends: list[float | None]) -> str:
    """An interval with a width is never known to equal a number; it may be known to lie beside it."""
    low, high = (math.nan if end is None else end for end in ends)
    if low <= expression.threshold <= high:
        return INCONCLUSIVE
    return FAIL if expression.comparison == "==" else PASS


def _decide(name: str, metric: Metric, expression: Expression, measured: Measured) -> tuple[str, str, int]:
    """Returns the verdict, the reason, and how many samples it lacks to be decided."""
    if measured.samples == 0 and measured.needed:
        return INCONCLUSIVE, "nothing was measured, so nothing is known", 0
    few = wording.plural(measured.samples, "sample")
    if measured.samples < measured.needed:
        reason = f"{few}, and {expression.text} needs {measured.needed:,}; run longer or faster"
        return INCONCLUSIVE, reason, measured.needed
    verdict = decide(expression, measured)
    reason = said(name, metric.name, expression, measured, verdict)
    if verdict == INCONCLUSIVE and measured.samples < measured.settled_by:
        return verdict, f"{reason} with {few}; {measured.settled_by:,} would tell", measured.settled_by
    return verdict, reason, 0


_RELATION: Mapping[str, str] = MappingProxyType(
    {PASS: "as asked for", FAIL: "asked for", INCONCLUSIVE: "too close to tell from"}
)


def said(name: str, metric: str, expression: Expression, measured: Measured, verdict: str) -> str:
    """Says what was measured against what was asked: `612 ms (580–655 ms), asked for < 500 ms`.

    A percentile is named unless the objective's own name does so.
    """
    row = {"metric": metric, "expression": expression.text, "threshold": expression.threshold}
    row |= {"measured": measured.value, "interval": measured.interval, "censored": measured.censored}
    if measured.possible:
        return f"{words.measured(row)} known and {measured.possible:,} more possible, asked for {words.threshold(row)}"
    span = words.interval(row)
    figure = words.measured(row) + (f" ({span})" if span else "")
    percentile = f"P{expression.percent:g}" if expression.aggregation == "p" else ""
    label = "" if percentile in name else f"{percentile} "
    return f"{label}{figure}, {_RELATION[verdict]} {words.threshold(row)}"
