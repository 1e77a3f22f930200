"""How an objective is written for people: what it measured, what it asks for, and what it is restricted to.

The unit of its figures is its metric's, from the table of metrics; counts of whatever metric are counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports import wording
from reports.objectives.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Mapping


def unit_of(objective: Mapping[str, Any]) -> str:
    """The unit of an objective's figures: ms, share, count, s or ×; empty for a metric that is not known here."""
    if "unit" in objective:
        return str(objective["unit"])
    metric = METRICS.get(str(objective["metric"]))
    aggregation = "count" if str(objective["expression"]).startswith("count") else ""
    return metric.unit_of(aggregation) if metric else aggregation


def measured(objective: Mapping[str, Any]) -> str:
    """Writes what an objective measured."""
    return wording.figure(objective["measured"], unit_of(objective), bool(objective.get("censored")))


def known(objective: Mapping[str, Any]) -> str:
    """Writes what is known of an objective in one figure: of a count that may be larger both ends, `0–7`."""
    return (interval(objective) if unit_of(objective) == "count" else "") or measured(objective)


def interval(objective: Mapping[str, Any]) -> str:
    """Writes the interval of what an objective measured; empty when there is none.

    Calls that hit their deadline rank above every answer, though a longer answer may be the larger number: an interval
    that ends among them has no upper end, and may look as if it ran backwards.
    """
    low, high = objective.get("interval") or (None, None)
    if objective.get("censored") or (low is not None and high is not None and low > high):
        return ""
    return wording.span(low, high, unit_of(objective))


def threshold(objective: Mapping[str, Any]) -> str:
    """Writes what an objective asks for, as comparison and figure: `< 500 ms`."""
    signs = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠", "<": "<", ">": ">"}
    compared = str(objective.get("comparison") or objective["expression"])
    sign = next((said for written, said in signs.items() if written in compared), "")
    return f"{sign} {wording.figure(objective['threshold'], unit_of(objective))}".strip()


def where(objective: Mapping[str, Any]) -> str:
    """Writes what an objective is restricted to, `JoinQueue`; empty when it covers all."""
    condition = objective.get("where") or {}
    if isinstance(condition, str):
        return condition
    return ", ".join(
        wording.method_name(str(value)) if key == "method" else f"{key} {value}" for key, value in condition.items()
    )
