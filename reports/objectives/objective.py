"""An objective as it is written in a file, checked field by field."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from reports.objectives import clauses
from reports.objectives.expression import Expression, parse
from reports.objectives.metric import CALLS, Question
from reports.objectives.metrics import METRICS
from reports.resampling import CONFIDENCE

if TYPE_CHECKING:
    from reports.objectives.metric import Metric

LENGTH_PATTERN = r"^\s*[0-9]+(\.[0-9]+)?\s*(ms|s|m|h)?\s*$"
WrittenLength = Annotated[float, Field(ge=0)] | Annotated[str, Field(pattern=LENGTH_PATTERN)]
"""What a file may hold where a length of time is asked for."""
DEFAULT_GRACE_S = 10.0


def _length(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("a length of time is a number and ms, s, m or h, such as 30s")
    return clauses.length(value)


Length = Annotated[float, BeforeValidator(_length, json_schema_input_type=WrittenLength)]
"""A length of time in seconds, read from `30s`, `5m` or a bare number of seconds."""


class Part(BaseModel):
    """Unknown fields are refused; what was read cannot change."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True, populate_by_name=True
    )


class Abort(Part):
    """When a hopeless objective ends the run."""

    grace: Length = DEFAULT_GRACE_S
    """So long after T0 the run goes on whatever is measured."""


class Objective(Part):
    """One thing that a run has to show."""

    name: str = Field(min_length=1)
    """What the verdict's reasons call it; no two are called alike."""
    metric: str
    """What it is about; docs/objectives.md lists the metrics."""
    expression: str | None = None
    """What is asked for, such as p(95)<500; docs/objectives.md has the grammar."""
    recovers: str | None = None
    """In place of an expression: p(95)<500 within 60s after peak."""
    where: dict[str, str] = Field(default_factory=dict)
    """Which calls or journeys it covers; all that are given have to match."""
    during: str | None = None
    """A phase of the arrivals, such as peak: only what was answered in it counts."""
    from_s: Length | None = Field(default=None, alias="from")
    """Only what was answered from then on counts, from T0."""
    to_s: Length | None = Field(default=None, alias="to")
    """Only what was answered before then counts, from T0."""
    warmup: Length | None = None
    """What was answered so long after T0 does not count; left out, the file's own."""
    every: str | float | None = None
    """Judges each window by itself: 10s, or 10s, at most 1 window of 10 may miss."""
    by: str = CALLS
    """Of availability: calls, or seconds (a second in which 5 % of its calls or more had no answer was down)."""
    budget: float | None = Field(default=None, gt=0, lt=1)
    """Of burn: the share of calls that may go wrong, such as 0.001."""
    confidence: float | None = Field(default=None, ge=0.5, le=0.999)
    """How often its interval is meant to hold the truth; left out, the file's own."""
    optional: bool = False
    """Is left out where nothing was measured: for services and methods that a scenario need not call."""
    abort: bool | Abort = False
    """Ends the run as soon as nothing can be hoped for any more: true, or a grace after T0: {grace: 30s}."""

    @field_validator("expression")
    @classmethod
    def _expression(cls, value: str | None) -> str | None:
        if value is not None:
            parse(value)
        return value

    @field_validator("recovers")
    @classmethod
    def _recovers(cls, value: str | None) -> str | None:
        if value is not None:
            clauses.recovery(value)
        return value

    @field_validator("every")
    @classmethod
    def _every(cls, value: str | float | None) -> str | float | None:
        if value is not None:
            clauses.windows(value)
        return value

    @cached_property
    def parsed(self) -> Expression:
        """The expression, read; that of the recovery where it is one."""
        return self.recovery.expression if self.recovery else parse(self.expression or "")

    @cached_property
    def recovery(self) -> clauses.Recovery | None:
        """The recovery, read; None where it is no objective about one."""
        return None if self.recovers is None else clauses.recovery(self.recovers)

    @cached_property
    def windows(self) -> clauses.Windows | None:
        """The windows, read; None where the whole is judged at once."""
        return None if self.every is None else clauses.windows(self.every)

    @property
    def about(self) -> Metric:
        """The metric."""
        return METRICS[self.metric]

    @property
    def question(self) -> Question:
        """What it asks of its metric, of whatever part of the run."""
        where = {key: value for key, value in self.where.items() if key != "phase"}
        return Question(self.parsed, where, self.by, self.budget or 0.0, self.confidence or CONFIDENCE)

    @property
    def phase(self) -> str | None:
        """The phase that it is restricted to."""
        return self.during or self.where.get("phase")

    @property
    def grace_s(self) -> float | None:
        """So long after T0 it cannot end the run; None where it never does."""
        if isinstance(self.abort, Abort):
            return self.abort.grace
        return DEFAULT_GRACE_S if self.abort else None


class Objectives(Part):
    """A file of objectives."""

    description: str = ""
    """What they are for, in a sentence."""
    confidence: float = Field(default=0.95, ge=0.5, le=0.999)
    """How often the intervals are meant to hold the truth."""
    warmup: Length = 0.0
    """What was answered so long after T0 counts for no objective that does not say its own."""
    objectives: tuple[Objective, ...] = Field(min_length=1)
    """All of them have to be met."""
