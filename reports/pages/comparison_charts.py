"""Two runs drawn over each other: P95 over time, and the curves of percentiles."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from reports.pages.axes import asked, legend, over_time, time_axis
from reports.pages.charts import COLOURS, Chart
from reports.pages.drawings import bounds, curves, middles
from reports.pages.view import percentile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from reports.pages.material import Material

BASE, NEW = "base", "new"
_LINES = ((BASE, "unknown", "--", 1.6), (NEW, "main", "-", 2.2))
"""Each run with its colour, line style and width."""


def charts(base: Material, new: Material, limit_ms: float | None) -> dict[str, Chart]:
    """The charts of two runs, by name; none where neither run answered a call."""
    if not (base.response.percentiles and new.response.percentiles):
        return {}
    runs = {BASE: base, NEW: new}
    return {"over_time": _over_time(runs, limit_ms), "percentiles": _percentiles(runs, limit_ms)}


def _over_time(runs: Mapping[str, Material], limit_ms: float | None) -> Chart:
    longer = max((run.series for run in runs.values()), key=lambda series: series.starts[-1] + series.width_s)
    first = min(run.series.starts[0] for run in runs.values())
    axis = dataclasses.replace(longer, starts=(first, *longer.starts[1:]), spans=())

    def draw(axes: Axes) -> None:
        for name, colour, style, width in _LINES:
            line = runs[name].series.response["p95"]
            at = middles(runs[name].series)
            values = [math.nan if value is None else value for value in line.values]
            axes.plot(at, values, color=COLOURS[colour], linestyle=style, linewidth=width, label=name)
            bounds(axes, at, line, colour)
        if limit_ms is not None:
            axes.axhline(limit_ms, color=COLOURS["limit"], linewidth=1.2, dashes=(6, 3), label=asked(limit_ms))
        every = [value for run in runs.values() for value in run.series.response["p95"].values]
        time_axis(axes, every, limit_ms, "y")
        over_time(axes, axis, "P95 (ms, logarithmic)", from_zero=False)
        legend(axes)

    whole = {name: percentile(run.summary["latency_ms"]["overall"]["response"], "p95") for name, run in runs.items()}
    said = f"P95 of all calls, over the whole run {whole[BASE]} in the base and {whole[NEW]} in the new run."
    return Chart("over_time", "P95 of the response time over time", said, draw, height_in=2.8)


def _percentiles(runs: Mapping[str, Material], limit_ms: float | None) -> Chart:
    told = {
        name: ", ".join(f"{rank.upper()} {percentile(run.summary['latency_ms']['overall']['response'], rank)}"
                        for rank in ("p50", "p95", "p99"))
        for name, run in runs.items()
    }  # fmt: skip
    lines = [(runs[name].response, colour, style, name) for name, colour, style, _ in _LINES]

    def draw(axes: Axes) -> None:
        curves(axes, lines, limit_ms)

    said = f"The time within which a share of the calls was answered. Base: {told[BASE]}. New: {told[NEW]}."
    return Chart("percentiles", "Percentiles of the response time", said, draw, height_in=2.8)
