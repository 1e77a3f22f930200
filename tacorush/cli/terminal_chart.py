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

EIGHTHS = " ▁▂▃▄▅▆▇█"
"""Cells that are none to eight eighths full."""
_ASCII = " .:-=+*##"
HEIGHT = 8
"""Lines of a chart."""
LEAST_COLUMNS = 10


def columns_for(width: int, highest: float) -> int:
    """How many columns fit beside the labels in a terminal of so many characters."""
    return max(width - len(_label(highest)) - 3, LEAST_COLUMNS)


def chart(values: Sequence[float], *, end_s: float, height: int = HEIGHT, unicode: bool = True) -> list[str]:
    """Draws one column a value over the time from 0 to `end_s` seconds; the axis begins at 0."""
    top = max(values, default=0.0)
    wide = len(_label(top))
    tick, bar, foot, line = ("┤", "│", "┼", "─") if unicode else ("+", "|", "+", "-")
    filled = blocks(values, top, height, EIGHTHS if unicode else _ASCII)
    margins = [f"{_label(top):>{wide}} {tick}", *[f"{'':>{wide}} {bar}"] * (height - 1)]
    rows = [f"{margin}{row}".rstrip() for margin, row in zip(margins, filled, strict=True)]
    rows.append(f"{'0':>{wide}} {foot}{line * len(values)}")
    end = length(end_s)
    rows.append(f"{'':>{wide}}  0{end:>{max(len(values) - 1, len(end) + 1)}}")
    return rows


def blocks(values: Sequence[float], top: float, height: int = HEIGHT, cells: str = EIGHTHS) -> list[str]:
    """`height` lines of columns, the top one first, `top` as high as they are; a value above 0 is always seen."""
    filled = [max(round(value / top * height * 8), 1) if top and value > 0 else 0 for value in values]
    return ["".join(cells[min(max(part - 8 * row, 0), 8)] for part in filled) for row in reversed(range(height))]


def _label(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def length(seconds: float) -> str:
    """A length of time as people write it: 45s, 1m30s, 2h."""
    whole = math.ceil(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    parts = [f"{hours}h" if hours else "", f"{minutes}m" if minutes else "", f"{rest}s" if rest else ""]
    return "".join(parts) or "0s"
