"""The result of a Prometheus range query, as `/api/v1/query_range` answers it: series of [time, "value"] at one step.

    counter    what it rose by from one sample to the next came in between; one that falls was reset, and shows what
               came since (as `increase` has it). A longer gap spreads what came over the gap.
    rate       people a second over the step before the sample; a missing sample is a step without anybody
    increase   people in the step before the sample

Which it is says `--series`; without it only a series that still has a counter's name (`…_total`, `…_count`) is read:
functions take the name away, and nothing else tells a rate from a sum of counters. Several series are added up.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from scenarios.traffic.formats.format import Head, Reading, Wanted
from scenarios.traffic.instants import Instants
from scenarios.traffic.record import SECOND_NS, SHORTEST_NS, TrafficError, seconds_text

if TYPE_CHECKING:
    from scenarios.traffic.source import Source

SERIES = ("counter", "rate", "increase")
LARGEST = 1 << 28
"""An answer is read whole; the server allows 11,000 samples a series, so that this is thousands of series."""
_COUNTER_NAMES = ("_total", "_count")
_ANSWER = re.compile(r'\s*\{\s*"status"\s*:\s*"(?:success|error)"')
_HALF = Decimal("0.5")


@dataclass(slots=True)
class _Pieces:
    """What came from one instant to another, by both; and what was odd."""

    came: dict[tuple[int, int], Decimal] = field(default_factory=dict)
    resets: int = 0
    gaps: int = 0
    unusable: int = 0

    def add(self, from_ns: int, to_ns: int, count: Decimal) -> None:
        """Adds what one series saw."""
        self.came[to_ns, from_ns] = self.came.get((to_ns, from_ns), Decimal(0)) + count


class Prometheus:
    """Series of a range query, added up."""

    name = "prometheus"
    says = "JSON answer of a Prometheus range query (--series)"
    takes = frozenset({"series"})

    def recognise(self, head: Head) -> str:
        """By the first bytes."""
        return "it begins with the status of a Prometheus answer" if _ANSWER.match(head.first) else ""

    def read(self, source: Source, wanted: Wanted) -> Reading:
        """Counts what the series say came in each step."""
        series = _series(source)
        kind = wanted.series or _kind(source, series)
        instants, pieces = Instants(), _Pieces()
        samples = [_samples(source, one["values"], instants, pieces) for one in series]
        step_ns = _step(source, samples)
        for row in samples:
            if kind == "counter":
                _count_rises(row, step_ns, pieces)
            else:
                _count_steps(row, step_ns, Decimal(step_ns) / SECOND_NS if kind == "rate" else Decimal(1), pieces)
        ends = sorted(pieces.came)
        tally = wanted.tally(step_ns, ends[0][1] if ends else 0)
        due, given = Decimal(0), 0
        for to_ns, from_ns in ends:
            due += pieces.came[to_ns, from_ns]
            came = int(due + _HALF) - given
            given += came
            tally.spread(from_ns, to_ns, came)
        return _reading(Reading(tally, f"people of {len(series)} series read as {kind}"), pieces, step_ns)


def _reading(reading: Reading, pieces: _Pieces, step_ns: int) -> Reading:
    reading.notes.append(f"the step is {seconds_text(step_ns)} s")
    if pieces.resets:
        reading.notes.append(f"resets of counters: {pieces.resets}; what they then showed had come since")
    if pieces.gaps:
        reading.notes.append(f"gaps where samples were missing: {pieces.gaps}")
    if pieces.unusable:
        reading.skipped.append(f"{pieces.unusable} samples that are NaN or infinite")
    if reading.tally.interval_ns < step_ns:
        reading.notes.append(f"people were spread evenly within steps of {seconds_text(step_ns)} s")
    return reading


def _series(source: Source) -> list[dict[str, Any]]:
    try:
        answer = json.loads(source.whole(LARGEST), parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as failure:
        if isinstance(failure, TrafficError):
            raise
        line = getattr(failure, "lineno", 1)
        raise TrafficError(f"{source.name}, line {line}: found no JSON ({failure}); allowed: a whole answer") from None
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict):
        said = answer.get("error", "no data") if isinstance(answer, dict) else "no object"
        raise TrafficError(f"{source.name}: data: found {said}; allowed: the answer of a query that succeeded")
    if data.get("resultType") != "matrix":
        kind = data.get("resultType")
        raise TrafficError(f"{source.name}: resultType: found {kind}; allowed: matrix, from /api/v1/query_range")
    series = [one for one in data.get("result", []) if isinstance(one, dict) and isinstance(one.get("values"), list)]
    if not series:
        raise TrafficError(f"{source.name}: result: found no series; allowed: at least one with values")
    return series


def _kind(source: Source, series: list[dict[str, Any]]) -> str:
    names = {str(one.get("metric", {}).get("__name__", "")) for one in series}
    if all(name.endswith(_COUNTER_NAMES) for name in names):
        return "counter"
    found = ", ".join(sorted(name or "one without a name" for name in names))
    raise TrafficError(
        f"{source.name}: series: found {found}, which may be a rate, an increase or a sum of counters; "
        f"say --series {', '.join(SERIES[:-1])} or {SERIES[-1]}"
    )


def _samples(source: Source, values: list[Any], instants: Instants, pieces: _Pieces) -> list[tuple[int, Decimal]]:
    found: list[tuple[int, Decimal]] = []
    for sample in values:
        try:
            at, value = sample
            number = Decimal(str(value))
            at_ns = instants.ns(str(at))
        except (InvalidOperation, ValueError, TypeError):
            raise TrafficError(f'{source.name}: values: found {sample}; allowed: [time, "number"]') from None
        if not number.is_finite():
            pieces.unusable += 1
        elif number < 0 or (found and at_ns <= found[-1][0]):
            raise TrafficError(f"{source.name}: values: found {sample}; allowed: numbers from 0, in order of time")
        else:
            found.append((at_ns, number))
    return found


def _step(source: Source, samples: list[list[tuple[int, Decimal]]]) -> int:
    apart = [after[0] - before[0] for row in samples for before, after in pairwise(row)]
    if not apart or min(apart) < SHORTEST_NS:
        raise TrafficError(f"{source.name}: values: found no two samples of a series; allowed: a step of at least 1 ms")
    return min(apart)


def _count_rises(row: list[tuple[int, Decimal]], step_ns: int, pieces: _Pieces) -> None:
    for (since_ns, before), (at_ns, value) in pairwise(row):
        pieces.resets += value < before
        pieces.gaps += at_ns - since_ns > step_ns
        pieces.add(since_ns, at_ns, value if value < before else value - before)


def _count_steps(row: list[tuple[int, Decimal]], step_ns: int, factor: Decimal, pieces: _Pieces) -> None:
    for (since_ns, _), (at_ns, _) in pairwise(row):
        pieces.gaps += at_ns - since_ns > step_ns
    for at_ns, value in row:
        pieces.add(at_ns - step_ns, at_ns, value * factor)
