"""Journeys of one's own: a Python file beside the scenario that holds a table JOURNEYS, name to Kind.

The file is code and is run: whoever names it in a scenario trusts it. Its digest goes with the plan, so that a worker
on another machine drives the same journeys or refuses; the file itself does not travel.

What such a journey raises, or an ending that no journey has, becomes `OwnJourneyError`: neither the platform nor
Tacorush is to blame for it, and it says which line is.
"""

from __future__ import annotations

import hashlib
import importlib.util
import traceback
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import ValidationInfo, model_validator

from contracts.catalogue import METHODS
from scenarios.complaints import did_you_mean
from scenarios.fields import Part
from scenarios.journeys import ENDINGS, KINDS, Ends, Kind
from scenarios.routes import ROUTES
from scenarios.ticketing import HeldBack

if TYPE_CHECKING:
    from collections.abc import Callable

    from scenarios.ticketing import Ticketing
    from scenarios.wishes import Wishes

TABLE = "JOURNEYS"
"""What such a file must hold."""
FOLDER = "folder"
"""Key of the validation context under which the folder of the scenario file stands; paths are relative to it."""


class OwnJourneyError(Exception):
    """A journey of one's own failed in its own code; says in one line in which journey, where and how."""


class OwnJourneys(Part):
    """One file of journeys; in a scenario its path will do."""

    path: str
    """Absolute, once read."""
    sha256: str
    """Of the file's content."""

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any, info: ValidationInfo) -> Any:
        if not isinstance(given, str):
            return given
        path = (Path((info.context or {}).get(FOLDER, "")) / given).absolute()
        return {"path": str(path), "sha256": _digest(path)}

    @model_validator(mode="after")
    def _is_here(self) -> Self:
        if _digest(Path(self.path)) != self.sha256:
            raise ValueError(f"{self.path} is not the file that the plan was made with: copy it to this machine")
        self.kinds()
        return self

    def kinds(self) -> dict[str, Kind]:
        """Runs the file and returns its journeys; raises ValueError that says what is wrong with it."""
        spec = importlib.util.spec_from_file_location(f"own_journeys_{self.sha256[:16]}", self.path)
        if spec is None or spec.loader is None:
            raise ValueError(f"{self.path} is no Python file: its name must end in .py")
        module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except (Exception, SystemExit) as failure:  # whatever somebody's own code raises
            raise ValueError(f"{self.path} cannot be run: {type(failure).__name__}: {failure}") from failure
        return _checked(self.path, getattr(module, TABLE, None))


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from None


def _checked(path: str, table: Any) -> dict[str, Kind]:
    if not isinstance(table, Mapping) or not table:
        example = f"{TABLE} = {{'name': Kind(function, steps=('join',), calls=3)}}"
        raise ValueError(f"{path} has no table of journeys: write {example}")
    for name, kind in table.items():
        if not isinstance(kind, Kind):
            raise ValueError(f"{path}: {TABLE}[{name!r}] is {type(kind).__name__}, not a Kind")
        if name in KINDS:
            raise ValueError(f"{path}: {name} is the name of a journey that comes along: call yours otherwise")
        _check_steps(path, name, kind)
    # Nobody but its author knows what it calls.
    any_method = frozenset(METHODS)
    return {name: replace(kind, run=_guarded(path, name, kind.run), beside=any_method) for name, kind in table.items()}


def _check_steps(path: str, name: str, kind: Kind) -> None:
    known = ROUTES["services"]
    for step in kind.steps:
        if step not in known and step not in METHODS:
            raise ValueError(f"{path}: {TABLE}[{name!r}] has no step {step!r}; {did_you_mean(step, known)}")


def _guarded(path: str, name: str, run: Callable[[Ticketing, Wishes], str]) -> Callable[[Ticketing, Wishes], str]:
    def guarded(person: Ticketing, wishes: Wishes) -> str:
        try:
            ending = run(person, wishes)
        except (Ends, HeldBack):
            raise
        except (Exception, SystemExit) as failure:  # whatever somebody's own code raises
            what = f"{type(failure).__name__}: {failure}"
            raise OwnJourneyError(f"{_place(path, failure)}: the journey {name} failed: {what}") from failure
        if ending not in ENDINGS:
            allowed = ", ".join(ENDINGS)
            raise OwnJourneyError(f"{path}: the journey {name} ended in {ending!r}; allowed: {allowed}")
        return ending

    return guarded


def _place(path: str, failure: BaseException) -> str:
    """The last line of the file that was running when it failed."""
    lines = [frame.lineno for frame in traceback.extract_tb(failure.__traceback__) if frame.filename == path]
    return f"{path}, line {lines[-1]}" if lines else path
