"""What every part of a scenario file shares: no unknown field, no change once read, how lengths and weights look."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from scenarios.duration import seconds

Key = TypeVar("Key")

Seconds = Annotated[float, BeforeValidator(seconds), Field(ge=0)]
"""A length of time, as number or as text with its unit."""
Weight = Annotated[float, Field(ge=0)]


class Part(BaseModel):
    """A mapping of a scenario file."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def weighing(value: dict[Key, float]) -> dict[Key, float]:
    """Returns the weights as they are; raises ValueError when none is above 0."""
    if sum(value.values()) <= 0:
        raise ValueError("at least one weight must be above 0")
    return value
