"""A record as a picture: the rate over time, with matplotlib. Imported only when a picture was asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

from tacorush.cli.failures import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from scenarios.traffic.record import Record

SIZE_INCHES, DOTS_PER_INCH = (10.0, 4.0), 120
COLOUR = "#1f6feb"


def plot(record: Record, path: Path) -> None:
    """Draws the record into a PNG file; raises UsageError when that cannot be written."""
    figure = Figure(figsize=SIZE_INCHES, dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    edges = [index * record.interval_s for index in range(len(record.counts) + 1)]
    rates = [count / record.interval_s for count in record.counts]
    if record.starts_at is None:
        axes.stairs(rates, edges, fill=True, color=COLOUR)
        axes.set_xlabel("seconds from the start")
    else:
        begins = record.starts_at
        days = [begins + timedelta(seconds=edge) for edge in edges]
        axes.fill_between(days, [*rates, rates[-1]], step="post", color=COLOUR)  # type: ignore[arg-type]
        locator = AutoDateLocator()  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
        axes.set_xlabel("UTC")
    axes.set_ylabel("people a second")
    axes.set_ylim(bottom=0)
    axes.margins(x=0)
    try:
        figure.savefig(path, format="png")
    except OSError as failure:
        raise UsageError(f"--plot {path}: cannot be written: {(failure.strerror or str(failure)).lower()}") from None
