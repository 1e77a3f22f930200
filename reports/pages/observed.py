"""What the target's own monitoring saw, on the same seconds as everything else: one chart a panel, and what is missing.

Queries of one panel and one unit are drawn together. A line is named by the labels that tell it from the others; what
is drawn is what the run file holds, so that the page can be made again when the monitoring has forgotten. None of it
is judged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports.pages.axes import legend, over_time
from reports.pages.charts import COLOURS, Chart
from reports.wording import count, moment, number, plural, seconds, share
from tacorush.evidence.observed import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from matplotlib.axes import Axes

    from reports.pages.material import Series
    from tacorush.evidence.observed import Observation, ObservedSeries

MOST_LINES = 6
"""So many lines a chart takes, those with the highest peaks."""
MOST_LETTERS = 36
"""Of a line's name."""
_HEIGHT_IN, _ROW_IN = 2.3, 0.14
"""Of a chart, and of a row of its legend: on a telephone each line's name has a row."""
_LINES: tuple[tuple[str, Any, float], ...] = (
    ("main", "-", 2.0),
    ("unknown", "--", 1.7),
    ("quiet", ":", 1.9),
    ("second", "-.", 1.6),
    ("limit", (0, (1, 1)), 1.6),
    ("third", (0, (5, 1, 1, 1, 1, 1)), 1.6),
)
"""Colour, dashes and width of each line; no two have the same dashes."""
_BYTES: tuple[tuple[str, float], ...] = (("GiB", 2.0**30), ("MiB", 2.0**20), ("KiB", 2.0**10), ("bytes", 1.0))


@dataclass(frozen=True, slots=True)
class Line:
    """One series under the name that a legend has for it."""

    name: str
    points: tuple[tuple[float, float | None], ...]
    """Seconds from T0 and the value."""

    @property
    def peak(self) -> tuple[float, float]:
        """The highest value, and the first second in which it was seen."""
        return max(((value, -at) for at, value in self.points if value is not None), default=(-math.inf, 0.0))


@dataclass(frozen=True, slots=True)
class Question:
    """One query, as the page's table has it."""

    name: str
    expr: str
    answer: str
    """How many series came, or why none did."""
    missing: bool


@dataclass(frozen=True, slots=True)
class Observed:
    """The section."""

    charts: tuple[Chart, ...]
    questions: tuple[Question, ...]
    missing: tuple[Question, ...]
    """Those of the questions that had no answer."""
    how: str
    """Who was asked, when, and how closely."""


def observed(meta: Mapping[str, object], series: Series) -> Observed | None:
    """What the section shows; None for a run of which nothing was asked."""
    asked = unpacked(meta)
    if not asked:
        return None
    questions = tuple(Question(each.name, each.expr, _answer(each), bool(each.missing)) for each in asked)
    panels: dict[tuple[str, str], list[Observation]] = {}
    for each in asked:
        if not each.missing and series.starts:
            panels.setdefault((each.panel, each.unit), []).append(each)
    drawn = (
        _chart(f"observed-{place}", panel, unit, together, series)
        for place, ((panel, unit), together) in enumerate(panels.items())
    )
    return Observed(
        charts=tuple(chart for chart in drawn if chart is not None),
        questions=questions,
        missing=tuple(question for question in questions if question.missing),
        how=_how(asked),
    )


def _answer(each: Observation) -> str:
    if each.missing:
        return each.missing
    more = f"; {count(each.left_out)} more with lower peaks, not kept" if each.left_out else ""
    return f"{len(each.series)} series{more}"


def _how(asked: Sequence[Observation]) -> str:
    sources = ", ".join(dict.fromkeys(each.source for each in asked))
    when = moment(max(each.asked_ns for each in asked))
    return f"Asked of {sources} at {when}, one value every {seconds(asked[0].step_s)}."


