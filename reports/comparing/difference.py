"""The difference between a figure of two runs, with its interval.

Each run has the interval of its own figure, from resampling blocks of its seconds (`reports.resampling`). The runs are
independent of each other, so the interval of the difference follows from both: its lower end lies as far below the
difference as the new figure may lie lower and the base's higher, put together like the legs of a right angle, and its
upper end likewise. This is MOVER, the method of variance estimates recovery (Newcombe 1998, Statistics in Medicine 17,
873-890; Zou and Donner 2008, Statistics in Medicine 27, 1693-1702); it holds for percentiles, shares and means alike,
and takes over whatever makes the two intervals true: dependence between seconds, few of them, no event at all.

A figure that fell among calls that hit their deadline is a lower bound: the interval is open to that side.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from reports.resampling import Interval

if TYPE_CHECKING:
    from reports.objectives.metric import Measured


class Difference(NamedTuple):
    """What a figure of the new run has more than that of the base, in the figure's unit; ends may be infinite."""

    value: float
    low: float
    high: float

    def turned(self, sign: int) -> Difference:
        """The same seen from the other side, where `sign` is -1: what was more is less."""
        return self if sign >= 0 else Difference(-self.value, -self.high, -self.low)


def difference(base: Measured, new: Measured) -> Difference | None:
    """Returns new - base with its interval; None where either run has no figure, or none with an interval."""
    if not (known(base) and known(new)):
        return None
    (b, b_low, b_high), (n, n_low, n_high) = _ends(base), _ends(new)
    return Difference(
        n - b,
        n - b - math.hypot(max(0.0, n - n_low), max(0.0, b_high - b)),
        n - b + math.hypot(max(0.0, n_high - n), max(0.0, b - b_low)),
    )


def known(measured: Measured) -> bool:
    """Says if a run has the figure and knows how far it may be off."""
    return measured.value is not None and measured.samples >= measured.needed and measured.interval.low is not None


def counted(count: float, z: float) -> Interval:
    """Returns between which means a count of independent events lies, within `z` standard deviations of its root.

    The root of such a count scatters by one half whatever its mean is (Bartlett 1936).
    """
    root = math.sqrt(count)
    return Interval(max(0.0, root - z / 2) ** 2, (root + z / 2) ** 2)


def _ends(measured: Measured) -> tuple[float, float, float]:
    value = measured.value or 0.0
    low, high = measured.interval
    open_end = measured.censored or measured.high_censored or high is None
    return value, value if low is None else low, math.inf if open_end else high or 0.0
