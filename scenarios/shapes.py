"""The profiles that a scenario file can name, each with the figures that it takes and what makes it of them.

A `Shape` is what the file says; `made` turns it into a `Profile` for a rate and a duration. What these mean to each
profile, and how profiles are put together, is in `scenarios.arrivals_model`.
"""

from __future__ import annotations

from math import fsum
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import ConfigDict, Field, field_validator

from scenarios import arrivals
from scenarios.arrivals import Profile, Spacing
from scenarios.fields import MisfitError, Part, Seconds

_ROUNDING = 1e-9
Rate = Annotated[float, Field(ge=0, le=10_000_000)]
"""In journeys a second."""
Length = Annotated[Seconds, Field(gt=0)]


class Pace(NamedTuple):
    """What the scenario gives its arrivals, or a composition its parts."""

    rate: float
    """The scenario's rate as it is to be driven, in journeys a second."""
    duration_s: float
    """How much time there is."""
    louder: float = 1.0
    """By what the rates that profiles say themselves are multiplied."""
    longer: float = 1.0
    """By what the lengths that stages and parts say themselves are multiplied."""


class Shape(Part):
    """What all profiles take."""

    relative: ClassVar[bool] = True
    """The profile needs the scenario's rate, for it says none itself."""
    spacing: Spacing = "even"
    """even: as regular as the rate allows; poisson: by chance, as people do. Said once, outermost."""
    scaled_by: float = Field(default=1.0, gt=0, le=1_000_000)
    """So many times as many people."""
    shifted_s: Seconds = 0.0
    """So much later."""
    for_s: Length | None = None
    """How long it lasts; None: as long as there is time, or as it says itself."""

    @property
    def by_scenario(self) -> bool:
        """Some of it needs the scenario's rate."""
        return self.relative

    @property
    def inner_s(self) -> float | None:
        """The length that the figures inside say, if they do."""
        return None

    @property
    def length_s(self) -> float | None:
        """The length that is said, before stretching and from its own beginning; None: as long as there is time."""
        return self.inner_s if self.for_s is None else self.for_s

    def made(self, pace: Pace) -> Profile:
        """Makes the profile; raises MisfitError when the figures do not fit together or into the time there is."""
        shift_s, length_s = self.shifted_s * pace.longer, self.length_s
        left_s = pace.duration_s - shift_s
        lasts_s = left_s if length_s is None else length_s * pace.longer
        if left_s <= 0 or lasts_s > left_s * (1 + _ROUNDING):
            after = f" after {shift_s:g} s" if shift_s else ""
            what = "anything" if length_s is None else f"{lasts_s:g} s"
            raise MisfitError((), f"{what}{after} does not fit in {pace.duration_s:g} s")
        try:
            profile = self._drawn(pace._replace(duration_s=lasts_s))
        except MisfitError:
            raise
        except ValueError as error:
            raise MisfitError((), str(error)) from None
        if self.scaled_by != 1:
            profile = arrivals.Scaled(profile, self.scaled_by)
        return arrivals.Shifted(profile, shift_s) if shift_s else profile

    @property
    def end_s(self) -> float | None:
        """When it ends by its own account, in seconds before stretching; None: when the time is over."""
        return None if self.length_s is None else self.shifted_s + self.length_s

    def _drawn(self, pace: Pace) -> Profile:
        """Makes the bare profile, `pace.duration_s` long; raises ValueError, as MisfitError for one figure's fault."""
        raise NotImplementedError


class ConstantShape(Shape):
    """The same rate all the time."""

    profile: Literal["constant"] = "constant"

    def _drawn(self, pace: Pace) -> Profile:
        return arrivals.Constant(pace.rate, pace.duration_s)


class OnSaleShape(Shape):
    """Everybody at once when the sale opens, then ever fewer."""

    profile: Literal["onsale"]
    half_s: Length = 5.0
    """The time in which about half of all have come."""

    def _drawn(self, pace: Pace) -> Profile:
        return arrivals.OnSale(pace.rate, pace.duration_s, self.half_s)


class BurstShape(Shape):
    """Everybody in one window, or in one instant."""

    profile: Literal["burst"]
    at_s: Seconds = 0.0
    """When it begins."""
    window_s: Seconds = 0.0
    """How long it takes; 0 is one instant."""

    def _drawn(self, pace: Pace) -> Profile:
        return arrivals.Burst(pace.rate, pace.duration_s, self.at_s, self.window_s)


class SineShape(Shape):
    """A day, or several."""

    profile: Literal["sine"]
    period_s: Length | None = None
    """From one night to the next; None: the whole length is one day."""
    depth: float = Field(default=0.9, ge=0, le=1)
    """How far the rate rises and falls around its mean; 1: nobody at night, twice the mean at noon."""
    peak_at_s: Seconds | None = None
    """When the rate is highest; None: half a period after the beginning."""

    def _drawn(self, pace: Pace) -> Profile:
        period_s = self.period_s or pace.duration_s
        peak_at_s = period_s / 2 if self.peak_at_s is None else self.peak_at_s
        return arrivals.sine(pace.rate, pace.duration_s, period_s, self.depth, peak_at_s)


