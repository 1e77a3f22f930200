"""Files of queries: YAML, checked by pydantic, with errors that a person can act on.

    queries:
      - name: CPU of each pod                  # what the report calls it
        expr: sum by (pod) (rate(container_cpu_usage_seconds_total{namespace="tickets"}[30s]))
        unit: cores                            # bytes and ratio are written as MiB and %; any other word as it is
      - name: People waiting
        expr: sum(queue_depth)
        unit: people
        panel: Waiting room                    # optional; queries of one panel and one unit are drawn together

`expr` is PromQL, which nobody but Prometheus checks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from reports.objectives.complaint import Spots, allowed, complaint
from tacorush.evidence.observed import MOST_QUERIES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic_core import ErrorDetails

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Unit = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]
Expression = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class QueriesError(ValueError):
    """A file of queries cannot be used: has all that is wrong with it, one complaint after the other."""


class Part(BaseModel):
    """A part of the file, which has the fields that are named here and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Query(Part):
    """One question to Prometheus."""

    name: Word = Field(description="What the report calls it; every name stands once.")
    expr: Expression = Field(description="PromQL; asked at each step of the run.")
    unit: Unit = Field(description="Of its values: `bytes`, `ratio` (0 to 1, written as %), or any word.")
    panel: Word = Field(default="", description="The chart that it is drawn in; by default one of its own.")

    @property
    def chart(self) -> str:
        """The chart that it is drawn in."""
        return self.panel or self.name


class Queries(Part):
    """The whole file."""

    queries: list[Query] = Field(min_length=1, max_length=MOST_QUERIES, description="What is asked.")


def load(path: Path) -> tuple[Query, ...]:
    """Reads a file of queries; raises QueriesError when it is missing or wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        why = failure.strerror if isinstance(failure, OSError) and failure.strerror else str(failure)
        raise QueriesError(f"{path}: cannot be read ({why}); name a file such as deploy/observe.yaml") from failure
    return read(text, str(path))


def read(text: str, source: str) -> tuple[Query, ...]:
    """Reads the text of a file of queries; `source` is how errors call it."""
    try:
        spots, raw = Spots(text, source), yaml.safe_load(text)
    except yaml.YAMLError as failure:
        mark = getattr(failure, "problem_mark", None)
        at = None if mark is None else (mark.line + 1, mark.column + 1)
        said = f"no YAML: {getattr(failure, 'problem', None) or failure}"
        raise QueriesError(complaint(source, said, at=at)) from failure
    if not isinstance(raw, dict):
        raise QueriesError(complaint(source, "a file of queries is a mapping with the key queries", at=(1, 1)))
    doubled = [
        spots.complaint(path, f"stands in line {line} already; keep one", spots.key(path))
        for path, line in spots.doubled.items()
    ]
    if doubled:
        raise QueriesError("\n".join(doubled))
    try:
        found = Queries.model_validate(raw).queries
    except ValidationError as failure:
        # A mistyped key is also missing: what says most comes first.
        errors = sorted(failure.errors(), key=lambda error: error["type"] != "extra_forbidden")
        raise QueriesError("\n".join(_worded(spots, error) for error in errors)) from failure
    if wrong := [*_named_twice(found, spots), *_of_two_units(found, spots)]:
        raise QueriesError("\n".join(wrong))
    return tuple(found)


def _worded(spots: Spots, error: ErrorDetails) -> str:
    path = error["loc"]
    if error["type"] == "extra_forbidden":
        model: type[Part] = Queries if len(path) == 1 else Query
        return spots.complaint(path, allowed(path[-1], model.model_fields), spots.key(path))
    if error["type"] == "missing":
        return spots.complaint(path, "is missing", spots.key(path[:-1]))
    if error["type"] in ("list_type", "too_short", "too_long"):
        return spots.complaint(path, f"is a list of 1 to {MOST_QUERIES} queries", spots.value(path))
    if error["type"] == "model_type":
        return spots.complaint(path, "is a mapping with name, expr and unit", spots.value(path))
    return spots.complaint(path, f"found {_short(error['input'])}; {error['msg']}", spots.value(path))


def _short(found: Any) -> str:
    text = repr(found)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _named_twice(found: list[Query], spots: Spots) -> Iterator[str]:
    lines: dict[str, int] = {}
    for index, query in enumerate(found):
        path = ("queries", index, "name")
        spot = spots.value(path)
        if query.name in lines:
            yield spots.complaint(
                path, f"{query.name!r} stands in line {lines[query.name]} already; name each once", spot
            )
        lines.setdefault(query.name, spot.line + 1 if spot else 0)


def _of_two_units(found: list[Query], spots: Spots) -> Iterator[str]:
    first: dict[str, Query] = {}
    for index, query in enumerate(found):
        other = first.setdefault(query.chart, query)
        if other.unit != query.unit:
            said = f"{query.unit!r}, but {other.name!r} in the same panel has {other.unit!r}; one panel has one unit"
            path = ("queries", index, "unit")
            yield spots.complaint(path, said, spots.value(path))
