"""Why an objective was missed: where it was worst, and when, so that the reason can be acted on.

Where two objectives were missed by the same calls (errors and availability often are), the second refers to the first.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from reports import wording
from reports.calls import RESPONSE, SERVICE, Calls, is_error, is_served, is_unanswered
from reports.distribution import MS, rank_of, up_to
from reports.objectives.selection import chosen
from reports.verdicts import FAIL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from reports.figures import Figures
    from reports.objectives.expression import Expression
    from reports.objectives.result import Result
    from tacorush.evidence.records import CellKey

_CLOCKS = {"response_ms": RESPONSE, "service_ms": SERVICE}
_WRONG: Mapping[str, tuple[str, Callable[[CellKey], bool]]] = MappingProxyType(
    {"errors": ("errors", is_error), "availability": ("calls without an answer", is_unanswered)}
)
"""Metric to what its misses are called, and which calls they are."""
_FEWEST = 20
"""A method is named as the worst only with so many samples, if any has them."""
_MOST_CODES = 3
_MOST_METHODS = 3


def explained(judged: Iterable[tuple[Result, Figures]]) -> list[Result]:
    """Adds to the reason of each objective that was missed where it was worst, and when, by what it was judged by."""
    told: dict[Misses, str] = {}
    return [
        replace(result, reason="; ".join([result.reason, *_more(result, figures, told)])) for result, figures in judged
    ]


def _more(result: Result, figures: Figures, told: dict[Misses, str]) -> list[str]:
    """Says more of a miss; `told` holds what was said of calls already, and under which objective."""
    if result.verdict != FAIL or result.windows or result.recovery:
        return []
    if not result.scope.whole:
        end = result.scope.to_s
        figures = figures.between(result.scope.from_s or 0, math.inf if end is None else end)
    if result.metric in _CLOCKS and result.expression.aggregation in ("p", "med") and result.expression.upper:
        return _slow(result, chosen(figures, result.where), _CLOCKS[result.metric], figures.step_s)
    if result.metric not in _WRONG:
        return []
    name, is_wrong = _WRONG[result.metric]
    misses = _misses(chosen(figures, result.where), is_wrong)
    if not misses.total:
        return []
    first_told = told.setdefault(misses, result.name)
    return [f"the same calls as under {first_told}"] if first_told != result.name else _wrong(name, misses)


def _slow(result: Result, calls: Calls, clock: str, step_s: int) -> list[str]:
    q = result.expression.percent / 100
    good, counts = _good(result.expression, calls, clock)
    timed = {second: count for second, count in sorted(counts.items()) if count}
    missed = [second for second, count in timed.items() if good[second] < rank_of(q, count)]
    said = []
    if missed:
        said.append(f"missed in {len(missed) * step_s} of {len(timed) * step_s} s{_span(missed, step_s)}")
    if worst := _worst(calls, clock, q):
        said.append(worst)
    return said


def _good(expression: Expression, calls: Calls, clock: str) -> tuple[Counter[int], Counter[int]]:
    """How many calls of each second are as quick as asked for, and how many there are.

    A percentile of a second holds when at least as many calls are quick enough as its rank says.
    """
    answers, gave_up = calls.timed(clock)
    # Values are whole nanoseconds: what is under a limit is at most one nanosecond below it.
    limit_ns = round(expression.threshold * MS) - (expression.comparison == "<")
    good: Counter[int] = Counter()
    counts: Counter[int] = Counter()
    for cell in answers:
        good[cell.key.second] += up_to(cell.tally, limit_ns)
    for cell in (*answers, *gave_up):
        counts[cell.key.second] += cell.tally.count
    return good, counts


def _span(seconds: list[int], step_s: int) -> str:
    last = seconds[-1] + step_s - 1
    return f", from second {seconds[0]} to {last}" if last > seconds[0] else f", in second {last}"


def _worst(calls: Calls, clock: str, q: float) -> str:
    times = {name: some.latency(clock) for name, some in calls.by_method.items()}
    enough = {name: time for name, time in times.items() if time.count >= _FEWEST} or times
    ranked = [
        (figure.censored, figure.value or 0.0, name) for name, time in enough.items() if (figure := time.quantile(q))
    ]
    if len(times) < 2 or not ranked:
        return ""
    censored, value, name = max(ranked)
    return f"worst in {wording.method_name(name)} ({wording.milliseconds(value, censored)})"


@dataclass(frozen=True, slots=True)
class Misses:
    """Calls that an objective was missed by."""

    first: int
    """Second of the first of them."""
    last: int
    total: int
    since: int
    """All calls from the first of them on."""
    codes: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]
    """Each code with how many calls of which method had it, the most frequent first."""


def _misses(calls: Calls, is_wrong: Callable[[CellKey], bool]) -> Misses:
    wrong = calls.per_second(lambda key: is_served(key) and is_wrong(key))
    first = min(wrong, default=0)
    since = sum(count for second, count in calls.per_second(is_served).items() if second >= first)
    codes: dict[str, Counter[str]] = {}
    for cell in calls.counted:
        if is_served(cell.key) and is_wrong(cell.key):
            methods = codes.setdefault(cell.key.code, Counter())
            methods[wording.method_name(cell.key.measure)] += cell.tally.count
    ranked = sorted(codes.items(), key=lambda item: (-item[1].total(), item[0]))
    by_code = tuple((code, tuple(sorted(found.items(), key=lambda row: (-row[1], row[0])))) for code, found in ranked)
    return Misses(first, max(wrong, default=0), sum(wrong.values()), since, by_code)


def _wrong(name: str, misses: Misses) -> list[str]:
    said = [_of_code(code, methods) for code, methods in misses.codes[:_MOST_CODES]]
    return [
        f"{name} began in second {misses.first}: {misses.total:,} of {misses.since:,} calls since then, "
        f"until second {misses.last}",
        ("mostly " if len(misses.codes) > 1 else "") + ", ".join(said),
    ]


def _of_code(code: str, methods: Sequence[tuple[str, int]]) -> str:
    total = sum(count for _, count in methods)
    named = [f"{method} {count:,}" if len(methods) > 1 else method for method, count in methods]
    return f"{total:,} {wording.code(code)} ({wording.some(named, _MOST_METHODS)})"
