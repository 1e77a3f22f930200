"""What a closed loop hides: one run with a stall, read as an open and as a closed loop would have measured it.

A tool whose users wait for their answer before they ask again asks for nothing while the platform stands still: a stall
of a second is one slow call a user, where an open loop counts everybody who would have come. The run file holds enough
to tell one from the other.

    an open run, read as a closed loop   Walk back through the run as one user: an answer at `a` that took `s` was asked
                                         for at `a - s`, which is when the answer before it came. In a stalled second
                                         the call is drawn from those answered then; in any other all of its calls count
                                         by the share that one after the other had room for. As many users as Little's
                                         law gives for the run's calls at its usual service time, without think times.
    a closed run, read as an open loop   Whoever waited `s` in a stall kept back a call every typical cycle `c`; these
                                         would have waited s - c, s - 2c, … (Gil Tene's correction). A call that gave up
                                         at its deadline keeps back no more than that: then it is a floor.

Both are estimates. A second does not tell in which order its answers came, so that the first meets more and shorter
calls in a stall than a user would: against simulated users it was right wherever they miss the stall, and between half
and twice theirs at the percentiles in which they see it (`tests/unit/test_closed_loop.py`).

Usual is the median of the seconds' means. A second is stalled
when a call ended in it that took at least `LEAST_STALL_S` and `LONG` times the usual, and that was everybody's lot: in
an open run the second's mean is over `SLOW` times the usual, in a closed one the answers grew fewer while it lasted, by
at least half of what it would have taken from everybody.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from reports.calls import RESPONSE, SERVICE
from reports.distribution import MS, merged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from reports.calls import Calls
    from reports.evidence_view import Tally

LONG = 10.0
SLOW = 3.0
LEAST_STALL_S = 0.1
MATERIAL = 1.5
"""A percentile hidden by less than this factor is not worth a section."""
WALKERS = 16
"""So many users are walked at most; each then stands for several."""
PHANTOMS = 200
"""Steps in which the calls are written down that one waiting user kept back."""
QUANTILES: Mapping[str, float] = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}
_S = 1e9


class Times(NamedTuple):
    """Times in nanoseconds, rising, with how many there are of each (of an estimate, not whole)."""

    values: NDArray[np.int64]
    weights: NDArray[np.float64]

    def quantile_ms(self, q: float) -> float:
        """The q-quantile in milliseconds."""
        reached = np.cumsum(self.weights)
        # What sums of fractions lack at the end must not carry the rank beyond the last.
        place = int(np.searchsorted(reached, min(q * reached[-1], reached[-1]) * (1 - 1e-12)))
        return float(self.values[place]) / MS


@dataclass(frozen=True)
class Hidden:
    """How far the two readings of one run lie apart."""

    open_run: bool
    """Measured in an open loop; else in a closed one."""
    stalls: Sequence[tuple[int, int]]
    """First and last second of each, from T0."""
    longest_s: float
    """The longest wait in a stall."""
    users: int
    """Users of the closed loop that the open run is read as; 0 for a closed run."""
    cycle_s: float
    """Typical time between two calls of one user."""
    measured: Mapping[str, float]
    """By percentile, in ms: response times as measured."""
    service: Mapping[str, float]
    other: Mapping[str, float]
    """What the other loop would have shown."""

    @property
    def at(self) -> str:
        """The percentile that is told: P95 where it is hidden, else the one that is hidden most."""
        return "p95" if self._apart("p95") >= MATERIAL else max(QUANTILES, key=self._apart)

    @property
    def factor(self) -> float:
        """How many times larger the open loop's figure is at `at`."""
        return self._apart(self.at)

    def _apart(self, name: str) -> float:
        larger, smaller = self.measured[name], self.other[name]
        if not self.open_run:
            larger, smaller = smaller, larger
        return larger / smaller if smaller else 1.0


def hidden(calls: Calls, *, open_run: bool, think_s: float = 0.0, journeys: int = 0) -> Hidden | None:
    """Reads a run the other way; None where there was no stall, or where nothing of it would be hidden.

    `calls` are those of journeys. In a closed run each of `journeys` was followed by a pause of about `think_s`.
    """
    seconds = _by_second(calls)
    if not seconds:
        return None
    usual_s = float(np.median([_mean_s(times) for times in seconds.values()]))
    slow = _stalled(seconds, usual_s, open_run)
    if not slow:
        return None
    number = sum(float(times.weights.sum()) for times in seconds.values())
    driven_s = max(seconds) + 1
    users = max(1, round(number / driven_s * usual_s)) if open_run else 0
    cycle_s = usual_s if open_run else usual_s + think_s * journeys / number
    other = _as_closed(seconds, slow, users) if open_run else _as_open(seconds, slow, cycle_s)
    found = Hidden(
        open_run=open_run,
        stalls=_stretches(seconds, slow),
        longest_s=max(_longest_s(seconds[second]) for second in slow),
        users=users,
        cycle_s=cycle_s,
        measured=_measured(calls, RESPONSE),
        service=_measured(calls, SERVICE),
        other={name: other.quantile_ms(q) for name, q in QUANTILES.items()},
    )
    return found if found.factor >= MATERIAL else None


