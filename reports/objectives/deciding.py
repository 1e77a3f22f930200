"""From a figure with its interval to a verdict, and how many more samples would bring one.

PASS when the whole interval holds, FAIL when none of it does, INCONCLUSIVE else, and always INCONCLUSIVE where nothing,
or too little, was measured. A percentile that fell among calls that hit their deadline fails every `<`, whatever its
number, for the truth lies above it. A census, such as the seats sold twice, is judged as it is; what possibly happened
besides is its interval, so that an open finding keeps `count==0` from passing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from reports.verdicts import FAIL, INCONCLUSIVE, PASS

if TYPE_CHECKING:
    from reports.objectives.expression import Expression
    from reports.objectives.metric import Measured

MOST_TIMES = 100.0
"""What would take so many times the samples is not worth a longer run: the figure is at its threshold."""


def verdict_of(expression: Expression, measured: Measured) -> str:
    """Returns the verdict over what was measured, be it too little or nothing."""
    if measured.samples < measured.needed:
        return INCONCLUSIVE
    return decide(expression, measured)


def decide(expression: Expression, measured: Measured) -> str:
    """Returns the verdict over an interval; what was measured must be there."""
    if measured.censored and expression.upper:
        return FAIL
    value = math.inf if measured.censored else measured.value
    low, high = measured.interval
    ends = [value if end is None else end for end in (low, high)]
    if measured.high_censored:
        ends[1] = math.inf
    holds = [expression.holds(end) for end in ends if end is not None]
    if ends[0] != ends[1] and expression.comparison in {"==", "!="}:
        return _decide_equal(expression, ends)
    if all(holds):
        return PASS
    return INCONCLUSIVE if any(holds) else FAIL


def _decide_equal(expression: Expression, ends: list[float | None]) -> str:
    """An interval with a width is never known to equal a number; it may be known to lie beside it."""
    low, high = (math.nan if end is None else end for end in ends)
    if low <= expression.threshold <= high:
        return INCONCLUSIVE
    return FAIL if expression.comparison == "==" else PASS


def enough(expression: Expression, measured: Measured) -> int:
    """With how many samples an interval that reaches over the threshold would tell; 0 where nobody can say.

    An interval narrows with the root of the samples: it tells once it is shorter than the way to the threshold.
    """
    if measured.settled_by:
        return measured.settled_by
    low, high = measured.interval
    if measured.value is None or low is None or high is None or measured.possible or measured.high_censored:
        return 0
    if expression.comparison in {"==", "!="}:
        return 0
    room = abs(expression.threshold - measured.value)
    reach = (high if expression.threshold >= measured.value else low) - measured.value
    if room == 0 or abs(reach) > math.sqrt(MOST_TIMES) * room:
        return 0
    return math.ceil(measured.samples * (reach / room) ** 2 + 1)
