"""One objective and how it came out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports.objectives.scope import WHOLE, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.objectives.clauses import Recovery
    from reports.objectives.expression import Expression
    from reports.objectives.metric import Measured
    from reports.resampling import Interval


@dataclass(frozen=True, slots=True)
class Windows:
    """How the windows of an objective came out."""

    length_s: int
    total: int
    missed: int
    open: int
    """So many cannot be told."""
    may_miss: int
    """So many of the total may miss."""
    first_missed_s: int | None = None
    """Where the first window begins that missed."""


@dataclass(frozen=True, slots=True)
class Result:
    """One objective and how it came out."""

    name: str
    metric: str
    where: Mapping[str, str]
    expression: Expression
    load: bool
    """It is about the platform under this load, so that a generator that did not keep up spoils it."""
    measured: Measured
    """Of windows the figure of the one that decides; of a recovery the seconds that it took."""
    verdict: str
    reason: str
    """Why, in words with the figures; whoever shows them names the objective beside."""
    lacking: int = 0
    """How many samples it needs, where it has some and too few of them are all that keeps it from being decided."""
    unit: str = ""
    """ms, share, count, s, × or nothing."""
    scope: Scope = WHOLE
    windows: Windows | None = None
    recovery: Recovery | None = None
    every: str = ""
    """The windows as they were asked for; empty where there are none."""
    confidence: float = 0.95
    budget: float | None = None

    @property
    def interval(self) -> Interval:
        """The bounds of what was measured."""
        return self.measured.interval

    @property
    def text(self) -> str:
        """What is asked for, as it was written."""
        return self.recovery.text if self.recovery else self.expression.text

    @property
    def threshold(self) -> float:
        """What the figure is held against, in its unit."""
        return self.recovery.within_s if self.recovery else self.expression.threshold

    @property
    def comparison(self) -> str:
        """How the figure is held against its threshold."""
        return "<=" if self.recovery else self.expression.comparison

    @property
    def part(self) -> str:
        """Which part of the run it is about, in words; empty for the whole."""
        every = f"every {self.every}" if self.every else ""
        return ", ".join(text for text in (self.scope.text, every) if text)

    @property
    def row(self) -> dict[str, Any]:
        """What `reports.objectives.words` needs to write it."""
        return {
            "metric": self.metric,
            "expression": self.text,
            "threshold": self.threshold,
            "comparison": self.comparison,
            "unit": self.unit,
            "measured": self.measured.value,
            "interval": self.measured.interval,
            "censored": self.measured.censored,
        }
