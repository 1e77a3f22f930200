"""compare.html and compare.md: two runs beside each other, from the comparison and what the pages show of each run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from reports import wording
from reports.comparing import words
from reports.comparing.console import HEADLINE, WORD_MARK
from reports.comparing.topics import Topic, of_calls
from reports.comparing.weighing import BETTER, OPEN, SAME, WORDS, WORSE
from reports.pages import charts, comparison_charts
from reports.pages.difference_bars import DifferenceBar, difference_bar
from reports.pages.facts import readable
from reports.pages.html import latency_limit
from reports.pages.markdown import plain, table
from reports.pages.templating import render
from reports.pages.view import Tile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.comparing.comparison import Comparison, Side
    from reports.comparing.weighing import Row
    from reports.pages.material import Material


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure of both runs, in words."""

    word: str
    tone: str
    """FAIL, INCONCLUSIVE, PASS or same: the colour of it."""
    name: str
    asked: str
    base: str
    new: str
    change: str
    share: str
    interval: str
    tolerated: str
    said: str
    bar: DifferenceBar | None
    quiet: bool
    """Nothing can be said of it but that it is the same."""
    rank: tuple[int, float]
    """By this the weightiest come first."""


class MethodRow(NamedTuple):
    """P95 and error rate of a method."""

    name: str
    full_name: str
    calls: tuple[str, str]
    p95: FigureRow
    errors: FigureRow


def page(comparison: Comparison, base: Material, new: Material) -> str:
    """Returns the whole page; the same runs give the same text."""
    drawn = comparison_charts.charts(base, new, latency_limit(base.summary) or latency_limit(new.summary))
    figures = figure_rows(comparison)
    return render(
        "compare.html.j2",
        "compare.css",
        verdict=comparison.verdict,
        mark=wording.VERDICT_MARK[comparison.verdict],
        headline=HEADLINE[comparison.verdict],
        reasons=comparison.reasons,
        tolerance=comparison.tolerance.words,
        loosened=comparison.loosened,
        unlike=comparison.unlike,
        facts=run_rows(comparison),
        tiles=tiles(comparison),
        figures=[row for row in figures if not row.quiet],
        quiet=[row for row in figures if row.quiet],
        methods=method_rows(comparison, base, new),
        charts={name: (chart, charts.render(chart)) for name, chart in drawn.items()},
        base=comparison.base.name,
        new=comparison.new.name,
    )


def markdown(comparison: Comparison, base: Material, new: Material) -> str:
    """Returns the comparison in a page of Markdown."""
    return "\n".join(_lines(comparison, base, new)) + "\n"


def tiles(comparison: Comparison) -> list[Tile]:
    """What is read first: the figures of the whole, and how many got worse or better."""
    runs = [side.judgement.summary for side in (comparison.base, comparison.new)]
    found = {row.topic.key: figure_row(row) for row in comparison.rows}
    p95, errors = (found[topic.key] for topic in of_calls(""))
    sold = [summary["oversell"]["definite"] for summary in runs]
    rows = comparison.rows
    beyond, worse, better, untold, deciding = (
        sum(row.beyond for row in rows),
        *(sum(row.word == word for row in rows) for word in (WORSE, BETTER)),
        sum(row.open for row in rows),
        sum(row.open and not row.topic.method for row in rows),
    )
    return [
        _tile("P95 response time", p95),
        _tile("Calls in error", errors),
        Tile("Seats sold twice", wording.count(sold[1]), f"base {wording.count(sold[0])}", bad=sold[1] > sold[0]),
        Tile(
            "Figures worse",
            wording.count(worse),
            f"{wording.count(beyond)} of them beyond what is tolerated",
            beyond > 0,
        ),
        Tile("Figures better", wording.count(better), f"of {wording.count(len(rows))} compared"),
        Tile("Cannot be told", wording.count(untold), f"{wording.count(deciding)} of them decide"),
    ]


def _tile(name: str, row: FigureRow) -> Tile:
    change = f", {row.change}" if row.change else ""
    return Tile(name, row.new, f"base {row.base}{change}", bad=row.tone == "FAIL")


def run_rows(comparison: Comparison) -> list[tuple[str, str, str]]:
    """What the two runs are: name of the fact, base, new."""
    rows = zip(_facts(comparison.base), _facts(comparison.new), strict=True)
    found = [(name, base, new) for (name, base), (_, new) in rows if base or new]
    shown = {name.lower() for name, *_ in found}
    return found + [
        (f"{each.what[:1].upper()}{each.what[1:]}", each.base, each.new)
        for each in comparison.unlike
        if each.what not in shown
    ]


def figure_rows(comparison: Comparison) -> list[FigureRow]:
    """The figures that decide, the weightiest first: those of objectives and of all calls."""
    rows = [figure_row(row) for row in comparison.rows if not row.topic.method]
    return sorted(rows, key=lambda row: row.rank)


