"""The heat map: when how many calls took how long, drawn as one area for each level of density.

Levels grow threefold and are shades of one hue, so that they can be told apart in print and by whoever sees no colours;
P95 and what was asked of it are drawn over them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path

from reports.pages.axes import legend, limit_line, over_time, time_axis
from reports.pages.charts import COLOURS, Chart
from reports.wording import count, milliseconds, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

    from reports.pages.material import Heat, Series

LEVELS = 5
_SHADES = (0.10, 0.24, 0.42, 0.66, 0.95)

Box = tuple[float, float, float, float]


def heat_map(heat: Heat, series: Series, limit_ms: float | None) -> Chart:
    """Response time over time by density; `limit_ms` is what the objectives ask of P95."""
    bounds = levels(max(max(column) for column in heat.rates))
    said = _said(heat)

    def draw(axes: Axes) -> None:
        for level, shade in enumerate(_SHADES):
            areas = list(boxes(heat, bounds, level))
            if areas:
                axes.add_patch(PathPatch(_path(areas), facecolor=COLOURS["main"], alpha=shade, linewidth=0))
        middles = [start + series.width_s / 2 for start in series.starts]
        values = [math.nan if value is None else value for value in series.response["p95"].values]
        axes.plot(middles, values, color=COLOURS["ink"], linewidth=1.4, label="P95")
        drawn = limit_line(axes, limit_ms, heat.edges[-1], vertical=False)
        time_axis(axes, heat.edges, drawn, "y")
        over_time(axes, series, "response time (ms, logarithmic)", from_zero=False)
        axes.grid(visible=False)
        legend(axes, [Patch(facecolor=COLOURS["main"], alpha=shade, label=label) for shade, label in _labels(bounds)])

    return Chart("heat", "Heat map of response times", said, draw, height_in=3.2)


def levels(most: float) -> list[float]:
    """The least rate of each level, falling to 0 for the last; each threefold the one below, in 1 and 3 of decades."""
    top = math.floor(2 * math.log10(most) + 1e-9)
    bounds = [float(f"{10 ** (step / 2):.1g}") for step in range(top - LEVELS + 2, top + 1)]
    return [0.0, *bounds]


def _labels(bounds: list[float]) -> Iterator[tuple[float, str]]:
    for level, shade in enumerate(_SHADES):
        edge = number(bounds[max(level, 1)])
        yield shade, f"{'<' if level == 0 else '≥'} {edge} calls/s"


def _said(heat: Heat) -> str:
    by_bar = [sum(column[bar] for column in heat.rates) for bar in range(len(heat.edges) - 1)]
    bar = by_bar.index(max(by_bar))
    total = round(sum(by_bar) * heat.width_s)
    return (
        f"{count(total)} answers by when they came and how long they took, the darker the more. Most took "
        f"{milliseconds(heat.edges[bar])} to {milliseconds(heat.edges[bar + 1])}; a second band or a column of its own "
        "is what percentiles hide."
    )


def boxes(heat: Heat, bounds: list[float], level: int) -> Iterator[Box]:
    """The areas of a level: stretches of steps in one bar."""
    ends = [*bounds[1:], math.inf]
    for bar in range(len(heat.edges) - 1):
        first: int | None = None
        for step, column in enumerate([*heat.rates, None]):
            inside = column is not None and column[bar] > 0 and bounds[level] <= column[bar] < ends[level]
            if inside and first is None:
                first = step
            elif not inside and first is not None:
                left, right = heat.starts[first], heat.starts[step - 1] + heat.width_s
                yield left, right, heat.edges[bar], heat.edges[bar + 1]
                first = None


def _path(areas: list[Box]) -> Path:
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    corners = [
        corner
        for left, right, low, high in areas
        for corner in ((left, low), (right, low), (right, high), (left, high), (left, low))
    ]
    return Path(corners, codes * len(areas))
