"""What a measure came to over a stretch of time, as GetMetrics is asked for it.

    last      (or nothing) as it stood at the end
    increase  how much more there was at the end than at the start
    rate      the same, a second
    min, max  the least and the most that stood
    avg       the mean of what stood, weighted by how long it stood

What a measure stood at is known from samples; see `history`.
"""

from __future__ import annotations

from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from fakes.failures import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Course: TypeAlias = "list[tuple[float, float]]"
"""(moment, value) from the start of a stretch to its end, both included; each value stands until the next."""


class Aggregation(NamedTuple):
    """One way to make a course one figure."""

    of: Callable[[Course], float]
    levels: bool = True
    """Whether what comes out goes up and down, whatever the measure does."""
    unit: str = ""


def _increase(course: Course) -> float:
    return course[-1][1] - course[0][1]


def _rate(course: Course) -> float:
    seconds = course[-1][0] - course[0][0]
    return _increase(course) / seconds if seconds else 0.0


def _average(course: Course) -> float:
    seconds = course[-1][0] - course[0][0]
    stood = sum(value * (until - since) for (since, value), (until, _) in pairwise(course))
    return stood / seconds if seconds else course[-1][1]


_LAST = Aggregation(lambda course: course[-1][1], levels=False)
AGGREGATIONS: Mapping[str, Aggregation] = MappingProxyType(
    {
        "last": _LAST,
        "increase": Aggregation(_increase),
        "rate": Aggregation(_rate, unit="1/s"),
        "min": Aggregation(lambda course: min(value for _, value in course)),
        "max": Aggregation(lambda course: max(value for _, value in course)),
        "avg": Aggregation(_average),
    }
)


def aggregation(name: str) -> Aggregation:
    """The aggregation of a name, `last` for none. Refuses INVALID_ARGUMENT any other, and lists what there is."""
    found = AGGREGATIONS.get(name.lower() or "last")
    if found is None:
        raise invalid("aggregation", f"aggregation must be one of {', '.join(AGGREGATIONS)}, not {name!r}")
    return found