def method_rows(comparison: Comparison, base: Material, new: Material) -> list[MethodRow]:
    """Every method that both runs called, the weightiest first."""
    found = {row.topic.key: figure_row(row) for row in comparison.rows}
    runs = [material.summary["latency_ms"]["methods"] for material in (base, new)]
    both = sorted(set(runs[0]) & set(runs[1]))
    short = Counter(map(wording.method_name, both))
    rows = []
    for method in both:
        p95, errors = (found[topic.key] for topic in of_calls(method))
        calls = [wording.count(sum(run[method]["outcomes"].values())) for run in runs]
        name = wording.method_name(method)
        name = name if short[name] == 1 else wording.method_of_service(method)
        rows.append(MethodRow(name, method, (calls[0], calls[1]), p95, errors))
    return sorted(rows, key=lambda row: (min(row.p95.rank, row.errors.rank), row.name))


def figure_row(row: Row) -> FigureRow:
    """One weighed figure in words."""
    unit, topic = row.topic.unit, row.topic
    bad = row.difference.turned(topic.worse) if row.difference and topic.worse else None
    size = abs(bad.value / row.room) if bad and row.room else 0.0
    return FigureRow(
        word=row.word,
        tone=_tone(row),
        name=topic.name,
        asked=_asked(topic),
        base=words.figure(row.base, unit),
        new=words.figure(row.new, unit),
        change=words.change(row),
        share=words.share(row),
        interval=words.interval(row),
        tolerated=words.tolerated(row),
        said=words.verdict(row),
        bar=difference_bar(bad, row.room) if words.interval(row) else None,
        quiet=row.word == SAME and (row.difference is None or row.difference.value == 0),
        rank=(0 if row.beyond else 1 + WORDS.index(row.word), -size),
    )


def _tone(row: Row) -> str:
    if row.word == WORSE:
        return "FAIL" if row.beyond else "INCONCLUSIVE"
    return {OPEN: "INCONCLUSIVE", SAME: "same", BETTER: "PASS"}[row.word]


def _asked(topic: Topic) -> str:
    """What the objective asks for; of all calls and methods the figure itself."""
    if topic.objective is None:
        return f"{topic.metric.name} {topic.figure}"
    return f"{topic.metric.name} {topic.objective.recovers or topic.objective.parsed.text}"


def _facts(side: Side) -> list[tuple[str, str]]:
    summary = side.judgement.summary
    release = summary["release"]["label"]
    return [
        ("Run", side.name),
        ("Verdict", f"{wording.VERDICT_MARK[summary['verdict']]} {summary['verdict']}"),
        ("Started", readable(summary["started_at"])),
        ("Release", release),
        ("Scenario", summary["scenario"]),
        ("Target", summary["target"]),
        ("Duration", wording.seconds(summary["driven_s"])),
        ("Journeys", f"{wording.count(summary['totals']['journeys'])}, {_rate(summary['rate']['achieved_per_s'])}"),
        ("Calls", wording.count(summary["totals"]["rpcs"])),
    ]


def _rate(value: float | None) -> str:
    return wording.per_second(value)


def _lines(comparison: Comparison, base: Material, new: Material) -> Iterator[str]:
    verdict, base_name, new_name = comparison.verdict, plain(comparison.base.name), plain(comparison.new.name)
    yield f"# {wording.VERDICT_MARK[verdict]} {verdict}: {new_name} against {base_name}"
    yield from ("", HEADLINE[verdict], "")
    yield from (f"- {plain(reason)}" for reason in comparison.reasons)
    if comparison.loosened:
        yield from ("", "**Less was asked of the new run:**", "")
        yield from (f"- {plain(said)}" for said in comparison.loosened)
    yield from ("", "## The runs", "")
    yield from table(("", "Base", "New"), [tuple(map(plain, row)) for row in run_rows(comparison)])
    yield from ("", f"## Figures (tolerated: {comparison.tolerance.words})", "")
    yield from table(_HEADS, [_cells(row, row.name) for row in figure_rows(comparison)])
    rows = method_rows(comparison, base, new)
    if rows:
        yield from ("", "<details><summary>Methods: P95 and error rate</summary>", "")
        yield from table(_HEADS, list(_method_cells(rows)))
        yield from ("", "</details>")


_HEADS = ("", "Figure", "Base", "New", "Difference", "95 % interval")


def _method_cells(rows: Sequence[MethodRow]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        yield _cells(row.p95, f"{row.name}, P95")
        yield _cells(row.errors, f"{row.name}, error rate")


def _cells(row: FigureRow, name: str) -> tuple[str, ...]:
    change = " ".join(part for part in (row.change, f"({row.share})" if row.share else "") if part)
    told = (name, row.base, row.new, change, row.interval)
    return f"{WORD_MARK[row.word]} {row.word}", *map(plain, told)
