"""How long one method takes over an answer, beyond what the fakes themselves need.

    none                            answers at once
    constant:20ms                   always the same
    lognormal:p50=20ms,p99=200ms    half are faster than P50, one in a hundred is slower than P99
    recorded:FILE                   as it was measured: drawn from the service times of a run file

Times are `20ms`, `0.5s` or a bare number of milliseconds. The delays are drawn from the chance that is passed in.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

GRAMMAR = "none, constant:20ms, lognormal:p50=20ms,p99=200ms or recorded:FILE"
RECORDED = "recorded:"

_TIME = re.compile(r"(\d+(?:\.\d+)?)(ms|s)?", re.ASCII)
_SECONDS = {"ms": 1e-3, "s": 1.0, None: 1e-3}
_LONGEST_S = 60.0
_Z99 = 2.3263478740408408
"""The standard normal distribution's 99th percentile."""


class Latency(Protocol):
    """Draws the delay of one answer."""

    def draw(self) -> float:
        """Returns seconds, 0 or more."""
        ...


class Recording(NamedTuple):
    """How long the answers of one method took in a run: the bins of a histogram that is not empty."""

    seconds: Sequence[float]
    """The value of each bin, rising."""
    counts: Sequence[int]
    """How many answers lie in each."""


@dataclass(frozen=True, slots=True)
class Constant:
    """The same delay for every answer; 0 is no delay."""

    seconds: float

    def draw(self) -> float:
        """Returns the constant."""
        return self.seconds


NONE = Constant(0.0)
"""Answers at once."""


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Delays whose logarithm is normal, given by two percentiles in seconds."""

    p50: float
    p99: float
    chance: Random

    def draw(self) -> float:
        """Returns exp(µ + σz) with µ = ln P50 and σ = ln(P99 ÷ P50) ÷ 2.326."""
        return self.p50 * math.exp(math.log(self.p99 / self.p50) / _Z99 * self.chance.gauss(0.0, 1.0))


class Recorded:
    """Delays as often as they were recorded, each independent of the one before."""

    def __init__(self, recording: Recording, chance: Random) -> None:
        self._seconds = recording.seconds
        self._ends = list(accumulate(recording.counts))
        self._chance = chance

    def draw(self) -> float:
        """Returns the value of a bin, drawn by its count."""
        return self._seconds[bisect_right(self._ends, self._chance.randrange(self._ends[-1]))]


def parse(text: str, chance: Random) -> Latency:
    """Reads a model that needs no file; ValueError quotes the text and lists what would be valid."""
    kind, _, rest = text.partition(":")
    if text == "none":
        return NONE
    if kind == "constant":
        return Constant(_seconds(rest, text))
    if kind == "lognormal":
        given = [part.partition("=")[::2] for part in rest.split(",")]
        if sorted(name for name, _ in given) == ["p50", "p99"]:
            words = dict(given)
            return _lognormal(_seconds(words["p50"], text), _seconds(words["p99"], text), text, chance)
    raise ValueError(f"latency {text!r} is none of {GRAMMAR}")


def _lognormal(p50: float, p99: float, text: str, chance: Random) -> Lognormal:
    if not 0 < p50 <= p99:
        raise ValueError(f"latency {text!r}: p50 must be above 0 and p99 not below it")
    return Lognormal(p50, p99, chance)


def _seconds(word: str, text: str) -> float:
    match = _TIME.fullmatch(word)
    if match is None:
        raise ValueError(f"latency {text!r}: {word!r} is no time: write 20ms or 0.5s")
    seconds = float(match[1]) * _SECONDS[match[2]]
    if seconds > _LONGEST_S:
        raise ValueError(f"latency {text!r}: {word} is more than {_LONGEST_S:g}s")
    return seconds
