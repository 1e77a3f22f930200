"""A chart of columns in plain characters: no colours and no cursor moves, so that it reads the same in a file.

86 ┤      ▂█▄
   │     ▅███▆▂
 0 ┼────────────────
   0            1m30s
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_ASCII = " .:-=+*##"
LEAST_COLUMNS = 10


def columns_for(width: int, highest: float) -> int:
    """How many columns fit beside the labels in a terminal of so many characters."""
    return max(width - len(_label(highest)) - 3, LEAST_COLUMNS)


def chart(values: Sequence[float], *, end_s: float, height: int = 8, unicode: bool = True) -> list[str]:
    """Draws one column a value over the time from 0 to `end_s` seconds; the axis begins at 0."""
    top = max(values, default=0.0)
    wide = len(_label(top))
    blocks = _EIGHTHS if unicode else _ASCII
    tick, bar, foot, line = ("┤", "│", "┼", "─") if unicode else ("+", "|", "+", "-")
    rows = []
    for row in range(height, 0, -1):
        label, edge = (_label(top), tick) if row == height else ("", bar)
        rows.append(f"{label:>{wide}} {edge}{_row(values, top, row, height, blocks)}".rstrip())
    rows.append(f"{'0':>{wide}} {foot}{line * len(values)}")
    end = length(end_s)
    rows.append(f"{'':>{wide}}  0{end:>{max(len(values) - 1, len(end) + 1)}}")
    return rows


def _row(values: Sequence[float], top: float, row: int, height: int, blocks: str) -> str:
    return "".join(blocks[_eighths(value, top, row, height)] for value in values)


def _eighths(value: float, top: float, row: int, height: int) -> int:
    """How much of a column's cell is filled; a value above 0 is always seen."""
    if not top or value <= 0:
        return 0
    filled = max(1, round(value / top * height * 8))
    return min(8, max(0, filled - (row - 1) * 8))


def _label(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def length(seconds: float) -> str:
    """A length of time as people write it: 45s, 1m30s, 2h."""
    whole = math.ceil(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    parts = [f"{hours}h" if hours else "", f"{minutes}m" if minutes else "", f"{rest}s" if rest else ""]
    return "".join(parts) or "0s"
