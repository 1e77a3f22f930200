"""What the response times mean, in a sentence: how high P95 is, how long it was over what was asked, where and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.objectives.words import interval
from reports.pages.view import is_censored, percentile
from reports.wording import method_name, milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reports.pages.material import Material

_FEWEST = 20
"""A method is named as the worst only with so many calls, if any has them."""


def overall_objective(summary: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The objective that judges P95 of all calls, in the shape of report.json; None when there is none."""
    for objective in summary["objectives"]:
        over_all = objective["metric"] == "response_ms" and not objective.get("where")
        if over_all and str(objective["expression"]).startswith("p(95)"):
            found: Mapping[str, Any] = objective
            return found
    return None


def latency_sentence(material: Material, limit_ms: float | None) -> str:
    """P95 with its interval, for how long it was over its limit, and in which method and second it was worst."""
    if all(value is None for value in material.series.response["p95"].values):
        return "No call was answered."
    overall = material.summary["latency_ms"]["overall"]["response"]
    objective = overall_objective(material.summary)
    around = interval(objective) if objective else ""
    said = f"P95 is {percentile(overall, 'p95')}" + (f" ({around})" if around else "")
    return ", ".join([said, *_over(material, limit_ms), *_worst(material)]) + "."


def _over(material: Material, limit_ms: float | None) -> Iterator[str]:
    if limit_ms is None:
        return
    p95, width = material.series.response["p95"], material.series.width_s
    known = [(value, beyond) for value, beyond in zip(p95.values, p95.censored, strict=True) if value is not None]
    over = sum(width for value, beyond in known if beyond or value >= limit_ms)
    covered = len(known) * width
    limit = milliseconds(limit_ms)
    yield f"over {limit} for {over} of {covered} s" if over else f"under {limit} in all of {covered} s"


def _worst(material: Material) -> Iterator[str]:
    methods: Mapping[str, Any] = {
        name: row["response"]
        for name, row in material.summary["latency_ms"]["methods"].items()
        if row["response"]["p95"] is not None
    }
    enough = {name: row for name, row in methods.items() if row["count"] >= _FEWEST} or methods
    if len(methods) > 1:
        name = max(enough, key=lambda name: (is_censored(enough[name], "p95"), enough[name]["p95"], name))
        yield f"worst in {method_name(name)} ({percentile(enough[name], 'p95')})"
    series = material.series
    p95 = series.response["p95"]
    rows = zip(p95.values, p95.censored, series.starts, strict=True)
    value, bound, at = max(
        ((value, bound, start) for value, bound, start in rows if value is not None),
        key=lambda row: (row[0], -row[2]),
    )
    yield f"worst at second {at} ({milliseconds(value, bound)})"
