"""The phases of a plan's arrivals: what objectives can be about beside the whole run.

    before, peak, after     every profile: the peak runs from the first to the last second in which at least PEAK_SHARE
                            as many people are planned to come as in the fullest
    stage-1, stage-2, …     of `stages`; step-1, … of `step`; part-1, … of `then`

A constant rate is all peak. Phases that would be empty are left out.
"""

from __future__ import annotations

import math
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

from scenarios.arrivals_model import ThenShape
from scenarios.shapes import StagesShape, StepShape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.arrivals import Profile
    from scenarios.plan import Plan
    from scenarios.shapes import Shape

PEAK_SHARE = 0.9
MOST_STEPS = 10_000
"""A plan is looked at in so many steps at most, each of whole seconds."""

_INSTANT_S = 1e-9


class Phase(NamedTuple):
    """A part of the planned time, in seconds from T0."""

    name: str
    from_s: float
    to_s: float


def phases(plan: Plan) -> tuple[Phase, ...]:
    """Returns the phases of a plan's arrivals, in the order of the time in which they begin."""
    found = [*_around_the_peak(plan.schedule.profile, plan.duration_s), *_said(plan.scenario.arrivals, plan.duration_s)]
    return tuple(sorted((phase for phase in found if phase.from_s < phase.to_s), key=lambda phase: phase.from_s))


def _around_the_peak(profile: Profile, duration_s: float) -> list[Phase]:
    step = math.ceil(duration_s / MOST_STEPS)
    ends = [*range(0, math.ceil(duration_s), step), duration_s]
    # Who comes in the very instant in which a second begins belongs to it.
    counts = [profile.cumulative(end - _INSTANT_S) for end in ends[:-1]] + [profile.cumulative(duration_s)]
    rates = [(later - sooner) / (to_s - from_s) for (sooner, later), (from_s, to_s) in _along(counts, ends)]
    full = [place for place, rate in enumerate(rates) if rate >= PEAK_SHARE * max(rates)]
    first, last = float(ends[full[0]]), float(ends[full[-1] + 1])
    return [Phase("before", 0.0, first), Phase("peak", first, last), Phase("after", last, duration_s)]


def _along(counts: Sequence[float], ends: Sequence[float]) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    return list(zip(pairwise(counts), pairwise(ends), strict=True))


def _said(shape: Shape, duration_s: float) -> list[Phase]:
    """The parts that the arrivals say themselves, as long as the plan has them."""
    name, lengths = _lengths(shape)
    if not lengths or None in lengths:
        return []
    known = [length or 0.0 for length in lengths]
    begin_s = shape.shifted_s * duration_s / (shape.shifted_s + math.fsum(known))
    longer = (duration_s - begin_s) / math.fsum(known)
    ends = accumulate(known, lambda at, length: at + length * longer, initial=begin_s)
    return [Phase(f"{name}-{number}", *span) for number, span in enumerate(pairwise(ends), 1)]


def _lengths(shape: Shape) -> tuple[str, list[float | None]]:
    if isinstance(shape, StagesShape):
        return "stage", [stage.duration for stage in shape.stages]
    if isinstance(shape, StepShape):
        return "step", [1.0] * len(shape.levels)
    if isinstance(shape, ThenShape):
        return "part", [part.end_s for part in shape.of]
    return "", []
