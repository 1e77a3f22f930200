"""A scenario: what is driven, written down in YAML, and where such files are found.

A file names its platform, its objectives, its rate, duration and shape of arrivals, the mix of journeys and the ways of
its people; what it leaves out has the defaults below. `load` takes a name from the catalogue (the files beside this
one) or a path, and says what is wrong with a file by line and field.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from scenarios import arrivals_model
from scenarios.arrivals_model import Arrivals, fields_of
from scenarios.complaints import ScenarioError, complain, did_you_mean, lines_of
from scenarios.fields import MisfitError, Part, Seconds, Weight
from scenarios.journeys import KINDS
from scenarios.shapes import ConstantShape, Pace
from scenarios.wishes import Card

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scenarios.arrivals import Profile
    from scenarios.complaints import Place

__all__ = ["CATALOGUE", "Arrivals", "Fakes", "People", "Scenario", "ScenarioError", "load", "names", "parse"]

CATALOGUE = Path(__file__).parent / "catalogue"
"""The folder of the scenarios that come along; the file's stem is the name."""


class People(Part):
    """The ways of the people: how long they take, how patient they are, what they buy, how they pay."""

    think_s: tuple[Seconds, Seconds] = (0.0, 0.0)
    """Shortest and longest time taken before each decision."""
    poll_s: Seconds = Field(default=2.0, gt=0)
    """Between two looks at the queue, or at a payment."""
    patience_s: Seconds = 60.0
    """How long somebody waits in the queue before going."""
    tries: int = Field(default=3, ge=1, le=20)
    """How many different seats are asked for before somebody gives up."""
    seats: Literal["offered", "wished"] = "offered"
    """offered: choose among those shown as free; wished: come for certain seats, free or not."""
    quantity: dict[Annotated[int, Field(ge=1, le=10)], Weight] = Field(default={1: 50, 2: 40, 4: 10})
    """Seats a person wants, by weight."""
    cards: dict[Card, Weight] = Field(default={"APPROVE": 1})
    """How payments fare, by weight."""

    @field_validator("think_s")
    @classmethod
    def _in_order(cls, value: tuple[float, float]) -> tuple[float, float]:
        if value[0] > value[1]:
            raise ValueError("the shortest time comes first")
        return value

    @field_validator("quantity", "cards")
    @classmethod
    def _weighs(cls, value: dict[Any, float]) -> dict[Any, float]:
        if sum(value.values()) <= 0:
            raise ValueError("at least one weight must be above 0")
        return value


class Fakes(Part):
    """What the bundled platform needs to be started with, when no target is named."""

    events: int | None = Field(default=None, ge=1, le=10_000)
    """None: its own documented events."""
    seats: int | None = Field(default=None, ge=1, le=10_000_000)
    """Per event; None: enough for the plan."""


class Scenario(Part):
    """One scenario, whole and checked."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    """The file's own name where it is left out."""
    description: str = Field(min_length=1)
    """One line: what it is for."""
    platform: Literal["documented", "deployed", "open"] = "documented"
    """The bundled platform's profile."""
    slo: str = "production"
    """The objectives that fit it: a name from slo/ or a path."""
    rate: float = Field(gt=0)
    """Journeys a second: what it means to each profile is in `scenarios.arrivals_model`; mostly the mean."""
    duration: Seconds = Field(gt=0)
    """How long people come: seconds, or with a unit such as 300ms, 45s, 5m, 1h."""
    arrivals: Arrivals = ConstantShape()
    """How they come: a profile, told by its name, with its figures."""
    mix: dict[str, Weight]
    """Kinds of journeys by weight."""
    people: People = People()
    route: Literal["services", "gateway"] = "services"
    """Which entrance is taken where two offer the same."""
    scarce: bool = False
    """Too few seats or admissions are the point."""
    events: tuple[str, ...] = ()
    """Ids of the events to drive; empty: learned from the target."""
    fakes: Fakes = Fakes()

    @field_validator("mix")
    @classmethod
    def _known_kinds(cls, value: dict[str, float]) -> dict[str, float]:
        for kind in value:
            if kind not in KINDS:
                raise ValueError(f"no kind of journey is called {kind}; {did_you_mean(kind, KINDS)}")
        if sum(value.values()) <= 0:
            raise ValueError("at least one weight must be above 0")
        return value

    @model_validator(mode="before")
    @classmethod
    def _as_arrivals_say(cls, content: Any) -> Any:
        return arrivals_model.with_own_figures(content) if isinstance(content, dict) else content

    @model_validator(mode="after")
    def _arrivals_fit(self) -> Self:
        try:
            arrivals_model.check(self.arrivals, self.rate, self.duration)
        except MisfitError as misfit:
            raise misfit.complaint() from None
        return self

    def profile(self, rate: float, duration_s: float) -> Profile:
        """Makes the arrival profile for a rate and duration; raises ValueError when they do not fit together."""
        if rate <= 0 or duration_s <= 0:
            raise ValueError(f"nobody comes at {rate:g}/s for {duration_s:g} s: both must be above 0")
        try:
            return self.arrivals.made(Pace(rate, duration_s, rate / self.rate, duration_s / self.duration))
        except MisfitError as misfit:
            raise misfit.within("arrivals") from None


_FIELDS: Mapping[Place, Sequence[str]] = MappingProxyType(
    {
        (): fields_of(Scenario),
        ("people",): fields_of(People),
        ("fakes",): fields_of(Fakes),
        **arrivals_model.FIELDS,
    }
)


def names() -> list[str]:
    """The names of the catalogue, sorted."""
    return sorted(path.stem for path in CATALOGUE.glob("*.yaml"))


def load(name_or_path: str | Path) -> Scenario:
    """Reads a scenario by name or path; raises ScenarioError, one line for people, when it cannot be used."""
    given = str(name_or_path)
    if given.endswith((".yaml", ".yml")) or "/" in given:
        path = Path(given)
    elif given in names():
        path = CATALOGUE / f"{given}.yaml"
    else:
        raise ScenarioError(f"no scenario is called {given!r}; {did_you_mean(given, [*names(), 'PATH.yaml'])}")
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"{path}: cannot be read: not a text in UTF-8") from None
    return parse(text, str(path), path.stem)


def parse(text: str, file: str = "scenario", name: str | None = None) -> Scenario:
    """Reads a scenario from YAML; `file` stands in errors, `name` is taken where the text gives none."""
    try:
        content = yaml.safe_load(text)
        lines = lines_of(text, file)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "not YAML"
        raise ScenarioError(f"{file}, line {mark.line + 1 if mark else 1}: not YAML: {problem}") from None
    if not isinstance(content, dict):
        raise ScenarioError(f"{file}, line 1: a scenario is a mapping of fields; {did_you_mean('', _FIELDS[()])}")
    if name is not None:
        content.setdefault("name", name)
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        raise complain(file, lines, error.errors(), _FIELDS, arrivals_model.SHAPES) from None
