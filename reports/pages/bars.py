"""An objective drawn as a bar: where the measured value and its interval lie against the threshold.

Positions are per cent of the bar's width. The scale is linear, begins at zero for figures that should be small, and
for a share that should be large (availability, achieved rate) shows only the part around the threshold, because the
whole of it would hide what matters. Counts that must be zero have no bar: 1 of 0 has no proportion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports.objectives.words import unit_of

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Bar:
    """What to draw, in per cent of the width."""

    measured: float
    low: float
    high: float
    threshold: float
    good_from: float
    good_to: float


def bar_of(objective: Mapping[str, Any]) -> Bar | None:
    """The bar of an objective; None when it measured nothing or has no proportion to show."""
    measured, threshold = objective["measured"], objective["threshold"]
    if measured is None or unit_of(objective) == "count" or not threshold:
        return None
    # Sorted, since an interval that ends among calls at their deadline may run backwards.
    low, high = sorted(_or(value, measured) for value in (objective.get("interval") or (None, None)))
    wants_more = ">" in str(objective["expression"])
    start, end = _scale(low, high, measured, threshold, wants_more)
    at = [_position(value, start, end) for value in (measured, low, high, threshold)]
    return Bar(at[0], at[1], at[2], at[3], *((at[3], 100.0) if wants_more else (0.0, at[3])))


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _scale(low: float, high: float, measured: float, threshold: float, wants_more: bool) -> tuple[float, float]:
    if not wants_more:
        return 0.0, max(threshold * 1.3, high * 1.08, measured * 1.08)
    end = max(high, measured, threshold * 1.0)
    room = max(end - threshold, threshold - min(low, measured), end * 1e-4)
    return max(0.0, min(low, measured, threshold) - room * 0.6), end + room * 0.08


def _position(value: float, start: float, end: float) -> float:
    return round(100 * min(1.0, max(0.0, (value - start) / (end - start))), 2)
