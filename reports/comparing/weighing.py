"""From the figures of two runs to a word for each: worse, better, no difference seen, or cannot tell.

An estimate is *worse* or *better* when the interval of its difference lies beyond zero; else *no difference seen* when
the interval's bad end stays within what is tolerated, and *cannot tell* when it does not. Of a share of which nothing
went wrong in the new run nothing is left to tell.

Many figures are compared at once, and of many intervals one in twenty misses by chance alone. So a difference counts
only where it stands beside the others by the procedure of Benjamini and Hochberg (1995, JRSS B 57, 289-300): the
largest k such that k of the m figures differ at the confidence 1 - 0.05 k/m. Where nothing differs in truth, then in at
most 5 of 100 comparisons any figure is called worse or better, however many are looked at. It holds for figures that
rise and fall together, as those of one platform do (Benjamini and Yekutieli 2001, Annals of Statistics 29, 1165-1188).
That a figure is worse *beyond* the tolerance is asked in the same way, and that none is, of each by itself: all of
them have to be told then, so that looking at many makes nothing easier (Berger 1982, Technometrics 24, 295-300).

What should not happen at all (a seat sold twice) is no estimate: worse is that it happened, where it had not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import NormalDist
from types import MappingProxyType
from typing import TYPE_CHECKING

from reports.comparing.difference import Difference, counted, difference, known
from reports.comparing.topics import CENSUS, COUNT, ESTIMATE, SINGLE, Topic
from reports.objectives.judging import judge
from reports.objectives.metric import Measured
from reports.verdicts import FAIL, PASS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reports.comparing.tolerance import Tolerance
    from reports.objectives.metric import Sources

WORSE, BETTER, SAME, OPEN = "worse", "better", "no difference seen", "cannot tell"
WORDS = (WORSE, OPEN, SAME, BETTER)
"""What is said of a figure, the weightiest first."""

CONFIDENCE = 0.95


@dataclass(frozen=True, eq=False)
class Pair:
    """One figure of both runs, not yet weighed."""

    topic: Topic
    sources: tuple[Sources, Sources]
    tolerated: Tolerance
    _kept: dict[float, tuple[Measured, Measured]] = field(default_factory=dict)

    def measured(self, confidence: float = CONFIDENCE) -> tuple[Measured, Measured]:
        """The figure of the base and that of the new run, with intervals of this confidence."""
        if confidence not in self._kept:
            base, new = (self._measured(sources, confidence) for sources in self.sources)
            self._kept[confidence] = base, new
        return self._kept[confidence]

    def difference(self, confidence: float = CONFIDENCE) -> Difference | None:
        """How much more the new run has; None where either figure is not known."""
        return difference(*self.measured(confidence))

    @property
    def room(self) -> float:
        """How much worse is tolerated, in the figure's unit."""
        return self.tolerated.of(self.topic, self.measured()[0].value or 0.0)

    def differs(self, confidence: float) -> bool:
        """The interval of the difference does not hold zero."""
        found = self.difference(confidence)
        return found is not None and not found.low <= 0 <= found.high

    def exceeds(self, confidence: float) -> bool:
        """The whole interval of the difference is worse than is tolerated."""
        found = self.difference(confidence)
        return found is not None and self.topic.worse != 0 and found.turned(self.topic.worse).low > self.room

    def _measured(self, sources: Sources, confidence: float) -> Measured:
        found = self.topic.measure(sources, confidence)
        if self.topic.way == COUNT and found.value is not None and not found.possible:
            z = NormalDist().inv_cdf((1 + confidence) / 2)
            return Measured(found.value, counted(found.value, z), found.samples, found.needed)
        return found


@dataclass(frozen=True)
class Row:
    """One figure of both runs, weighed."""

    topic: Topic
    base: Measured
    new: Measured
    difference: Difference | None
    room: float
    word: str
    beyond: bool = False
    """It is worse by more than is tolerated, for certain."""
    open: bool = False
    """It may be worse by more than is tolerated."""


def weigh(pairs: Sequence[Pair]) -> list[Row]:
    """Weighs all figures together."""
    estimates = [pair for pair in pairs if _is_estimate(pair)]
    differing = standing(estimates, Pair.differs)
    exceeding = standing(estimates, Pair.exceeds)
    return [
        _estimate(pair, pair in differing, pair in exceeding) if pair in estimates else _WAYS[pair.topic.way](pair)
        for pair in pairs
    ]


