"""A scenario: what is driven, written down in YAML, and where such files are found.

A file names its platform, its objectives, its rate, duration and shape of arrivals, the mix of journeys and personas,
the ways of its people, and what is popular; what it leaves out has the defaults below. `load` takes a name from the
catalogue (the files beside this one) or a path, and says what is wrong with a file by line and field.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Self

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from scenarios import arrivals
from scenarios.arrivals import Spacing
from scenarios.complaints import ScenarioError, complain, complaint_at, did_you_mean, lines_of
from scenarios.journeys import KINDS, Kind
from scenarios.own_journeys import FOLDER, OwnJourneys
from scenarios.part import Part, Seconds, Weight, weighing
from scenarios.people import PERSONAS, People, Persona
from scenarios.popularity import EventLaw, Popularity, SeatLaw

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scenarios.arrivals.profile import Profile

__all__ = ["CATALOGUE", "Arrivals", "Fakes", "People", "Role", "Scenario", "ScenarioError", "load", "names", "parse"]

CATALOGUE = Path(__file__).parent / "catalogue"
"""The folder of the scenarios that come along; the file's stem is the name."""
_NAME = r"^[a-z0-9][a-z0-9-]*$"


class Arrivals(Part):
    """How the crowd comes. Each profile knows its own shape: `scenarios.arrivals.SHAPES`."""

    profile: Literal["constant", "onsale", "burst"] = "constant"
    spacing: Spacing = "even"
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


class Fakes(Part):
    """What the bundled platform needs to be started with, when no target is named."""

    events: int | None = Field(default=None, ge=1, le=10_000)
    """None: its own documented events."""
    seats: int | None = Field(default=None, ge=1, le=10_000_000)
    """Per event; None: enough for the plan."""


class Role(NamedTuple):
    """What a name of the mix stands for."""

    kind: Kind
    people: People


def _listed(given: Any) -> Any:
    """One file may stand without a list around it."""
    return [given] if isinstance(given, str) else given


class Scenario(Part):
    """One scenario, whole and checked."""

    name: str = Field(pattern=_NAME)
    description: str = Field(min_length=1)
    """One line: what it is for."""
    platform: Literal["documented", "deployed", "open"] = "documented"
    """The bundled platform's profile."""
    slo: str = "production"
    """The objectives that fit it: a name from slo/ or a path."""
    rate: float = Field(gt=0)
    """Journeys a second, on average over the duration."""
    duration: Seconds = Field(gt=0)
    arrivals: Arrivals = Arrivals()
    journeys: Annotated[tuple[OwnJourneys, ...], BeforeValidator(_listed)] = ()
    """Python files with journeys of one's own, relative to this file."""
    people: People = People()
    """Everybody's ways."""
    personas: dict[Annotated[str, Field(pattern=_NAME)], Persona] = Field(default={})
    """Kinds of people of one's own, by name."""
    mix: dict[str, Weight]
    """Kinds of journeys and personas by weight."""
    popularity: Popularity = Popularity()
    """Which events and seats are wanted most."""
    route: Literal["services", "gateway"] = "services"
    """Which entrance is taken where two offer the same."""
    scarce: bool = False
    """Too few seats or admissions are the point."""
    events: tuple[str, ...] = ()
    """Ids of the events to drive; empty: learned from the target."""
    fakes: Fakes = Fakes()

    @field_validator("personas")
    @classmethod
    def _known_journeys(cls, value: dict[str, Persona], info: ValidationInfo) -> dict[str, Persona]:
        kinds = _kinds(info.data["journeys"]) if "journeys" in info.data else {}
        for name, persona in value.items() if kinds else ():
            if name in kinds:
                raise ValueError(f"{name} is the name of a kind of journey: call the persona otherwise")
            if persona.journey not in kinds:
                said = f"no kind of journey is called {persona.journey}; {did_you_mean(persona.journey, kinds)}"
                raise complaint_at(said, (name, "journey"), persona.journey)
        return value

    @field_validator("mix")
    @classmethod
    def _known_names(cls, value: dict[str, float], info: ValidationInfo) -> dict[str, float]:
        # Where journeys or personas are wrong, that is said, and which names there are cannot be known.
        whole = "journeys" in info.data and "personas" in info.data
        known = {**_kinds(info.data["journeys"]), **PERSONAS, **info.data["personas"]} if whole else value
        for name in value:
            if name not in known:
                raise ValueError(f"no kind of journey or persona is called {name}; {did_you_mean(name, known)}")
        return weighing(value)

    @model_validator(mode="after")
    def _arrivals_fit(self) -> Self:
        self.profile(self.rate, self.duration)
        return self

    def profile(self, rate: float, duration_s: float) -> Profile:
        """Makes the arrival profile for a rate and duration; raises ValueError when they do not fit together."""
        return arrivals.profile(self.arrivals.profile, rate, duration_s, **self.arrivals.shape)

    @cached_property
    def cast(self) -> Mapping[str, Role]:
        """Whom each name of the mix stands for: the kind of journey and the ways of its people."""
        kinds, personas = _kinds(self.journeys), {**PERSONAS, **self.personas}
        roles = {}
        for name in self.mix:
            persona = personas.get(name)
            kind = kinds[persona.journey if persona else name]
            roles[name] = Role(kind, persona.among(self.people) if persona else self.people)
        return MappingProxyType(roles)

    @property
    def wants_seats(self) -> bool:
        """Somebody comes for certain seats."""
        return any(role.people.seats == "wished" for role in self.cast.values())


def _kinds(own: Iterable[OwnJourneys]) -> dict[str, Kind]:
    """All kinds of journeys that a scenario may name."""
    return {**KINDS, **{name: kind for file in own for name, kind in file.kinds().items()}}


def _fields(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(model.model_fields)


_FIELDS: Mapping[tuple[int | str, ...], Sequence[str]] = MappingProxyType(
    {
        (): _fields(Scenario),
        ("arrivals",): _fields(Arrivals),
        ("people",): _fields(People),
        ("fakes",): _fields(Fakes),
        ("popularity",): _fields(Popularity),
        ("popularity", "events"): _fields(EventLaw),
        ("popularity", "seats"): _fields(SeatLaw),
    }
)


def _known_fields(content: Mapping[str, Any]) -> dict[tuple[int | str, ...], Sequence[str]]:
    """The fields of every mapping in a file, those of its personas too."""
    personas = content.get("personas")
    named = personas if isinstance(personas, dict) else ()
    return {**_FIELDS, **{("personas", str(name)): _fields(Persona) for name in named}}


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
        lines = lines_of(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "not YAML"
        raise ScenarioError(f"{file}, line {mark.line + 1 if mark else 1}: not YAML: {problem}") from None
    if not isinstance(content, dict):
        raise ScenarioError(f"{file}, line 1: a scenario is a mapping of fields; {did_you_mean('', _FIELDS[()])}")
    if name is not None:
        content.setdefault("name", name)
    try:
        return Scenario.model_validate(content, context={FOLDER: str(Path(file).parent)})
    except ValidationError as error:
        raise complain(file, lines, error.errors(), _known_fields(content)) from None
