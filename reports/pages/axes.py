"""What the charts' axes share: seconds from T0, logarithmic times, what the objectives ask, spans, and the legend."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from reports.pages.charts import COLOURS
from reports.wording import milliseconds, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from reports.pages.material import Series, Span

_LETTER_PT, _ROW_PT = 5.2, 11.0
"""About how wide a letter and how high a row of the names of spans is, in points."""
_TIMES_MS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000, 600_000)


def asked(limit_ms: float) -> str:
    """What the objectives ask of P95, as a legend has it."""
    return f"P95 < {milliseconds(limit_ms)}"


def limit_line(axes: Axes, limit_ms: float | None, largest_ms: float, vertical: bool) -> float | None:
    """Draws the objective where it lies near enough to the values to mean something; returns what was drawn."""
    if limit_ms is None or largest_ms < limit_ms / 20:
        return None
    draw = axes.axvline if vertical else axes.axhline
    draw(limit_ms, color=COLOURS["limit"], linewidth=1.2, dashes=(6, 3), label=asked(limit_ms))
    return limit_ms


def over_time(axes: Axes, series: Series, label: str, from_zero: bool = True) -> None:
    """Makes the x axis one of seconds from T0, shades its spans, and labels the y axis."""
    if from_zero:
        axes.set_ylim(0, axes.get_ylim()[1] * 1.04)
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(round(value, 6))))
    axes.set_xlim(series.starts[0], series.starts[-1] + series.width_s)
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, steps=[1, 2, 5, 10]))
    axes.set_xlabel("time (s from T0)")
    axes.set_ylabel(label)
    rows = _rows(axes, series.spans)
    _make_room(axes, max(rows, default=-1) + 1)
    for span, row in zip(series.spans, rows, strict=True):
        _shade(axes, span, row)


def _rows(axes: Axes, spans: Sequence[Span]) -> list[int]:
    """In which row, from the top, each span has its name, so that no two names lie over each other."""
    first, last = axes.get_xlim()
    a_letter = _LETTER_PT * (last - first) / (axes.get_figure(root=True).get_figwidth() * 72 - 60)  # type: ignore[union-attr]
    ends: list[float] = []
    rows = []
    for span in spans:
        row = next((row for row, end in enumerate(ends) if end <= span.start_s), len(ends))
        ends[row:] = [span.start_s + a_letter * (len(span.name) + 1), *ends[row + 1 :]]
        rows.append(row)
    return rows


def _make_room(axes: Axes, rows: int) -> None:
    """Raises the upper end of the y axis, so that rows of names lie over what is drawn."""
    low, high = axes.get_ylim()
    more = 1 + rows * _ROW_PT / (axes.get_figure(root=True).get_figheight() * 72 - 70)  # type: ignore[union-attr]
    axes.set_ylim(low, low * (high / low) ** more if axes.get_yscale() == "log" else low + (high - low) * more)


def _shade(axes: Axes, span: Span, row: int) -> None:
    if span.end_s > span.start_s and span.shaded:
        axes.axvspan(span.start_s, span.end_s, color=COLOURS["ink"], alpha=0.07, linewidth=0, zorder=0)
    elif span.end_s <= span.start_s:
        axes.axvline(span.start_s, color=COLOURS["ink"], linewidth=0.9, linestyle=(0, (1, 1.5)), zorder=1)
    axes.annotate(
        span.name,
        (span.start_s, 1.0),
        (3, -2 - _ROW_PT * row),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        va="top",
        fontsize=8.0,
        color=COLOURS["quiet"],
        annotation_clip=True,
    )


def time_axis(axes: Axes, values: Sequence[float | None], limit_ms: float | None, which: str) -> None:
    """A logarithmic axis of times with round labels around what is there."""
    known = [value for value in (*values, limit_ms) if value is not None and value > 0]
    low, high = min(known, default=1.0) / 1.25, max(known, default=1000.0) * 1.35
    axis = axes.yaxis if which == "y" else axes.xaxis
    (axes.set_yscale if which == "y" else axes.set_xscale)("log")
    inside = [tick for tick in _TIMES_MS if low <= tick <= high]
    decades = [tick for tick in inside if math.log10(tick).is_integer()]
    axis.set_major_locator(FixedLocator(decades if len(inside) > 7 and len(decades) > 1 else inside))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(round(value, 6))))
    (axes.set_ylim if which == "y" else axes.set_xlim)(low, high)


def legend(axes: Axes, more: Sequence[Artist] = ()) -> None:
    """Stands above the axes, in as many columns as there is room for; `more` is what it names beside what is drawn."""
    handles, labels = axes.get_legend_handles_labels()
    handles, labels = [*handles, *more], [*labels, *(str(artist.get_label()) for artist in more)]
    if not labels:
        return
    room = axes.get_figure(root=True).get_figwidth() * 72 - 40  # type: ignore[union-attr]
    widths = [32 + 5.0 * len(label) for label in labels]
    columns = len(labels) if sum(widths) <= room else max(1, int(room // max(widths)))
    axes.legend(
        handles,
        labels,
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.0),
        ncols=columns,
        borderaxespad=0.2,
        handlelength=1.8,
        columnspacing=1.4,
    )
