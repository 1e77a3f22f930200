"""A record drawn with characters: the rate over time as columns of blocks, as wide as the terminal.

Where there are more intervals than columns, a column is as high as the fullest interval in it, so that no spike is
lost; where there are fewer, each is drawn several columns wide.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from tacorush.cli.terminal_chart import HEIGHT, blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.traffic.record import Record

NARROWEST = 20


def chart(record: Record, width: int) -> list[str]:
    """The lines of the chart: HEIGHT of blocks under the scale of the rate, then the axis of time."""
    highest = max(record.peak, 1e-9)
    scale = f"{highest:.4g}" if highest < 1000 else f"{highest:,.0f}"
    margin = len(scale) + 3
    columns = columned([count / record.interval_s for count in record.counts], max(width - margin - 1, NARROWEST))
    rows = blocks(columns, highest)
    labels = [f"{scale}/s", *[""] * (HEIGHT - 2), "0/s"]
    lines = [f"{label:>{margin}}│{row}".rstrip() for label, row in zip(labels, rows, strict=True)]
    start, end = record.when(0), record.when(record.duration_ns)
    lines.append(" " * margin + "└" + "─" * len(columns))
    gap = len(columns) - len(start) - len(end)
    axis = f"{start}{' ' * gap}{end}" if gap > 0 else start[: len(columns)]
    return [*lines, " " * (margin + 1) + axis]


def columned(rates: Sequence[float], width: int) -> list[float]:
    """Fits rates into at most `width` columns: the highest of those that share one, or each several times."""
    if len(rates) <= width:
        return [rate for rate in rates for _ in range(width // len(rates))]
    edges = [len(rates) * column // width for column in range(width + 1)]
    return [max(rates[start:end]) for start, end in pairwise(edges)]


def spark(values: Sequence[float]) -> str:
    """One line of blocks, the highest value a full one."""
    (line,) = blocks(values, max(values), height=1)
    return line
