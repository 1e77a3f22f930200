"""A record drawn with characters: the rate over time as columns of blocks, as wide as the terminal.

Where there are more intervals than columns, a column is as high as the fullest interval in it, so that no spike is
lost; where there are fewer, each is drawn several columns wide.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.traffic.record import Record

BLOCKS = " ▁▂▃▄▅▆▇█"
HEIGHT = 8
"""Lines of the chart."""
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


def blocks(columns: Sequence[float], highest: float) -> list[str]:
    """HEIGHT lines, the top one first; whoever came shows at least the lowest block."""
    eighths = [max(round(rate / highest * HEIGHT * 8), int(rate > 0)) for rate in columns]
    return ["".join(BLOCKS[min(max(part - 8 * row, 0), 8)] for part in eighths) for row in reversed(range(HEIGHT))]


def spark(values: Sequence[float]) -> str:
    """One line of blocks, the highest value a full one."""
    highest = max(values) or 1.0
    return "".join(BLOCKS[max(round(value / highest * 8), int(value > 0))] for value in values)