class SpikeShape(Shape):
    """The scenario's rate, and for a while a multiple of it."""

    profile: Literal["spike"]
    peak: float = Field(default=10.0, ge=0, le=1_000_000)
    """By what the base is multiplied at the top."""
    rise_s: Seconds = 0.0
    """How long the way up takes; 0 is a jump."""
    hold_s: Seconds
    """How long the top lasts."""
    fall_s: Seconds = 0.0
    """How long the way down takes."""
    at_s: Seconds | None = None
    """When the way up begins; None: so that the spike is in the middle."""

    def _drawn(self, pace: Pace) -> Profile:
        long_s = self.rise_s + self.hold_s + self.fall_s
        at_s = max(pace.duration_s - long_s, 0.0) / 2 if self.at_s is None else self.at_s
        base = pace.rate
        return arrivals.spike(base, base * self.peak, pace.duration_s, at_s, self.rise_s, self.hold_s, self.fall_s)


class RampShape(Shape):
    """From one rate straight to another."""

    relative = False
    profile: Literal["ramp"]
    start: Rate = 0.0
    """The rate at the beginning, in journeys a second."""
    target: Rate
    """The rate at the end, in journeys a second."""

    def _drawn(self, pace: Pace) -> Profile:
        return arrivals.ramp(self.start * pace.louder, self.target * pace.louder, pace.duration_s)


class Stage(Part):
    """One stage, as k6 has it: the rate goes straight from where it was to the target."""

    duration: Seconds
    """How long it takes; 0 is a jump."""
    target: Rate
    """The rate at its end, in journeys a second."""


class StagesShape(Shape):
    """k6's stages: each goes straight from where the rate was to its target."""

    relative = False
    profile: Literal["stages"]
    start: Rate = 0.0
    """The rate before the first stage, in journeys a second (k6: startRate)."""
    stages: list[Stage] = Field(min_length=1, max_length=10_000)
    """One after another."""

    @field_validator("stages")
    @classmethod
    def _last(cls, value: list[Stage]) -> list[Stage]:
        if not any(stage.duration for stage in value):
            raise ValueError("all stages together last 0 s")
        return value

    @property
    def inner_s(self) -> float | None:
        """All stages' lengths."""
        return fsum(stage.duration for stage in self.stages)

    def _drawn(self, pace: Pace) -> Profile:
        longer = pace.duration_s / fsum(stage.duration for stage in self.stages)
        drawn = ((stage.duration * longer, stage.target * pace.louder) for stage in self.stages)
        return arrivals.stages(self.start * pace.louder, drawn)


class StepShape(Shape):
    """One level after another, each as long."""

    relative = False
    profile: Literal["step"]
    levels: list[Rate] = Field(min_length=1, max_length=10_000)
    """Rates, in journeys a second."""
    each_s: Length | None = None
    """How long each level lasts; None: an equal share of the time there is."""

    @property
    def inner_s(self) -> float | None:
        """All levels' lengths."""
        return None if self.each_s is None else self.each_s * len(self.levels)

    def _drawn(self, pace: Pace) -> Profile:
        return arrivals.step([level * pace.louder for level in self.levels], pace.duration_s / len(self.levels))


class CountsShape(Shape):
    """Counts per interval, exactly: what was recorded, or made up."""

    relative = False
    profile: Literal["counts"]
    interval_s: Length = 1.0
    """How long an interval is."""
    counts: list[Annotated[int, Field(ge=0, le=10_000_000)]] = Field(min_length=1, max_length=1_000_000)
    """Journeys that begin within each."""

    @field_validator("counts")
    @classmethod
    def _somebody(cls, value: list[int]) -> list[int]:
        if not any(value):
            raise ValueError("nobody comes at all: one count must be above 0")
        return value

    @property
    def inner_s(self) -> float | None:
        """All intervals' lengths."""
        return self.interval_s * len(self.counts)

    def _drawn(self, pace: Pace) -> Profile:
        longer = pace.duration_s / (self.interval_s * len(self.counts))
        counts = arrivals.Counts(0.0, self.interval_s * longer, self.counts)
        # A longer interval at the same rate holds more people.
        factor = pace.louder * longer
        return counts if factor == 1 else arrivals.Scaled(counts, factor)


def _as_written(schema: dict[str, Any]) -> None:
    """Takes out of the published schema what a file's content fills in."""
    for name in ("interval_s", "counts", "starts_at"):
        del schema["properties"][name]
    schema["required"].remove("counts")


class ReplayShape(CountsShape):
    """What was recorded, as fast and as much as it was; the file's content is read into `counts` with the scenario."""

    model_config = ConfigDict(json_schema_extra=_as_written)
    profile: Literal["replay"]  # type: ignore[assignment]
    file: str = Field(min_length=1)
    """Where the record is: a traffic.csv, relative to the scenario's file."""
    starts_at: str = ""
    """When the recorded traffic began, if that is known."""

    @property
    def inner_s(self) -> float | None:
        """All intervals' lengths, without what binary fractions add: 100 intervals of 0.07 s are 7 s."""
        return round(self.interval_s * len(self.counts), 9)

    def _drawn(self, pace: Pace) -> Profile:
        # Another duration cuts or waits, it does not stretch: an hour squeezed into a minute is no replay.
        whole = int(pace.duration_s / self.interval_s + _ROUNDING)
        driven = [*self.counts[:whole], *[0] * (whole - len(self.counts))]
        if not any(driven):
            raise ValueError(f"nobody comes within the first {pace.duration_s:g} s of {self.file}")
        counts = arrivals.Counts(0.0, self.interval_s, driven)
        return counts if pace.louder == 1 else arrivals.Scaled(counts, pace.louder)
