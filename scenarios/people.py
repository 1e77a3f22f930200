"""The ways of people, and personas: people of one kind of journey whose ways differ from everybody's.

A persona says what it does (its kind of journey) and where its ways differ; in all else it is like the scenario's
`people`. Those that come along stand in personas.yaml; a scenario adds its own, or puts one in place of another.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import yaml
from pydantic import Field, SerializerFunctionWrapHandler, field_validator, model_serializer

from scenarios.fields import Part, Seconds, Weight
from scenarios.wishes import Card

if TYPE_CHECKING:
    from collections.abc import Mapping


Key = TypeVar("Key")


def weighing(value: dict[Key, float]) -> dict[Key, float]:
    """Returns the weights as they are; raises ValueError when none is above 0."""
    if sum(value.values()) <= 0:
        raise ValueError("at least one weight must be above 0")
    return value


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
        return weighing(value)


class Persona(People):
    """People of one kind of journey; of their ways, those that were given count, the others are everybody's."""

    description: str = ""
    """One line: who this is."""
    journey: str = "buyer"
    """Kind of journey."""

    def among(self, people: People) -> People:
        """The ways of this persona where everybody else's are `people`."""
        return people.model_copy(update={name: getattr(self, name) for name in self.ways})

    @property
    def ways(self) -> list[str]:
        """The names of the ways that were given, sorted."""
        return sorted(self.model_fields_set & set(People.model_fields))

    @model_serializer(mode="wrap")
    def _as_given(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leaves out what was left out, or reading it again would make everybody's ways into the defaults."""
        return {name: value for name, value in serialize(self).items() if name in self.model_fields_set}


def _personas() -> dict[str, Persona]:
    content = yaml.safe_load((Path(__file__).parent / "personas.yaml").read_text(encoding="utf-8"))
    return {name: Persona.model_validate(persona) for name, persona in content.items()}


PERSONAS: Mapping[str, Persona] = MappingProxyType(_personas())
"""The personas that come along, by name."""
