"""A history on a terminal: for each load its runs in order, rules where figures changed, and a line an objective."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports import wording
from reports.console import printable, tinted, wrapped
from reports.trend.change_points import LEAST_RUNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.trend.change_points import ChangePoint
    from reports.trend.past_runs import Unread
    from reports.trend.trend import Line, Trend

_BARS = "▁▂▃▄▅▆▇█"
_HEADS = ("started", "release", "P95", "errors", "oversell", "run")
MOST_RUNS, MOST_SPARKS, MOST_NAMED, MOST_UNREAD = 60, 40, 4, 5


def history_lines(trends: Sequence[Trend], unread: Sequence[Unread], page: str, colours: bool = False) -> list[str]:
    """What to print of a history; `page` is the path of its page."""
    lines: list[str] = []
    for trend in trends:
        lines += [f"{printable(trend.load)}: {wording.plural(len(trend.runs), 'run')}", *_runs(trend, colours)]
        lines += ["", *_objectives(trend)]
        if trend.too_few:
            lines += wrapped(f"fewer than {LEAST_RUNS} runs whose load is not in doubt cannot show a change", "  ")
        lines.append("")
    for file in unread[:MOST_UNREAD]:
        lines += wrapped(f"left out: {file.name} {file.why}", "")
    if len(unread) > MOST_UNREAD:
        lines.append(f"left out: {wording.plural(len(unread) - MOST_UNREAD, 'more file')}, see the page")
    return [*lines, f"history: {printable(page)}"]


def change_said(trend: Trend, point: ChangePoint, most: int = MOST_NAMED) -> str:
    """Says what changed at a point, the clearest figures first."""
    said = [trend.change(point, name) for name in point.series]
    more = f" and {wording.plural(len(said) - most, 'more figure')}" if len(said) > most else ""
    return ", ".join(said[:most]) + more


def _runs(trend: Trend, colours: bool) -> Iterator[str]:
    first = max(0, len(trend.runs) - MOST_RUNS)
    p95, errors, oversell = trend.key_lines
    cells = [
        (
            str(run.summary["started_at"])[:16].replace("T", " "),
            printable(str(run.summary["release"]["label"])) or wording.NOT_MEASURED,
            p95.told(number),
            errors.told(number),
            oversell.told(number),
            printable(run.name) + (" (in doubt)" if run.doubts else ""),
        )
        for number, run in enumerate(trend.runs)
    ][first:]
    wide = [max(len(row[column]) for row in (_HEADS, *cells)) for column in range(5)]
    yield f"     {_row(_HEADS, wide)}"
    if first:
        yield f"     {wording.plural(first, 'older run')}, see the page"
    points = {point.at: point for point in trend.changes}
    for number, row in enumerate(cells, first):
        if number in points:
            yield from wrapped(f"changed here: {change_said(trend, points[number])}", "  ── ")
        verdict = str(trend.runs[number].summary["verdict"])
        yield f"  {tinted(verdict, wording.VERDICT_MARK[verdict], colours)}  {_row(row, wide)}"


def _row(cells: Sequence[str], wide: Sequence[int]) -> str:
    started, release, *figures, name = cells
    shown = [f"{cell:>{width}}" for cell, width in zip(figures, wide[2:], strict=True)]
    return "  ".join([f"{started:<{wide[0]}}", f"{release:<{wide[1]}}", *shown, name]).rstrip()


def _objectives(trend: Trend) -> Iterator[str]:
    wide = max((len(line.name) for line in trend.objectives), default=0)
    last = len(trend.runs) - 1
    for line in trend.objectives:
        yield f"  {printable(line.name):<{min(wide, 40)}}  {_spark(line)}  {line.told(last)}, asked for {line.asked}"


def _spark(line: Line) -> str:
    """The line from zero to its largest value, in letters of eight heights; a run that tells nothing is a dot."""
    values = line.drawn[-MOST_SPARKS:]
    most = max((value for value in values if value is not None), default=0.0)
    places = [None if value is None else round(7 * value / most) if most > 0 else 0 for value in values]
    return "".join("·" if place is None else _BARS[max(0, place)] for place in places)