def _chart(name: str, panel: str, unit: str, together: Sequence[Observation], series: Series) -> Chart | None:
    """The chart of a panel; None where it has no value within the time that charts cover."""
    end = series.starts[-1] + series.width_s
    lines = [line for line in _lines(together, end) if math.isfinite(line.peak[0])]
    if not lines:
        return None
    lines.sort(key=lambda line: -line.peak[0])
    shown = lines[:MOST_LINES]
    left_out = max(0, len(lines) - MOST_LINES) + sum(each.left_out for each in together)
    scale = _scale(unit, shown[0].peak[0])

    def draw(axes: Axes) -> None:
        for line, (colour, dashes, width) in zip(shown, _LINES, strict=False):
            values = [math.nan if value is None else value / scale.size for _, value in line.points]
            axes.plot(
                [at for at, _ in line.points],
                values,
                color=COLOURS[colour],
                linestyle=dashes,
                linewidth=width,
                label=line.name,
            )
            alone = _alone(values)
            axes.plot(
                [line.points[place][0] for place in alone],
                [values[place] for place in alone],
                color=COLOURS[colour],
                linestyle="none",
                marker=".",
            )
        below = any(value is not None and value < 0 for line in shown for _, value in line.points)
        if not below:
            axes.set_ylim(0, axes.get_ylim()[1] if shown[0].peak[0] > 0 else 1)
        over_time(axes, series, scale.label, from_zero=not below)
        if [line.name for line in shown] != [panel]:
            legend(axes)

    height_in = _HEIGHT_IN + _ROW_IN * max(0, len(shown) - 2)
    return Chart(name, panel, _said(shown, left_out, scale), draw, height_in)


@dataclass(frozen=True, slots=True)
class _Scale:
    """How values of a unit are written."""

    label: str
    size: float
    """Of one, in the query's unit."""

    def write(self, value: float) -> str:
        return f"{self.without_unit(value)} {self.label}"

    def without_unit(self, value: float) -> str:
        return share(value).removesuffix(" %") if self.label == "%" else number(value / self.size)


def _scale(unit: str, peak: float) -> _Scale:
    if unit == "ratio":
        return _Scale("%", 0.01)
    if unit == "bytes":
        label, size = next(((label, size) for label, size in _BYTES if peak >= size), _BYTES[-1])
        return _Scale(label, size)
    return _Scale(unit, 1.0)


def _lines(together: Sequence[Observation], end_s: float) -> list[Line]:
    found = []
    for each in together:
        told = _telling(each.series)
        for one in each.series:
            labels = ", ".join(one.labels[name] for name in told if one.labels.get(name))
            alone = len(together) == 1 and labels
            name = labels if alone else f"{each.name}: {labels}" if labels else each.name
            points = ((float(place * each.step_s), value) for place, value in enumerate(one.values))
            found.append(Line(_cut(name), tuple(point for point in points if point[0] <= end_s)))
    return found


def _telling(series: Iterable[ObservedSeries]) -> list[str]:
    """The labels in which series differ from each other."""
    values: dict[str, set[str]] = {}
    rows = list(series)
    for name in sorted({name for row in rows for name in row.labels}):
        values[name] = {row.labels.get(name, "") for row in rows}
    return [name for name, different in values.items() if len(different) > 1]


def _cut(name: str) -> str:
    """Keeps both ends of a long name: what tells pods apart stands at the end."""
    if len(name) <= MOST_LETTERS:
        return name
    half = (MOST_LETTERS - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


def _alone(values: Sequence[float]) -> list[int]:
    """Where a value has no neighbour to draw a line to."""
    known = [not math.isnan(value) for value in values]
    return [
        place
        for place, here in enumerate(known)
        if here and not any(known[max(0, place - 1) : place]) and not any(known[place + 1 : place + 2])
    ]


def _said(shown: Sequence[Line], left_out: int, scale: _Scale) -> str:
    """What a reader who cannot see the picture is told."""
    values = [value for line in shown for _, value in line.points if value is not None]
    peak, at = shown[0].peak
    of = f" ({shown[0].name})" if len(shown) > 1 else ""
    low = min(values)
    said = (
        f"{scale.write(peak)} all the time."
        if low == peak
        else f"From {scale.without_unit(low)} to {scale.write(peak)}; the highest at second {number(-at)}{of}."
    )
    return f"{said} {plural(left_out, 'more line')} with lower peaks not drawn." if left_out else said
