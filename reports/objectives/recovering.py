"""Recovery: how long after a phase, or an instant, an expression holds again, in every window from then on.

The time to recovery runs to the end of the last window that missed. Windows that cannot be told make it an interval:
at least to the end of the last that missed for certain, at most to the end of the last that is not known to hold.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from reports import wording
from reports.objectives.metric import Measured
from reports.objectives.scope import Scope, no_phase, phase_end
from reports.objectives.windowing import measured as windows_measured
from reports.resampling import Interval
from reports.verdicts import FAIL, INCONCLUSIVE, PASS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.objectives.clauses import Recovery
    from reports.objectives.metric import Sources
    from reports.objectives.objective import Objective
    from reports.objectives.result import Result
    from reports.objectives.windowing import Window

WINDOW_S = 10
"""Windows are so long where the objective does not say."""


def judge(objective: Objective, asked: Recovery, sources: Sources, blank: Result) -> Result:
    """Judges the time to recovery."""
    after = phase_end(asked.after, sources.figures) if isinstance(asked.after, str) else math.ceil(asked.after)
    if after is None:
        return replace(blank, reason=no_phase(str(asked.after), sources.figures))
    scope = Scope(after, None)
    length_s = objective.windows.length_s if objective.windows else WINDOW_S
    found = windows_measured(objective, scope.windows(length_s, sources.figures), sources)
    result = replace(blank, scope=scope)
    if not found or found[-1].to_s - after < asked.within_s:
        left = found[-1].to_s - after if found else 0
        reason = (
            f"the load goes on for {wording.seconds(left)} after {_place(asked)}: drive at least "
            f"{wording.seconds(asked.within_s + length_s)} after it"
        )
        return replace(result, reason=reason)
    low, high = (_recovered(found, verdicts) - after for verdicts in ({FAIL}, {FAIL, INCONCLUSIVE}))
    point = _recovered(found, {FAIL}, by_value=objective) - after
    figure = Measured(point, Interval(low, high), len(found), what="window")
    verdict = PASS if high <= asked.within_s else FAIL if low > asked.within_s else INCONCLUSIVE
    return replace(result, measured=figure, verdict=verdict, reason=_said(asked, figure, verdict, length_s, found))


def _recovered(found: Sequence[Window], verdicts: Iterable[str], by_value: Objective | None = None) -> int:
    """The end of the last window with one of the verdicts (or whose value misses); the beginning of all if none has."""
    missed = [
        window.to_s
        for window in found
        if (
            window.verdict in verdicts
            or (
                by_value is not None
                and window.measured.value is not None
                and not by_value.parsed.holds(math.inf if window.measured.censored else window.measured.value)
            )
        )
    ]
    return max(missed, default=found[0].from_s)


def _place(asked: Recovery) -> str:
    return asked.after if isinstance(asked.after, str) else wording.seconds(asked.after)


def _said(asked: Recovery, figure: Measured, verdict: str, length_s: int, found: Sequence[Window]) -> str:
    low, high = figure.interval
    what = asked.expression.text
    within = wording.seconds(asked.within_s)
    if verdict == PASS:
        return f"{what} held again {wording.seconds(high)} after {_place(asked)}, asked for within {within}"
    if verdict == FAIL and found[-1].verdict == FAIL:
        return f"{what} did not hold again until the end, asked for within {within} after {_place(asked)}"
    if verdict == FAIL:
        return (
            f"{what} held again no sooner than {wording.seconds(low)} after {_place(asked)}, asked for within {within}"
        )
    unclear = sum(window.verdict == INCONCLUSIVE for window in found)
    return (
        f"{what} held again {wording.seconds(low)} to {wording.seconds(high)} after {_place(asked)}, asked for within "
        f"{within}: {unclear:,} of {len(found):,} windows of {length_s} s cannot be told; drive faster, or ask for "
        "longer windows"
    )