def standing(pairs: Sequence[Pair], shows: Callable[[Pair, float], bool]) -> set[Pair]:
    """Returns the pairs that show something beside all others, by Benjamini and Hochberg's procedure."""
    total, k = len(pairs), len(pairs)
    while k:
        confidence = 1 - (1 - CONFIDENCE) * k / total
        found = {pair for pair in pairs if shows(pair, confidence)}
        if len(found) >= k:
            return found
        k = len(found)
    return set()


def _is_estimate(pair: Pair) -> bool:
    """Estimates, and counts of what happened in both runs."""
    if pair.topic.way == COUNT:
        return all(each.value and not each.possible for each in pair.measured())
    return pair.topic.way == ESTIMATE


def _estimate(pair: Pair, differs: bool, exceeds: bool) -> Row:
    found = pair.difference()
    if found is None:
        return _row(pair, OPEN, untold=True)
    if pair.topic.worse == 0:
        return _row(pair, OPEN)
    bad = found.turned(pair.topic.worse)
    beyond, may_exceed = exceeds and differs, bad.high > pair.room and not _flawless(pair)
    if differs:
        return _row(pair, WORSE if bad.value > 0 else BETTER, beyond, untold=may_exceed and not beyond)
    return _row(pair, OPEN if may_exceed else SAME, untold=may_exceed)


def _flawless(pair: Pair) -> bool:
    """Nothing went wrong in the new run: how much more might have is for its own verdict to say."""
    best = 0.0 if pair.topic.worse > 0 else 1.0
    return pair.topic.unit == "share" and pair.measured()[1].value == best


def _count(pair: Pair) -> Row:
    """Of what should not happen: once it did, or may have, in one run and not in the other."""
    (base, new) = pair.measured()
    if base.value is None or new.value is None:
        return _row(pair, OPEN, untold=True)
    if new.value > 0 and base.value + base.possible == 0:
        return _row(pair, WORSE, beyond=True)
    if new.value + new.possible == 0:
        return _row(pair, BETTER if base.value else SAME)
    return _row(pair, OPEN, untold=True)


def _census(pair: Pair) -> Row:
    """What is as it was counted: how it differs is known, if not why."""
    (base, new), worse = pair.measured(), pair.topic.worse
    if not (known(base) and known(new)):
        return _row(pair, OPEN, untold=True)
    if worse == 0:
        return _row(pair, OPEN)
    bad = worse * ((new.value or 0.0) - (base.value or 0.0))
    beyond = bad > pair.room
    return _row(pair, WORSE if beyond else BETTER if bad < -pair.room else SAME, beyond)


def _single(pair: Pair) -> Row:
    """What a run has but once: nobody knows how it would have come out again, only whether it was as asked for."""
    assert pair.topic.objective is not None, "what is compared by its verdict has an objective"
    base, new = (judge(pair.topic.objective, sources).verdict for sources in pair.sources)
    word = _BY_VERDICTS.get((base, new), OPEN)
    return _row(pair, word, beyond=word == WORSE)


_BY_VERDICTS: Mapping[tuple[str, str], str] = MappingProxyType(
    {(PASS, PASS): SAME, (PASS, FAIL): WORSE, (FAIL, PASS): BETTER}
)
"""Verdicts of one objective in both runs to the word for its figure."""

_WAYS: Mapping[str, Callable[[Pair], Row]] = MappingProxyType({COUNT: _count, CENSUS: _census, SINGLE: _single})
"""How a figure is compared that is no estimate, to what weighs it."""


def _row(pair: Pair, word: str, beyond: bool = False, untold: bool = False) -> Row:
    base, new = pair.measured()
    return Row(pair.topic, base, new, pair.difference(), pair.room, word, beyond, untold)


def factor(row: Row) -> float:
    """Returns how many times as long both runs would have to be for an open row to be told; infinite where none would.

    An interval narrows with the root of the length; it tells once it is shorter than the way to what is tolerated.
    """
    fewest = min(row.base.samples, row.new.samples)
    if row.difference is None:
        needed = max(row.base.needed, row.new.needed)
        return needed / fewest if fewest else math.inf
    bad = row.difference.turned(row.topic.worse)
    way, reach = row.room - bad.value, bad.high - bad.value
    if way < 0:
        way, reach = -way, bad.value - bad.low
    return (reach / way) ** 2 if way > 0 else math.inf
