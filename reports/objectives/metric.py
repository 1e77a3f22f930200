"""What a metric is, and what it is measured from.

A *load* metric says how the platform did under this load; it is an estimate and has an interval, and a generator that
could not keep up spoils it. A *census* counts what happened; it is judged as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reports.resampling import NO_INTERVAL, Interval

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reports.audit.finding import RuleReport
    from reports.audit.history import History
    from reports.figures import Figures
    from reports.objectives.expression import Expression

CALLS, SECONDS = "calls", "seconds"
"""What availability may be a share of."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What metrics are measured from."""

    figures: Figures
    audit: Sequence[RuleReport]
    history: History | None = None
    """What the audit looked at; None while a run goes on."""

    def between(self, from_s: int, to_s: float) -> Sources:
        """The same of the seconds from `from_s` until before `to_s` alone; the audit stays that of the whole run."""
        return replace(self, figures=self.figures.between(from_s, to_s))


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a metric."""

    expression: Expression
    where: Mapping[str, str] = field(default_factory=dict)
    """Which calls or journeys; a phase is no part of it."""
    by: str = CALLS
    budget: float = 0.0
    """Of burn: the share that may go wrong."""
    confidence: float = 0.95


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure with its interval."""

    value: float | None
    """None where nothing was measured."""
    interval: Interval = NO_INTERVAL
    samples: int = 0
    """How many the figure rests on."""
    needed: int = 0
    """How many it needs."""
    censored: bool = False
    """The value is a lower bound."""
    high_censored: bool = False
    """The interval's upper end is a lower bound, so the truth may lie anywhere above."""
    settled_by: int = 0
    """With so many samples, all alike as these are, the interval would tell; 0 where more of the same need not."""
    possible: int = 0
    """So many more may have happened; the interval's upper end counts them."""
    power: str = ""
    """Of a census: what would have shown."""
    what: str = "sample"
    """What the samples are, in words."""

    @classmethod
    def census(cls, value: float, samples: int, needed: int = 0, possible: int = 0, power: str = "") -> Measured:
        """A figure that is judged as it is."""
        return cls(value, Interval(value, value + possible), samples, needed, possible=possible, power=power)


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing that objectives can be about."""

    name: str
    meaning: str
    unit: str
    """ms, share or count."""
    aggregations: frozenset[str]
    filters: frozenset[str]
    """Keys that `where` takes."""
    load: bool
    """It is an estimate of how the platform did under this load; else a census."""
    measure: Callable[[Sources, Question], Measured]
    open_loop_only: bool = False
    """There is nothing to measure in a closed loop."""
    timed: bool = True
    """It can be told of a part of the run."""
    by_method: bool = False
    """It tells the methods that it covers apart."""

    def unit_of(self, aggregation: str) -> str:
        """The unit of what an aggregation of it gives."""
        return {"count": "count", "burn": "×"}.get(aggregation, self.unit)
