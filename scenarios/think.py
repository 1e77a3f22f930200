"""Think times of a closed loop: how long a user pauses between two journeys, a distribution written in a word.

    constant:2s          always 2 s; `2s` alone means the same
    uniform:1s,3s        anything between, each as likely
    lognormal:2s,0.5     half are shorter than 2 s, a few far longer: 2 s times exp(0.5 z), z standard normal

These belong to Locust's users alone. The people of a plan think as their scenario says, and their pace is the plan's.
Unlike planned times these use logarithms, whose last bit differs between machines: nothing here is planned.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from scenarios.duration import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scenarios.chance import Chance

GRAMMAR = "2s, constant:2s, uniform:1s,3s or lognormal:2s,0.5 (median, sigma)"


class Think(Protocol):
    """A distribution of think times."""

    def draw(self, chance: Chance) -> float:
        """One think time, in seconds."""
        ...

    @property
    def typical_s(self) -> float:
        """The mean, in seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Constant:
    """Always the same."""

    length_s: float

    def draw(self, chance: Chance) -> float:  # noqa: ARG002
        """See Think."""
        return self.length_s

    @property
    def typical_s(self) -> float:
        """See Think."""
        return self.length_s


@dataclass(frozen=True, slots=True)
class Uniform:
    """Between the shortest and the longest."""

    shortest_s: float
    longest_s: float

    def draw(self, chance: Chance) -> float:
        """See Think."""
        return chance.uniform(self.shortest_s, self.longest_s)

    @property
    def typical_s(self) -> float:
        """See Think."""
        return (self.shortest_s + self.longest_s) / 2


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Around a median, with a long tail."""

    median_s: float
    sigma: float

    def draw(self, chance: Chance) -> float:
        """See Think."""
        # Box and Muller; 1 - u lies in (0, 1], where a logarithm is finite.
        radius = math.sqrt(-2 * math.log(1 - chance.uniform()))
        return self.median_s * math.exp(self.sigma * radius * math.cos(2 * math.pi * chance.uniform()))

    @property
    def typical_s(self) -> float:
        """See Think."""
        return self.median_s * math.exp(self.sigma**2 / 2)


NOT_AT_ALL = Constant(0.0)


def parse(text: str) -> Think:
    """Reads a distribution; empty means no pause. Raises ValueError that says how they are written."""
    if not text:
        return NOT_AT_ALL
    name, colon, rest = text.strip().partition(":")
    read = _FORMS.get(name.strip() if colon else "constant")
    words = [word.strip() for word in (rest if colon else text).split(",")]
    try:
        if read is None:
            raise ValueError(f"there is no {name!r}")
        return read(words)
    except ValueError as failure:
        raise ValueError(f"{text!r} is no think time ({failure}): write {GRAMMAR}") from None


def _constant(words: list[str]) -> Think:
    (length,) = _figures(words, 1)
    return Constant(seconds(length))


def _uniform(words: list[str]) -> Think:
    shortest, longest = map(seconds, _figures(words, 2))
    if shortest > longest:
        raise ValueError("the shortest time comes first")
    return Uniform(shortest, longest)


def _lognormal(words: list[str]) -> Think:
    median, spread = _figures(words, 2)
    sigma = float(spread)
    if not 0 <= sigma <= _WIDEST:
        raise ValueError(f"sigma {spread} is not between 0 and {_WIDEST:g}")
    return Lognormal(seconds(median), sigma)


_WIDEST = 5.0
"""With a sigma of 5 one pause in forty is 20,000 times the median."""


def _figures(words: list[str], number: int) -> list[str]:
    if len(words) != number:
        raise ValueError(f"it takes {number} figure{'s' if number > 1 else ''}, not {len(words)}")
    return words


_FORMS: Mapping[str, Callable[[list[str]], Think]] = MappingProxyType(
    {"constant": _constant, "uniform": _uniform, "lognormal": _lognormal}
)
