"""A history drawn: one figure of every run in order, its interval, its verdict, and where it changed.

Runs stand at equal distances, in the order of their time; one whose load is in doubt leaves a gap. What a colour tells
of a verdict, a marker tells too.
"""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING

from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from reports.pages.axes import legend
from reports.pages.charts import COLOURS, Chart
from reports.wording import number, plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from reports.trend.trend import Line, Trend

_MARKERS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {"PASS": ("o", "main", "main"), "FAIL": ("X", "limit", "limit"), "INCONCLUSIVE": ("o", "unknown", "paper")}
)
"""Verdict to its marker, the colour of its edge and that of its inside."""
_UNITS: Mapping[str, tuple[str, float]] = MappingProxyType(
    {"ms": ("ms", 1.0), "share": ("%", 100.0), "count": ("number", 1.0)}
)
"""Unit of a figure to the unit on its axis and the factor to it."""
_LETTER_PT, _MOST_LETTERS = 6.2, 12


def charts(trend: Trend, place: int) -> dict[str, Chart]:
    """The charts of one history by name; `place` makes them unique on a page of several."""
    labels = [_label(run.summary) for run in trend.runs]
    found = {}
    for name, line in zip(("p95", "errors", "oversell"), trend.key_lines, strict=True):
        known = [value for value in line.drawn if value is not None]
        if known and (line.unit != "count" or any(known)):
            found[name] = _chart(f"{name}-{place}", trend, line, labels)
    return found


def _chart(name: str, trend: Trend, line: Line, labels: Sequence[str]) -> Chart:
    unit, factor = _UNITS[line.unit]

    def draw(axes: Axes) -> None:
        _figure(axes, line, factor)
        _verdicts(axes, line, factor)
        top = axes.get_ylim()[1]
        if line.limit is not None and line.limit * factor <= top * 3:
            axes.axhline(
                line.limit * factor, color=COLOURS["limit"], linewidth=1.2, dashes=(6, 3), label=f"asked {line.asked}"
            )
        _changes(axes, trend)
        axes.set_ylim(0, axes.get_ylim()[1] * 1.12)
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=line.unit == "count"))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(round(value, 6))))
        axes.set_ylabel(f"{line.name.split(' of ')[0] if line.unit == 'ms' else line.name.lower()} ({unit})")
        _run_axis(axes, labels)
        legend(axes)

    return Chart(name, line.name, _said(trend, line), draw, height_in=2.7)


def _figure(axes: Axes, line: Line, factor: float) -> None:
    values = [math.nan if value is None else value * factor for value in line.drawn]
    axes.plot(range(len(values)), values, color=COLOURS["second"], linewidth=1.2, zorder=2)
    ends = [
        (place, low * factor, high * factor)
        for place, (low, high) in enumerate(zip(line.lows, line.highs, strict=True))
        if low is not None and high is not None and low < high and not line.doubted[place]
    ]
    if ends:
        places, lows, highs = zip(*ends, strict=True)
        axes.vlines(places, lows, highs, color=COLOURS["second"], linewidth=4, alpha=0.35, zorder=1)


def _verdicts(axes: Axes, line: Line, factor: float) -> None:
    for verdict, (marker, edge, inside) in _MARKERS.items():
        points = [
            (place, value * factor)
            for place, (value, found) in enumerate(zip(line.drawn, line.verdicts, strict=True))
            if value is not None and found == verdict
        ]
        if points:
            axes.plot(
                [place for place, _ in points],
                [value for _, value in points],
                linestyle="none",
                marker=marker,
                markersize=6.5 if marker == "X" else 5.5,
                color=COLOURS[edge],
                markerfacecolor=COLOURS[inside],
                label=verdict,
                zorder=3,
                clip_on=False,
            )


def _changes(axes: Axes, trend: Trend) -> None:
    for place, point in enumerate(trend.changes):
        label = "change" if place == 0 else "_"
        axes.axvline(
            point.at - 0.5, color=COLOURS["ink"], linewidth=1.1, linestyle=(0, (1, 1.5)), zorder=1, label=label
        )


def _run_axis(axes: Axes, labels: Sequence[str]) -> None:
    """Names as many runs as there is room for, the last among them."""
    room = axes.get_figure(root=True).get_figwidth() * 72 - 60  # type: ignore[union-attr]
    widest = max(map(len, labels)) * _LETTER_PT + 10
    step = max(1, math.ceil(len(labels) * widest / room))
    shown = range((len(labels) - 1) % step, len(labels), step)
    axes.set_xlim(-0.6, len(labels) - 0.4)
    axes.xaxis.set_major_locator(FixedLocator(list(shown)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: labels[round(value)]))
    axes.set_xlabel("run (its release, else its day)")


def _label(summary: Mapping[str, Mapping[str, str] | str]) -> str:
    release = summary["release"]
    label = release["label"] if not isinstance(release, str) else release
    short = label if len(label) <= _MOST_LETTERS else label[: _MOST_LETTERS - 1] + "…"
    return short or str(summary["started_at"])[5:10]


def _said(trend: Trend, line: Line) -> str:
    changes = [trend.change(point, line.name) for point in trend.changes if line.name in point.series]
    last = line.told(len(trend.runs) - 1)
    whole = f"{line.name} of {plural(len(trend.runs), 'run')}, last {last}"
    return f"{whole}; changed: {'; '.join(changes)}." if changes else f"{whole}; no change seen."
