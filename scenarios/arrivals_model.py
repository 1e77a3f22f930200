"""What a scenario file says about arrivals, and what `--rate` and `--duration` make of it.

    arrivals: {profile: spike, peak: 10, rise_s: 5s, hold_s: 10s, fall_s: 5s}

Some profiles are shaped by factors of the scenario's rate, others say rates themselves, in journeys a second:

    profile    the scenario's `rate`, and --rate, is     its `duration`, and --duration, is
    constant   the rate                                  the length
    onsale     the mean over the duration                the length; half_s stays
    burst      the mean over the duration                the length; at_s and window_s stay
    sine       the mean over the duration                the length; period_s stays
    spike      the base                                  the length; rise_s, hold_s and fall_s stay
    ramp       the mean (the rates' own: leave it out)   the length
    step       the mean (the rates' own: leave it out)   the length, stretched with each_s where that is given
    stages     the mean (the rates' own: leave it out)   the length, stretched (the stages' own: leave it out)
    counts     the mean (the counts' own: leave it out)  the length, stretched (the counts' own: leave it out)
    replay     the mean (the record's own: leave it out) the length: cuts or waits (the record's own: leave it out)
    sum, then  that of each part                         that of each part

So --rate multiplies everything by the same factor, `--rate / rate`, whatever the profile; and --duration stretches the
lengths of stages and parts (`for_s`, `shifted_s`) by `--duration / duration`, but not what shapes a profile within.
Where every rate is said by the profiles themselves, the scenario's `rate` is their mean and may be left out, as may its
`duration` where the profiles say every length; a figure that differs from theirs is refused.

Compositions: `sum` drives its parts beside each other, `then` one after another; every part takes `scaled_by` (so many
times as many people), `shifted_s` (so much later) and `for_s` (how long). The whole has one spacing.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from math import fsum
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, get_args

from pydantic import Discriminator, Field, Tag, TypeAdapter, ValidationError, field_serializer, field_validator

from scenarios import arrivals
from scenarios.duration import seconds
from scenarios.fields import MisfitError, Part
from scenarios.shapes import (
    BurstShape,
    ConstantShape,
    CountsShape,
    OnSaleShape,
    Pace,
    RampShape,
    ReplayShape,
    Shape,
    SineShape,
    SpikeShape,
    Stage,
    StagesShape,
    StepShape,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.arrivals import Profile
    from scenarios.complaints import Place

MOST_PARTS = 100
_NEAR = 1e-4
"""Figures this near, as a share, are the same: nobody writes 33.333333."""


class _Composition(Shape):
    of: list[Arrivals] = Field(min_length=1, max_length=MOST_PARTS)
    """The parts, each a profile with its own figures."""

    @field_validator("of")
    @classmethod
    def _one_spacing(cls, value: list[Arrivals]) -> list[Arrivals]:
        for index, part in enumerate(value):
            if "spacing" in part.model_fields_set:
                said = "the spacing is one for all arrivals: say it outermost"
                raise MisfitError((index, "spacing"), said).complaint()
        return value

    @field_serializer("of")
    def _as_read(self, value: list[Arrivals]) -> list[dict[str, Any]]:
        return [part.model_dump(mode="json", exclude={"spacing"}) for part in value]

    @property
    def by_scenario(self) -> bool:
        """One part at least needs the scenario's rate."""
        return any(part.by_scenario for part in self.of)

    def _parts(self, paces: Sequence[Pace]) -> list[Profile]:
        made = []
        for index, (part, pace) in enumerate(zip(self.of, paces, strict=True)):
            try:
                made.append(part.made(pace))
            except MisfitError as misfit:
                raise misfit.within("of", index) from None
        return made


class SumShape(_Composition):
    """All parts beside each other, as one crowd."""

    profile: Literal["sum"]

    @property
    def inner_s(self) -> float | None:
        """The end of the part that ends last, if all say their lengths."""
        ends = [part.end_s for part in self.of]
        known = [end for end in ends if end is not None]
        return max(known) if len(known) == len(ends) else None

    def _drawn(self, pace: Pace) -> Profile:
        return arrivals.Sum(self._parts([pace] * len(self.of)))


