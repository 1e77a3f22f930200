"""A scenario: what is driven, written down in YAML, and where such files are found.

A file names its platform, its objectives, its rate, duration and shape of arrivals, the mix of journeys and personas,
the ways of its people, and what is popular; what it leaves out has the defaults below. `load` takes a name from the
catalogue (the files beside this one) or a path, and says what is wrong with a file by line and field.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Self

import yaml
from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo, field_validator, model_validator

from scenarios import arrivals_model
from scenarios.arrivals_model import Arrivals, fields_of
from scenarios.complaints import ScenarioError, complain, did_you_mean, line_of, lines_of
from scenarios.fields import MisfitError, Part, Seconds, Weight
from scenarios.journeys import KINDS, Kind
from scenarios.own_journeys import FOLDER, OwnJourneys
from scenarios.people import PERSONAS, People, Persona, weighing
from scenarios.popularity import EventLaw, Popularity, SeatLaw
from scenarios.shapes import ConstantShape, Pace
from scenarios.traffic.record import TrafficError
from scenarios.traffic.replay import arrivals_of, with_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scenarios.arrivals import Profile
    from scenarios.complaints import Place

__all__ = [
    "CATALOGUE",
    "Arrivals",
    "Fakes",
    "People",
    "Role",
    "Scenario",
    "ScenarioError",
    "load",
    "names",
    "parse",
    "replaying",
]

CATALOGUE = Path(__file__).parent / "catalogue"
"""The folder of the scenarios that come along; the file's stem is the name."""
_NAME = r"^[a-z0-9][a-z0-9-]*$"
_NO_NAME = re.compile(r"[^a-z0-9]+")


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
    """Left out: the file's own, in small letters, digits and dashes."""
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
                raise MisfitError((name, "journey"), said).complaint()
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

    @property
    def own_roles(self) -> list[str]:
        """Names of the mix whose journeys come from a file of one's own, sorted."""
        return sorted(name for name, role in self.cast.items() if role.kind not in KINDS.values())


def _kinds(own: Iterable[OwnJourneys]) -> dict[str, Kind]:
    """All kinds of journeys that a scenario may name."""
    return {**KINDS, **{name: kind for file in own for name, kind in file.kinds().items()}}


_FIELDS: Mapping[Place, Sequence[str]] = MappingProxyType(
    {
        (): fields_of(Scenario),
        ("people",): fields_of(People),
        ("fakes",): fields_of(Fakes),
        ("popularity",): fields_of(Popularity),
        ("popularity", "events"): fields_of(EventLaw),
        ("popularity", "seats"): fields_of(SeatLaw),
        **arrivals_model.FIELDS,
    }
)


def _known_fields(content: Mapping[str, Any]) -> dict[Place, Sequence[str]]:
    """The fields of every mapping in a file, those of its personas too."""
    personas = content.get("personas")
    named = personas if isinstance(personas, dict) else ()
    return {**_FIELDS, **{("personas", str(name)): fields_of(Persona) for name in named}}


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
    return parse(text, str(path), _name_of(path))


def _name_of(path: Path) -> str:
    """A file's own name as a scenario may be called: `My_Sale.yaml` is my-sale."""
    return _NO_NAME.sub("-", path.stem.lower()).strip("-") or "scenario"


def replaying(scenario: Scenario, path: Path) -> Scenario:
    """The same people, coming as a traffic.csv has it; rate and duration are the record's. Raises ScenarioError."""
    said = scenario.model_dump(mode="json", exclude={"arrivals", "rate", "duration"})
    try:
        return Scenario.model_validate({**said, "arrivals": arrivals_of(path)})
    except TrafficError as failure:
        raise ScenarioError(str(failure)) from None
    except ValidationError as error:
        raise complain(str(path), {}, error.errors(), _FIELDS, arrivals_model.SHAPES) from None


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
        if "arrivals" in content:
            content["arrivals"] = with_records(content["arrivals"], Path(file).parent)
    except MisfitError as misfit:
        raise ScenarioError(f"{file}, line {line_of(lines, misfit.place)}: {misfit}") from None
    try:
        return Scenario.model_validate(content, context={FOLDER: str(Path(file).parent)})
    except ValidationError as error:
        raise complain(file, lines, error.errors(), _known_fields(content), arrivals_model.SHAPES) from None
