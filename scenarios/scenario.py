"""A scenario: what is driven, written down in YAML, and where such files are found.

A file names its platform, its objectives, its rate, duration and shape of arrivals, the mix of journeys and the ways of
its people; what it leaves out has the defaults below. `load` takes a name from the catalogue (the files beside this
one) or a path, and says what is wrong with a file by line and field.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeAlias

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from scenarios import arrivals
from scenarios.arrivals import Spacing
from scenarios.complaints import ScenarioError, complain, did_you_mean, lines_of
from scenarios.duration import WRITTEN, seconds
from scenarios.journeys import KINDS
from scenarios.wishes import Card

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scenarios.arrivals.profile import Profile

__all__ = ["CATALOGUE", "Arrivals", "Fakes", "People", "Scenario", "ScenarioError", "load", "names", "parse"]

CATALOGUE = Path(__file__).parent / "catalogue"
"""The folder of the scenarios that come along; the file's stem is the name."""

Length: TypeAlias = Annotated[float, Field(ge=0)] | Annotated[str, Field(pattern=WRITTEN)]
"""What a file may hold where a length of time is asked for."""
Seconds = Annotated[float, BeforeValidator(seconds, json_schema_input_type=Length), Field(ge=0)]
"""A length of time, as number or as text with its unit."""
Weight = Annotated[float, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)


class Arrivals(_Part):
    """How the crowd comes. Each profile knows its own shape: `scenarios.arrivals.SHAPES`."""

    profile: Literal["constant", "onsale", "burst"] = "constant"
    """The shape of the rate over time."""
    spacing: Spacing = "even"
    """even: as regular as can be; poisson: by chance, as people come."""
    half_s: Seconds | None = None
    """onsale: the time in which about half of all have come."""
    at_s: Seconds | None = None
    """burst: when it begins."""
    window_s: Seconds | None = None
    """burst: how long it takes; 0 is one instant."""

    @property
    def shape(self) -> dict[str, float]:
        """The figures that were given, by name."""
        given = self.model_dump(exclude={"profile", "spacing"}, exclude_none=True)
        return {name: float(value) for name, value in given.items()}

    @model_validator(mode="after")
    def _fits_profile(self) -> Self:
        for name in self.shape:
            if name not in arrivals.SHAPES[self.profile]:
                takes = ", ".join(arrivals.SHAPES[self.profile]) or "no further figure"
                raise ValueError(f"profile {self.profile} has no {name}; it takes {takes}")
        return self


class People(_Part):
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


class Fakes(_Part):
    """What the bundled platform needs to be started with, when no target is named."""

    events: int | None = Field(default=None, ge=1, le=10_000)
    """None: its own documented events."""
    seats: int | None = Field(default=None, ge=1, le=10_000_000)
    """Per event; None: enough for the plan."""


class Scenario(_Part):
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
    """Journeys a second, on average over the duration."""
    duration: Seconds = Field(gt=0)
    """How long people come: seconds, or with a unit such as 300ms, 45s, 5m, 1h."""
    arrivals: Arrivals = Arrivals()
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

    @model_validator(mode="after")
    def _arrivals_fit(self) -> Self:
        self.profile(self.rate, self.duration)
        return self

    def profile(self, rate: float, duration_s: float) -> Profile:
        """Makes the arrival profile for a rate and duration; raises ValueError when they do not fit together."""
        return arrivals.profile(self.arrivals.profile, rate, duration_s, **self.arrivals.shape)


def _fields(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(model.model_fields)


_FIELDS: Mapping[tuple[int | str, ...], Sequence[str]] = MappingProxyType(
    {
        (): _fields(Scenario),
        ("arrivals",): _fields(Arrivals),
        ("people",): _fields(People),
        ("fakes",): _fields(Fakes),
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
        raise complain(file, lines, error.errors(), _FIELDS) from None
