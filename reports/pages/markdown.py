"""report.md: the run in a page of Markdown, for a pull request or a CI job's summary ($GITHUB_STEP_SUMMARY).

It says what the first screen of report.html says, and every finding in a line. Words from outside cannot break out of
their cell, start HTML, or become links: what Markdown and HTML read as markup is escaped.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reports import wording
from reports.pages import facts, methods, view
from reports.pages.loops import loop_view
from reports.pages.observed import observed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.pages.material import Material

_MARKUP = re.compile(r"([\\`*_\[\]<>|~#&@$])")


def markdown(material: Material) -> str:
    """Returns the whole page; the same material gives the same text."""
    return "\n".join(_lines(material)) + "\n"


def plain(text: str) -> str:
    """Escapes what Markdown would read as markup, and keeps it on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _lines(material: Material) -> Iterator[str]:
    summary = material.summary
    verdict = summary["verdict"]
    run = f"{plain(summary['scenario'])} against {plain(summary['target'])}"
    yield f"# {wording.VERDICT_MARK[verdict]} {verdict}: {run}"
    yield from ("", wording.VERDICT_HEADLINE[verdict], "")
    yield from (f"- {plain(reason)}" for reason in summary["reasons"])
    yield from ("", plain(summary["advice"]), "", "## Key figures", "")
    tiles = view.tiles(summary)
    yield from table(
        ("Figure", "Value", ""), [(tile.name, f"**{plain(tile.value)}**", plain(tile.note)) for tile in tiles]
    )
    yield from _objectives(material)
    yield from _findings(material)
    yield from _loops(material)
    yield from _observed(material)
    yield from _methods(material)
    yield from ("", "## What was run", "")
    yield from table(("", ""), [(name, plain(value)) for name, value in facts.facts(material)])
    command = facts.command(material.meta)
    if command:
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", command)), default=0))
        yield from ("", "Repeat it:", "", f"{fence}sh", " ".join(command.splitlines()), fence)


def _objectives(material: Material) -> Iterator[str]:
    yield from ("", "## Objectives", "")
    rows = [
        (
            f"{wording.VERDICT_MARK[row.verdict]} {row.verdict}",
            plain(row.name),
            f"**{plain(row.measured)}**" + (f" ({plain(row.interval)})" if row.interval else ""),
            plain(row.threshold),
            row.samples,
        )
        for row in view.objective_rows(material.summary)
    ]
    if not rows:
        yield "No objective was set."
        return
    yield from table(("Verdict", "Objective", "Measured", "Asked", "Samples"), rows)


def _findings(material: Material) -> Iterator[str]:
    yield from ("", "## Findings", "")
    rows = view.finding_rows(material.summary)
    if not rows:
        yield "None."
    yield from (f"- **{row.certainty}**, {plain(row.rule)}: {plain(row.message)}" for row in rows)
    left_out = len(material.summary["findings"]) - len(rows)
    if left_out:
        yield f"- {wording.plural(left_out, 'more finding')} in report.json"


def _loops(material: Material) -> Iterator[str]:
    found = loop_view(material.summary)
    if found is None:
        return
    yield from ("", "## Two measures of one wait", "", plain(found.sentence), "")
    yield from table(("Percentile", *found.heads), [(row.name, *row.times) for row in found.rows])
    yield from ("", plain(found.how))


def _observed(material: Material) -> Iterator[str]:
    found = observed(material.meta, material.series)
    if found is None:
        return
    yield from ("", "## Observed at the target", "")
    yield from (f"- **{plain(chart.title)}**: {plain(chart.description)}" for chart in found.charts)
    yield from (f"- **{plain(row.name)}** is missing: {plain(row.answer)}" for row in found.missing)


def _methods(material: Material) -> Iterator[str]:
    rows = methods.method_rows(material)
    if not rows:
        return
    columns = methods.outcome_columns(material.summary)
    yield from ("", "<details><summary>Methods: response time and outcomes</summary>", "")
    yield from table(
        ("Method", "Calls", "P50", "P95", "P99", *columns),
        [
            (
                plain(row.name),
                row.calls.text,
                *(figure.text for figure in row.response[:3]),
                *(amount.text for _, amount in row.outcomes),
            )
            for row in rows
        ],
    )
    yield from ("", "</details>")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yields the lines of a table; its cells are Markdown already."""
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
