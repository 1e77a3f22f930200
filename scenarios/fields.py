"""What the parts of a scenario file share: strictness, lengths of time, weights, and what does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from scenarios.duration import WRITTEN, seconds

if TYPE_CHECKING:
    from scenarios.complaints import Place

WrittenLength: TypeAlias = Annotated[float, Field(ge=0)] | Annotated[str, Field(pattern=WRITTEN)]
"""What a file may hold where a length of time is asked for."""
Seconds = Annotated[float, BeforeValidator(seconds, json_schema_input_type=WrittenLength), Field(ge=0)]
"""A length of time, as number or as text with its unit."""
Weight = Annotated[float, Field(ge=0)]
"""A share of a whole, in whatever unit its neighbours have."""


class Part(BaseModel):
    """Unknown fields, infinities and what is not a number are refused; what was read cannot change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)


class MisfitError(ValueError):
    """Figures that are fine alone do not fit together: `place` is the path of what to change, `said` what is wrong."""

    def __init__(self, place: Place, said: str) -> None:
        super().__init__(f"{'.'.join(str(part) for part in place)}: {said}" if place else said)
        self.place = place
        self.said = said

    def within(self, *outer: int | str) -> MisfitError:
        """The same, seen from further out."""
        return MisfitError((*outer, *self.place), self.said)

    def complaint(self) -> PydanticCustomError:
        """As what a validator raises; `complain` adds the place to the field's."""
        return PydanticCustomError("misfit", "{said}", {"said": self.said, "place": self.place})
