"""From an objective and what was measured to its verdict and the reason in words."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from reports import wording
from reports.objectives import recovering, windowing, words
from reports.objectives.deciding import enough, verdict_of
from reports.objectives.metric import Measured
from reports.objectives.result import Result
from reports.objectives.scope import scope_of
from reports.verdicts import FAIL, INCONCLUSIVE, PASS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reports.objectives.metric import Sources
    from reports.objectives.objective import Objective

NOTHING = "nothing was measured, so nothing is known"


def judge_all(objectives: Iterable[Objective], sources: Sources) -> list[Result]:
    """Judges every objective that can apply.

    What only an open loop plans is left out of a closed one, and an optional objective where nothing was measured.
    """
    open_loop = sources.figures.open_loop
    chosen = [objective for objective in objectives if open_loop or not objective.about.open_loop_only]
    judged = [(objective, judge(objective, sources)) for objective in chosen]
    return [result for objective, result in judged if result.measured.samples or not objective.optional]


def judge(objective: Objective, sources: Sources) -> Result:
    """Measures and judges one objective."""
    scope = scope_of(objective, sources.figures)
    metric, asked = objective.about, objective.parsed
    blank = Result(
        name=objective.name,
        metric=metric.name,
        where=objective.question.where,
        expression=asked,
        load=metric.load,
        measured=Measured(None, needed=1),
        verdict=INCONCLUSIVE,
        reason=scope.problem,
        unit="s" if objective.recovery else metric.unit_of(asked.aggregation),
        scope=scope,
        recovery=objective.recovery,
        every=objective.windows.text if objective.windows else "",
        confidence=objective.question.confidence,
        budget=objective.budget,
    )
    if scope.problem:
        return blank
    if objective.recovery:
        return recovering.judge(objective, objective.recovery, sources, blank)
    if objective.windows:
        return windowing.judge(objective, objective.windows, sources, blank)
    part = sources if scope.whole else sources.between(scope.from_s or 0, _end(scope.to_s))
    return _whole(replace(blank, measured=metric.measure(part, objective.question)))


def _end(to_s: int | None) -> float:
    return float("inf") if to_s is None else to_s


def _whole(result: Result) -> Result:
    """Decides over all that was measured at once."""
    measured, expression = result.measured, result.expression
    if measured.samples == 0 and measured.needed:
        return replace(result, reason=NOTHING)
    few = wording.plural(measured.samples, measured.what)
    verdict = verdict_of(expression, measured)
    if measured.samples < measured.needed:
        reason = f"{few}, and {expression.text} needs {measured.needed:,}; run longer or faster"
        return replace(result, reason=reason, lacking=measured.needed)
    reason = said(result, verdict)
    needed = enough(expression, measured) if verdict == INCONCLUSIVE else 0
    if measured.samples < needed:
        reason = f"{reason} with {few}; {needed:,} would tell"
        return replace(result, verdict=verdict, reason=reason, lacking=needed)
    return replace(result, verdict=verdict, reason=reason)


_RELATION: Mapping[str, str] = MappingProxyType(
    {PASS: "as asked for", FAIL: "asked for", INCONCLUSIVE: "too close to tell from"}
)


def said(result: Result, verdict: str) -> str:
    """Says what was measured against what was asked: `612 ms (580–655 ms), asked for < 500 ms`.

    A percentile is named unless the objective's own name does so; of a census what would have shown stands behind.
    """
    row, measured, expression = result.row, result.measured, result.expression
    if measured.possible:
        return f"{words.measured(row)} known and {measured.possible:,} more possible, asked for {words.threshold(row)}"
    span = words.interval(row)
    figure = words.measured(row) + (f" ({span})" if span else "")
    percentile = f"P{expression.percent:g}" if expression.aggregation == "p" else ""
    label = "" if percentile in result.name else f"{percentile} "
    power = f", {measured.power}" if measured.power and verdict == PASS else ""
    part = f" {result.scope.text}" if result.scope.text else ""
    return f"{label}{figure}{part}, {_RELATION[verdict]} {words.threshold(row)}{power}"
