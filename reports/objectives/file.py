"""Files of objectives: YAML, checked by pydantic and against the metrics, with errors that a person can act on.

    confidence: 0.95                         # of the intervals; optional
    warmup: 10s                              # what is answered before counts for nothing; optional
    objectives:
      - name: P95 of holding seats           # said in the verdict's reasons
        metric: response_ms                  # reports/objectives/metrics.py lists them
        expression: p(95)<500                # reports/objectives/expression.py has the grammar
        where: {method: CreateReservation}   # optional; a method's full name, or its short one for every service
      - name: P95 in every window of the peak
        metric: response_ms
        expression: p(95)<500
        during: peak                         # a phase of the arrivals; or from: 30s and to: 90s
        every: 10s, at most 1 window of 10 may miss
        abort: {grace: 30s}                  # ends a hopeless run early, not before 30 s; or true
      - name: Back to normal after the peak
        metric: response_ms
        recovers: p(95)<500 within 60s after peak
      - name: Error budget
        metric: errors
        expression: burn<1                   # errors as a multiple of what the budget allows
        budget: 0.001

`where` takes method, service, phase, journey and outcome, of findings it takes rule; all that are given have to match.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from reports.objectives.checks import faults
from reports.objectives.complaint import ObjectivesError, Spot, Spots, allowed, complaint
from reports.objectives.fitting import misfits
from reports.objectives.objective import Abort, Objective, Objectives, Part
from reports.objectives.reader import GrammarError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic_core import ErrorDetails

    from reports.objectives.checks import Fault
    from reports.objectives.fitting import Driven

NO_OBJECTIVES: tuple[Objective, ...] = ()
"""What a run without a file of objectives is judged by: the audit and the guards alone."""


def load(path: str | Path, driven: Driven | None = None) -> tuple[Objective, ...]:
    """Reads a file of objectives, as `read` does its text; raises ObjectivesError when it is missing or wrong."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        why = failure.strerror if isinstance(failure, OSError) and failure.strerror else str(failure)
        raise ObjectivesError(f"{path}: cannot be read ({why}); name a file such as slo/production.yaml") from failure
    return read(text, str(path), driven)


def read(text: str, source: str, driven: Driven | None = None) -> tuple[Objective, ...]:
    """Reads the text of a file of objectives; `source` is how errors call it, `driven` what they have to fit."""
    spots = _spots(text, source)
    raw = yaml.safe_load(text)
    if not isinstance(raw, dict):
        raise ObjectivesError(complaint(source, "a file of objectives is a mapping with the key objectives", at=(1, 1)))
    for path, line in spots.doubled.items():
        raise ObjectivesError(spots.complaint(path, f"stands in line {line} already; keep one", spots.key(path)))
    try:
        found = Objectives.model_validate(raw)
    except ValidationError as failure:
        raise ObjectivesError(*[_of_pydantic(spots, error) for error in _telling(failure.errors())]) from failure
    if wrong := list(_wrong(found, spots)) or list(_misfits(found, spots, driven)):
        raise ObjectivesError(*wrong)
    return tuple(
        objective.model_copy(
            update={
                "warmup": found.warmup if objective.warmup is None and objective.about.timed else objective.warmup,
                "confidence": objective.confidence or found.confidence,
            }
        )
        for objective in found.objectives
    )


def _spots(text: str, source: str) -> Spots:
    try:
        return Spots(text, source)
    except yaml.YAMLError as failure:
        mark = getattr(failure, "problem_mark", None)
        said = f"no YAML: {getattr(failure, 'problem', None) or failure}"
        if mark is None:
            raise ObjectivesError(complaint(source, said)) from failure
        lines = text.splitlines()
        line = lines[mark.line] if mark.line < len(lines) else ""
        raise ObjectivesError(complaint(source, said, "", (mark.line + 1, mark.column + 1), line)) from failure


def _telling(errors: Sequence[ErrorDetails]) -> Sequence[ErrorDetails]:
    """Leaves out what only follows from another error, and puts first what says most: a mistyped key is also missing.

    A list whose items are all wrong is also too short; what is no Abort is no bool either.
    """
    deeper = [error for error in errors if error["loc"] != ("objectives",) and error["loc"][-1:] != ("bool",)]
    return sorted(deeper or errors, key=lambda error: error["type"] != "extra_forbidden")


def _of_pydantic(spots: Spots, error: ErrorDetails) -> str:
    path = tuple(step for step in error["loc"] if step != "Abort")
    if error["type"] == "extra_forbidden":
        return spots.complaint(path, allowed(path[-1], _fields(path)), spots.key(path))
    if error["type"] == "missing":
        return spots.complaint(path, "is missing", spots.key(path[:-1]))
    if path == ("objectives",):
        return spots.complaint(path, "is a list of at least one objective", spots.value(path))
    if error["loc"][-1:] == ("Abort",):
        return spots.complaint(path, "takes true, or a grace: {grace: 30s}", spots.value(path))
    cause: Any = error.get("ctx", {}).get("error")
    spot = spots.value(path)
    if isinstance(cause, GrammarError):
        return spots.complaint(path, str(cause), spot and spot.part(cause.at, cause.length))
    said = str(cause) if isinstance(cause, ValueError) else error["msg"]
    return spots.complaint(path, f"found {error['input']!r}; {said}", spot)


def _fields(path: tuple[str | int, ...]) -> Iterator[str]:
    model: type[Part] = Objectives if len(path) == 1 else Objective if len(path) == 3 else Abort
    return (field.alias or name for name, field in model.model_fields.items())


def _wrong(found: Objectives, spots: Spots) -> Iterator[str]:
    names: dict[str, int] = {}
    for index, objective in enumerate(found.objectives):
        path: tuple[str | int, ...] = ("objectives", index)
        first = names.setdefault(objective.name, index)
        if first != index:
            line = spots.value(("objectives", first, "name"))
            said = f"{objective.name!r} stands in line {line.line + 1 if line else '?'} already; name each once"
            yield spots.complaint((*path, "name"), said, spots.value((*path, "name")))
        for fault in faults(objective):
            yield _worded(spots, (*path, *fault.field), fault, _text(objective, fault.field))


def _misfits(found: Objectives, spots: Spots, driven: Driven | None) -> Iterator[str]:
    for index, objective in enumerate(found.objectives):
        for fault in misfits(objective, driven) if driven else ():
            yield _worded(spots, ("objectives", index, *fault.field), fault, _text(objective, fault.field))


def _worded(spots: Spots, path: tuple[str | int, ...], fault: Fault, text: str) -> str:
    spot: Spot | None = spots.key(path) if fault.key else spots.value(path)
    at = text.find(fault.word) if fault.word else -1
    if spot is not None and at >= 0:
        spot = spot.part(at, len(fault.word))
    return spots.complaint(path, fault.said, spot)


def _text(objective: Objective, field: tuple[str, ...]) -> str:
    found: Mapping[str, Any] = objective.model_dump(by_alias=True)
    value = found.get(field[0])
    return value if isinstance(value, str) else ""
