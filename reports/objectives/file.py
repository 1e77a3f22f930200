"""Files of objectives: YAML, checked by pydantic and against the metrics, with errors that a person can act on.

    objectives:
      - name: P95 of all calls            # said in the verdict's reasons
        metric: response_ms               # reports/objectives/measuring.py lists them
        expression: p(95)<500             # reports/objectives/expression.py has the grammar
        where: {method: CreateReservation}   # optional; a method's full name, or its short one for every service

`where` takes method, service, journey and outcome, of findings it takes rule; a call has to match all that are given.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts.catalogue import METHODS, SERVICES
from contracts.outcomes import OUTCOMES
from reports.audit import RULES
from reports.objectives.complaint import ObjectivesError, allowed, complaint, line_of
from reports.objectives.expression import Expression, parse
from reports.objectives.measuring import METRICS, Metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Objective(BaseModel):
    """One objective as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    metric: str
    expression: str
    where: dict[str, str] = Field(default_factory=dict)

    @property
    def parsed(self) -> Expression:
        """The expression, read."""
        return parse(self.expression)

    @property
    def about(self) -> Metric:
        """The metric."""
        return METRICS[self.metric]


class Objectives(BaseModel):
    """A file of objectives."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: str = ""
    objectives: tuple[Objective, ...] = Field(min_length=1)


NO_OBJECTIVES: tuple[Objective, ...] = ()
"""What a run without a file of objectives is judged by: the audit and the guards alone."""


def load(path: str | Path) -> tuple[Objective, ...]:
    """Reads a file of objectives; raises ObjectivesError when it is missing or wrong."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        why = failure.strerror if isinstance(failure, OSError) and failure.strerror else str(failure)
        raise ObjectivesError(f"{path}: cannot be read ({why}); name a file such as slo/production.yaml") from failure
    return read(text, str(path))


def read(text: str, source: str) -> tuple[Objective, ...]:
    """Reads the text of a file of objectives; `source` is how errors call it."""
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as failure:
        mark = getattr(failure, "problem_mark", None)
        line = None if mark is None else mark.line + 1
        raise complaint(source, line, "", f"no YAML: {getattr(failure, 'problem', None) or failure}") from failure
    if not isinstance(raw, dict):
        raise complaint(source, 1, "", "a file of objectives is a mapping with the key objectives")
    try:
        found = Objectives.model_validate(raw)
    except ValidationError as failure:
        raise _of_pydantic(text, source, failure) from failure
    for index, objective in enumerate(found.objectives):
        _check(text, source, index, objective)
    return found.objectives


def _of_pydantic(text: str, source: str, failure: ValidationError) -> ObjectivesError:
    # A mistyped key is also a missing one, and says more.
    first = min(failure.errors(), key=lambda error: error["type"] != "extra_forbidden")
    path: tuple[str | int, ...] = first["loc"]
    field = _written(path)
    if first["type"] == "extra_forbidden":
        known = Objective.model_fields if len(path) > 1 else Objectives.model_fields
        return complaint(source, line_of(text, path), field, allowed(path[-1], known))
    if first["type"] == "missing":
        return complaint(source, line_of(text, path), field, "is missing")
    return complaint(source, line_of(text, path), field, f"found {first['input']!r}; {first['msg']}")


def _check(text: str, source: str, index: int, objective: Objective) -> None:
    def wrong(field: str, found: str) -> ObjectivesError:
        path: list[str | int] = ["objectives", index, *field.split(".")]
        return complaint(source, line_of(text, path), _written(path), found)

    if objective.metric not in METRICS:
        raise wrong("metric", allowed(objective.metric, METRICS))
    try:
        expression = objective.parsed
    except ValueError as failure:
        raise wrong("expression", str(failure)) from failure
    metric = objective.about
    if expression.aggregation not in metric.aggregations:
        written = {"p": "p(…)"}
        known = sorted(written.get(name, name) for name in metric.aggregations)
        raise wrong("expression", f"{objective.expression!r}: {metric.name} takes {', '.join(known)}")
    for key, value in objective.where.items():
        if key not in metric.filters:
            raise wrong(f"where.{key}", allowed(key, metric.filters))
        known_values = _VALUES.get((metric.name, key), _VALUES.get(("", key)))
        if known_values is not None and value not in known_values:
            raise wrong(f"where.{key}", allowed(value, known_values))


def _written(path: Iterable[str | int]) -> str:
    parts = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(parts).removeprefix(".")


def _short(names: Iterable[str], separator: str) -> frozenset[str]:
    return frozenset(name for full in names for name in (full, full.rpartition(separator)[2]))


_ENDINGS = (
    "ticket",
    "sold_out",
    "not_admitted",
    "limited",
    "refused",
    "left",
    "expired",
    "cancelled",
    "failed",
    "unknown",
    "let_in",
    "unfinished",
)
_VALUES: Mapping[tuple[str, str], frozenset[str]] = {
    ("", "method"): _short(METHODS, "/"),
    ("", "service"): _short(SERVICES, "."),
    ("", "outcome"): frozenset(OUTCOMES),
    ("journeys", "outcome"): frozenset(_ENDINGS),
    ("findings", "rule"): frozenset(rule.name for rule in RULES),
}
"""(Metric, or empty for all, and key of `where`) to the values that exist; kinds of journeys are the scenario's own."""