def _by_second(calls: Calls) -> dict[int, Times]:
    """Service times by the second of the answer; a call that hit its deadline took it."""
    found: defaultdict[int, list[Tally]] = defaultdict(list)
    for cell in (cell for some in calls.timed(SERVICE) for cell in some):
        if cell.key.second >= 0:
            found[cell.key.second].append(cell.tally)
    return {second: _times(tallies) for second, tallies in found.items()}


def _times(tallies: Sequence[Tally]) -> Times:
    values, counts = merged(tallies)
    return Times(values, counts.astype(np.float64))


def _mean_s(times: Times) -> float:
    return float((times.values * times.weights).sum() / times.weights.sum()) / _S


def _longest_s(times: Times) -> float:
    return float(times.values[-1]) / _S


def _began(second: int, times: Times) -> int:
    """When the longest wait of a second began, as far as a run file knows: halfway through it its answers came."""
    return max(0, math.floor(second + 0.5 - _longest_s(times)))


def _stalled(seconds: Mapping[int, Times], usual_s: float, open_run: bool) -> set[int]:
    least_s = max(LEAST_STALL_S, LONG * usual_s)
    long = {second for second, times in seconds.items() if _longest_s(times) >= least_s}
    if open_run:
        return {second for second in long if _mean_s(seconds[second]) > SLOW * usual_s}
    usual = float(np.median([times.weights.sum() for times in seconds.values()]))
    return {second for second in long if _thinned_out(seconds, second, usual)}


def _thinned_out(seconds: Mapping[int, Times], second: int, usual: float) -> bool:
    stretch = range(_began(second, seconds[second]), second + 1)
    answered = sum(float(seconds[each].weights.sum()) for each in stretch if each in seconds) / len(stretch)
    taken = min(1.0, _longest_s(seconds[second]) / len(stretch))
    return answered <= usual * (1 - taken / 2)


def _stretches(seconds: Mapping[int, Times], slow: set[int]) -> list[tuple[int, int]]:
    """When the platform stood still: from when the longest wait of a stalled second began to that second."""
    found: list[tuple[int, int]] = []
    for second in sorted(slow):
        began = _began(second, seconds[second])
        if found and began <= found[-1][1] + 1:
            found[-1] = (min(began, found[-1][0]), second)
        else:
            found.append((began, second))
    return found


def _measured(calls: Calls, clock: str) -> dict[str, float]:
    times = calls.latency(clock)
    return {name: times.quantile(q).value or 0.0 for name, q in QUANTILES.items()}


def _as_closed(seconds: Mapping[int, Times], slow: set[int], users: int) -> Times:
    """What so many users would have measured who ask again as soon as they are answered."""
    chance = np.random.default_rng(1)
    walkers = min(users, WALKERS)
    values: list[NDArray[np.int64]] = []
    weights: list[NDArray[np.float64]] = []
    drawn: defaultdict[int, float] = defaultdict(float)
    for _ in range(walkers):
        at_s = float(max(seconds) + 1)
        while at_s > 0:
            second = math.ceil(at_s) - 1
            times = seconds.get(second)
            if times is None:
                at_s = float(second)
            elif second in slow:
                reached = np.cumsum(times.weights)
                value = int(times.values[int(np.searchsorted(reached, chance.random() * reached[-1], side="right"))])
                drawn[value] += users / walkers
                at_s -= max(value, 1) / _S
            else:
                fitted = (at_s - second) / max(_mean_s(times), 1e-9)
                values.append(times.values)
                weights.append(times.weights / times.weights.sum() * fitted * users / walkers)
                at_s = float(second)
    values.append(np.array(list(drawn), np.int64))
    weights.append(np.array(list(drawn.values()), np.float64))
    return _joined(values, weights)


def _as_open(seconds: Mapping[int, Times], slow: set[int], cycle_s: float) -> Times:
    """The measured calls and those that their users kept back while they waited."""
    values = [times.values for times in seconds.values()]
    weights = [times.weights for times in seconds.values()]
    for second in slow:
        for value, weight in zip(*seconds[second], strict=True):
            kept_back = value / _S / cycle_s - 1
            if kept_back < LONG - 1:
                continue
            steps = min(PHANTOMS, math.floor(kept_back))
            values.append((value * (np.arange(steps) + 0.5) / steps).astype(np.int64))
            weights.append(np.full(steps, weight * kept_back / steps))
    return _joined(values, weights)


def _joined(values: Sequence[NDArray[np.int64]], weights: Sequence[NDArray[np.float64]]) -> Times:
    together, place = np.unique(np.concatenate(values), return_inverse=True)
    summed = np.zeros(len(together))
    np.add.at(summed, place, np.concatenate(weights))
    return Times(together.astype(np.int64), summed)
