"""report.html: one file that needs nothing else, no network, no script, no font, and tells the run to who opens it.

Whatever came from outside (names, error texts, ids) is escaped by the template engine; only drawings that we made are
put in as they are. A name that a template uses and that is not there raises, so no page has silent holes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports import wording
from reports.pages import charts, drawings, facts, view
from reports.pages.loops import loop_view

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from reports.pages.material import Material


def page(material: Material) -> str:
    """Returns the whole page; the same material gives the same text."""
    environment = Environment(
        loader=PackageLoader("reports.pages", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    summary, t0_ns = material.summary, material.meta.get("t0_ns") or 0
    drawn = drawings.charts(material, latency_limit(summary))
    style, _, _ = environment.loader.get_source(environment, "report.css")  # type: ignore[union-attr]
    return environment.get_template("report.html.j2").render(
        style=Markup(style),  # noqa: S704 -- our own file
        summary=summary,
        heading=facts.heading(summary),
        verdict=summary["verdict"],
        mark=wording.VERDICT_MARK[summary["verdict"]],
        headline=wording.VERDICT_HEADLINE[summary["verdict"]],
        advice=summary["advice"],
        tiles=view.tiles(summary),
        objectives=view.objective_rows(summary),
        facts=facts.facts(material),
        command=facts.command(material.meta),
        charts={name: (chart, charts.render(chart)) for name, chart in drawn.items()},
        loops=loop_view(summary),
        funnel=view.funnel_rows(material),
        endings=view.ending_rows(material),
        methods=view.method_rows(summary),
        columns=view.outcome_columns(summary),
        findings=view.finding_rows(summary, t0_ns),
        slow=view.call_rows(material.slow, t0_ns),
        failed=view.call_rows(material.failed, t0_ns),
        generator=view.generator_rows(summary),
        processes=material.processes,
        told=facts.told_before(material.meta),
        plural=wording.plural,
        count=wording.count,
        seconds=wording.seconds,
    )


def latency_limit(summary: Mapping[str, Any]) -> float | None:
    """The threshold in ms of the objective that judges P95 of all calls; None when there is none."""
    for objective in summary["objectives"]:
        over_all = objective["metric"] == "response_ms" and not objective.get("where")
        if over_all and str(objective["expression"]).startswith("p(95)"):
            return float(objective["threshold"])
    return None
