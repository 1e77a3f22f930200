"""The picture of a plan: arrivals as planned, people inside and calls as rehearsed, over the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tacorush.cli.failures import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

    from tacorush.cli.planning.forecast import Forecast

STEPS = 600
"""Points of the curve of arrivals."""
_COLOURS = {"arrivals": "#2b5fa5", "inside": "#a5532b", "grid": "#d9dde3", "text": "#333a45"}


def draw(forecast: Forecast, path: Path) -> None:
    """Writes the picture in the format that the file's ending names; raises UsageError that says why it cannot."""
    plan = forecast.rehearsal.plan
    figure = Figure(figsize=(9, 5.2), dpi=130, layout="constrained")
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2, 1, sharex=True)
    figure.suptitle(f"{plan.scenario.name}: {forecast.arrivals:,} arrivals planned", color=_COLOURS["text"])
    _draw_arrivals(upper, forecast)
    _draw_inside(lower, forecast)
    try:
        figure.savefig(path)
    except ValueError as failure:  # matplotlib names the formats that it knows
        raise UsageError(f"--plot {path}: {str(failure).partition('(')[0].strip().lower()}; write FILE.png") from None
    except OSError as failure:
        raise UsageError(f"--plot {path}: cannot be written: {(failure.strerror or str(failure)).lower()}") from None


def _draw_arrivals(axes: Axes, forecast: Forecast) -> None:
    steps = min(STEPS, max(1, int(forecast.rehearsal.plan.duration_s * 2)))
    width = forecast.rehearsal.plan.duration_s / steps
    edges = [width * number for number in range(steps + 1)]
    axes.stairs(forecast.planned(steps), edges, fill=True, color=_COLOURS["arrivals"], alpha=0.85)
    _dress(axes, "planned arrivals a second")


def _draw_inside(axes: Axes, forecast: Forecast) -> None:
    moves = forecast.inside_over_time()
    axes.step([at_s for at_s, _ in moves], [inside for _, inside in moves], where="post", color=_COLOURS["inside"])
    axes.axhline(forecast.inside_on_average, color=_COLOURS["inside"], linestyle="--", linewidth=1)
    axes.annotate(
        f"Little's law: {forecast.inside_on_average:,.3g} on average",
        (0.995, forecast.inside_on_average),
        xycoords=("axes fraction", "data"),
        xytext=(0, 3),
        textcoords="offset points",
        ha="right",
        fontsize=9,
        color=_COLOURS["inside"],
    )
    _dress(axes, "people inside, rehearsed")
    axes.set_xlabel("seconds after T0")


def _dress(axes: Axes, label: str) -> None:
    axes.set_ylabel(label)
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.grid(color=_COLOURS["grid"], linewidth=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
