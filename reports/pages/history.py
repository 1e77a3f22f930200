"""history.html: many runs in the order of their time, for each load a trend, its changes, and links to the reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from reports import wording
from reports.pages import charts, history_charts
from reports.pages.facts import readable
from reports.pages.methods import Spark, spark_path
from reports.pages.templating import render
from reports.pages.write import write_files
from reports.trend.change_points import LEAST_RUNS
from reports.trend.console import change_said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from markupsafe import Markup

    from reports.pages.charts import Chart
    from reports.trend.past_runs import Unread
    from reports.trend.trend import Line, Trend

PAGE = "history.html"


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run in the table."""

    number: int
    started: str
    name: str
    link: str
    """Where its report lies; empty where it has none."""
    release: str
    verdict: str
    mark: str
    p95: tuple[str, float]
    errors: tuple[str, float]
    oversell: tuple[str, float]
    orders: tuple[str, float]
    doubt: str
    changed: str
    """What changed before it; empty for nothing."""


@dataclass(frozen=True, slots=True)
class ObjectiveRow:
    """The figure of an objective over all runs."""

    name: str
    spark: Spark | None
    first: str
    last: str
    asked: str
    verdicts: str
    change: str


@dataclass(frozen=True, slots=True)
class Section:
    """One load."""

    place: int
    load: str
    amount: str
    said: str
    changes: Sequence[tuple[str, str]]
    """Where something changed, and what."""
    charts: Mapping[str, tuple[Chart, Markup]]
    objectives: Sequence[ObjectiveRow]
    runs: Sequence[RunRow]


def write(folder: Path, trends: Sequence[Trend], unread: Sequence[Unread]) -> Path:
    """Writes history.html into the folder of the runs and returns its path; raises PagesError."""
    return write_files(folder, {PAGE: page(folder.name or str(folder), trends, unread)})[0]


def page(name: str, trends: Sequence[Trend], unread: Sequence[Unread]) -> str:
    """Returns the whole page of a folder; the same runs give the same text."""
    return render(
        "history.html.j2",
        "compare.css",
        name=name,
        sections=[_section(place, trend) for place, trend in enumerate(trends)],
        unread=unread,
        runs=sum(len(trend.runs) for trend in trends),
        least=LEAST_RUNS,
    )


def _section(place: int, trend: Trend) -> Section:
    drawn = history_charts.charts(trend, place) if len(trend.runs) > 1 else {}
    return Section(
        place=place,
        load=trend.load,
        amount=wording.plural(len(trend.runs), "run"),
        said=_said(trend),
        changes=[(_where(trend, point.at), change_said(trend, point)) for point in trend.changes],
        charts={name: (chart, charts.render(chart)) for name, chart in drawn.items()},
        objectives=[_objective_row(trend, line) for line in trend.objectives],
        runs=_run_rows(trend),
    )


def _said(trend: Trend) -> str:
    if trend.too_few:
        sound = wording.plural(len(trend.sound), "run")
        return f"{sound} whose load is not in doubt: from {LEAST_RUNS} on a change can be told from chance."
    if not trend.changes:
        return "No change seen: the order of the runs may be chance."
    return f"{wording.plural(len(trend.changes), 'change')} seen; by chance one comes in fewer than 1 of 20 histories."


def _where(trend: Trend, at: int) -> str:
    summary = trend.runs[at].summary
    release = summary["release"]["label"]
    return f"Run {at + 1}" + (f", release {release}" if release else "") + f", {readable(summary['started_at'])}"


def _run_rows(trend: Trend) -> list[RunRow]:
    """The newest run first."""
    points = {point.at: change_said(trend, point) for point in trend.changes}
    p95, errors, oversell = trend.key_lines
    rows = []
    for number, run in enumerate(trend.runs):
        summary = run.summary
        orders = summary["totals"]["orders"]
        rows.append(
            RunRow(
                number=number + 1,
                started=str(summary["started_at"])[:16].replace("T", " "),
                name=run.name,
                link=quote(run.page),
                release=summary["release"]["label"],
                verdict=summary["verdict"],
                mark=wording.VERDICT_MARK[summary["verdict"]],
                p95=_figure(p95, number),
                errors=_figure(errors, number),
                oversell=_figure(oversell, number),
                orders=(wording.count(orders), orders),
                doubt=run.doubts[0] if run.doubts else "",
                changed=points.get(number, ""),
            )
        )
    return rows[::-1]


def _figure(line: Line, number: int) -> tuple[str, float]:
    value = line.values[number]
    return line.told(number), -1.0 if value is None else value


def _objective_row(trend: Trend, line: Line) -> ObjectiveRow:
    known = [number for number, value in enumerate(line.values) if value is not None]
    passed = sum(verdict == "PASS" for verdict in line.verdicts)
    judged = sum(bool(verdict) for verdict in line.verdicts)
    changed = [trend.change(point, line.name) for point in trend.changes if line.name in point.series]
    return ObjectiveRow(
        name=line.name,
        spark=_spark(line),
        first=line.told(known[0]) if known else wording.NOT_MEASURED,
        last=line.told(known[-1]) if known else wording.NOT_MEASURED,
        asked=line.asked,
        verdicts=f"{passed:,} of {judged:,}",
        change="; ".join(said.removeprefix(f"{line.name} ") for said in changed),
    )


def _spark(line: Line) -> Spark | None:
    known = [value for value in line.drawn if value is not None]
    if not known:
        return None
    most = wording.figure(max(known), line.unit)
    said = f"{line.name} over the runs, between {wording.figure(min(known), line.unit)} and {most}"
    return Spark(spark_path(line.drawn), most, said)
