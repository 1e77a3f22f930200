"""A difference drawn as a bar: where it and its interval lie between better and worse, and what is tolerated.

Positions are per cent of the bar's width. No difference is in the middle, worse is to the right whatever the figure
is, and the scale is the bar's own: the whole interval and the tolerance are on it. An end that is open runs off it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.comparing.difference import Difference

_MARGIN = 1.12


@dataclass(frozen=True, slots=True)
class DifferenceBar:
    """What to draw, in per cent of the width."""

    point: float
    low: float
    high: float
    tolerated: float
    """Up to here it is as good as no difference."""


def difference_bar(bad: Difference | None, room: float) -> DifferenceBar | None:
    """The bar of a difference that was turned so that more is worse; None when there is nothing to draw."""
    if bad is None or not math.isfinite(bad.value):
        return None
    ends = [abs(end) for end in (*bad, room) if math.isfinite(end)]
    reach = max(ends) * _MARGIN
    if reach == 0:
        return None
    return DifferenceBar(*(_position(value, reach) for value in (bad.value, bad.low, bad.high, room)))


def _position(value: float, reach: float) -> float:
    return round(50 + 50 * max(-1.0, min(1.0, value / reach)), 2)
