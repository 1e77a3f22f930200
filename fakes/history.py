"""What the measures of the journal were at earlier moments: samples over the whole life of a platform.

A sample is taken by whoever serves a call when one is due, so that a platform that nobody calls costs nothing: between
calls little changes, and what does counts from the next sample on. The first samples lie a second apart; whenever there
are `SAMPLES` of them, every other one is dropped and the step doubles: the memory is bounded, and the life is covered
evenly however long it is.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from fakes.journal import Measure

SAMPLES = 1_000
STEP_S = 1.0

Key: TypeAlias = tuple[str, str, tuple[tuple[str, str], ...]]
"""Service, name and labels of a measure."""


class Sample(NamedTuple):
    """All measures at one moment."""

    at: float
    values: Mapping[Key, float]


def key(measure: Measure) -> Key:
    """What one measure is known by."""
    return measure.service, measure.name, tuple(sorted(measure.labels.items()))


class History:
    """The samples of one platform."""

    def __init__(self, began: float, read: Callable[[], Iterable[Measure]]) -> None:
        self._read = read
        self._samples = [Sample(began, {})]
        self._step_s = STEP_S
        self.due = began + STEP_S
        """When the next sample should be taken."""

    def sample(self, now: float) -> Sample:
        """All measures now, without keeping them."""
        return Sample(now, {key(measure): measure.value for measure in self._read()})

    def keep(self, now: float) -> None:
        """Takes the sample that is due."""
        self._samples.append(self.sample(now))
        if len(self._samples) > SAMPLES:
            self._samples, self._step_s = self._samples[::2], 2 * self._step_s
        self.due = now + self._step_s

    def between(self, start: float, end: float, now: float) -> list[Sample]:
        """The samples by which a stretch of time is told: what stood when it began, what came, what stood at its end.

        The first and the last are dated to the stretch's own ends. Until the platform began, everything was 0. An end
        that is not before `now` is read now.
        """
        moments = [sample.at for sample in self._samples]
        first, last = bisect_right(moments, start), bisect_right(moments, end)
        begun = self._samples[first - 1].values if first else {}
        ended = self.sample(now).values if end >= now else self._samples[last - 1].values if last else {}
        inner = [sample for sample in self._samples[first:last] if sample.at < end]
        return [Sample(start, begun), *inner, Sample(end, ended)]
