"""report.html: one file that needs nothing else, no network and no font, and tells the run to who opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports import wording
from reports.pages import charts, drawings, facts, journeys, methods, view
from reports.pages.latency_words import overall_objective
from reports.pages.loops import loop_view
from reports.pages.observed import observed
from reports.pages.templating import render

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from reports.pages.material import Material

FIRST_REASONS = 4
"""So many reasons stand on the first screen, the heaviest; the others can be unfolded and are printed."""


def page(material: Material) -> str:
    """Returns the whole page; the same material gives the same text."""
    summary, t0_ns = material.summary, material.meta.get("t0_ns") or 0
    drawn = drawings.charts(material, latency_limit(summary))
    told_of_itself = observed(material.meta, material.series)
    drawn |= {chart.name: chart for chart in (told_of_itself.charts if told_of_itself else ())}
    return render(
        "report.html.j2",
        summary=summary,
        heading=facts.heading(summary),
        verdict=summary["verdict"],
        mark=wording.VERDICT_MARK[summary["verdict"]],
        headline=wording.VERDICT_HEADLINE[summary["verdict"]],
        advice=summary["advice"],
        first_reasons=FIRST_REASONS,
        tiles=view.tiles(summary),
        objectives=view.objective_rows(summary),
        facts=facts.facts(material),
        command=facts.command(material.meta),
        charts={name: (chart, charts.render(chart)) for name, chart in drawn.items()},
        observed=told_of_itself,
        loops=loop_view(summary),
        funnel=journeys.funnel_rows(material),
        endings=journeys.ending_rows(material),
        events=journeys.event_table(material.events),
        taken_beyond=journeys.taken_beyond(material.events),
        sections=journeys.section_table(material.sections),
        methods=methods.method_rows(material),
        columns=methods.outcome_columns(summary),
        findings=view.finding_rows(summary, t0_ns),
        slow=view.call_rows(material.slow, t0_ns),
        failed=view.call_rows(material.failed, t0_ns),
        generator=view.generator_rows(summary),
        processes=material.processes,
        told=facts.told_before(material.meta),
    )


def latency_limit(summary: Mapping[str, Any]) -> float | None:
    """The threshold in ms of the objective that judges P95 of all calls; None when there is none."""
    objective = overall_objective(summary)
    return None if objective is None else float(objective["threshold"])