class ThenShape(_Composition):
    """One part after another; each says how long it lasts."""

    profile: Literal["then"]

    @property
    def inner_s(self) -> float | None:
        """All parts' lengths, if all say them."""
        ends = [part.end_s for part in self.of]
        known = [end for end in ends if end is not None]
        return fsum(known) if len(known) == len(ends) else None

    def _drawn(self, pace: Pace) -> Profile:
        lengths: list[float] = []
        for index, part in enumerate(self.of):
            end_s = part.end_s
            if end_s is None:
                raise MisfitError(("of", index), "when does the next part begin? say how long this one lasts: for_s")
            lengths.append(end_s)
        longer = pace.duration_s / fsum(lengths)
        paces = [pace._replace(duration_s=length_s * longer, longer=longer) for length_s in lengths]
        return arrivals.Chain(self._parts(paces))


def _profile_of(said: object) -> str | None:
    if isinstance(said, Shape):
        return str(getattr(said, "profile", ""))
    return str(said.get("profile", "constant")) if isinstance(said, dict) else None


Arrivals: TypeAlias = Annotated[
    Annotated[ConstantShape, Tag("constant")]
    | Annotated[OnSaleShape, Tag("onsale")]
    | Annotated[BurstShape, Tag("burst")]
    | Annotated[SineShape, Tag("sine")]
    | Annotated[SpikeShape, Tag("spike")]
    | Annotated[RampShape, Tag("ramp")]
    | Annotated[StagesShape, Tag("stages")]
    | Annotated[StepShape, Tag("step")]
    | Annotated[CountsShape, Tag("counts")]
    | Annotated[ReplayShape, Tag("replay")]
    | Annotated[SumShape, Tag("sum")]
    | Annotated[ThenShape, Tag("then")],
    Discriminator(_profile_of),
]
"""How the crowd comes: one of the profiles, told apart by `profile`. A further one is a class here and a line above."""

SumShape.model_rebuild()
ThenShape.model_rebuild()
_ARRIVALS: TypeAdapter[Arrivals] = TypeAdapter(Arrivals)

SHAPES: Mapping[str, type[Shape]] = MappingProxyType(
    {tag.tag: shape for shape, tag in map(get_args, get_args(get_args(Arrivals)[0]))}
)
"""Profile to the class of what a file says about it."""


def fields_of(shape: type[Part]) -> tuple[str, ...]:
    """The fields that a part of a file may have."""
    return tuple(shape.model_fields)


FIELDS: Mapping[Place, tuple[str, ...]] = MappingProxyType(
    {**{(name,): fields_of(shape) for name, shape in SHAPES.items()}, ("stages", "stages"): fields_of(Stage)}
)
"""For `complain`: the known keys of each mapping, by the end of its place."""


def with_own_figures(content: dict[str, Any]) -> dict[str, Any]:
    """Fills in a scenario's missing `rate` and `duration` where its arrivals say them by themselves.

    Where something else is wrong with the arrivals, that will be said: what may only seem to be missing beside it is
    filled in too, so as not to stand before it.
    """
    if "arrivals" not in content or content.keys() >= {"rate", "duration"}:
        return content
    try:
        shape = _ARRIVALS.validate_python(content["arrivals"])
    except ValidationError:
        return {"rate": 1.0, "duration": 1.0, **content}
    own = {} if shape.by_scenario else {"rate": 1.0}
    with suppress(ValueError):
        duration_s = seconds(content["duration"]) if "duration" in content else shape.end_s
        if duration_s is not None:
            own["duration"] = duration_s
            rate = own_rate(shape, duration_s)
            own.update({} if rate is None else {"rate": rate})
    return {**own, **content}


def own_rate(shape: Shape, duration_s: float) -> float | None:
    """The mean rate over so many seconds that a shape says by itself; None where it needs the scenario's."""
    if shape.by_scenario:
        return None
    return shape.made(Pace(1.0, duration_s)).total / duration_s


def check(shape: Shape, rate: float, duration_s: float) -> None:
    """Raises MisfitError where a scenario's figures do not fit its arrivals, or differ from what these say."""
    end_s = shape.end_s
    if end_s is not None and abs(end_s - duration_s) > _NEAR * end_s:
        raise MisfitError(
            ("duration",),
            f"found {duration_s:g} s: the arrivals themselves last {end_s:g} s: leave it out, or say the same",
        )
    try:
        mean = own_rate(shape, duration_s)
        shape.made(Pace(rate, duration_s))
    except MisfitError as misfit:
        raise misfit.within("arrivals") from None
    if mean is not None and abs(mean - rate) > _NEAR * mean:
        raise MisfitError(
            ("rate",),
            f"found {rate:g}/s: the arrivals themselves say {mean:g}/s on average: leave it out, or say the same",
        )
