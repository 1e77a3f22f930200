"""Why an objective was missed: where it was worst, and when, so that the reason can be acted on."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from reports import wording
from reports.calls import RESPONSE, SERVICE, Calls, is_error, is_served, is_unanswered
from reports.objectives.measuring import chosen
from reports.verdicts import FAIL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from reports.calls import Cell
    from reports.figures import Figures
    from reports.objectives.judging import Result
    from tacorush.evidence.records import CellKey

_CLOCKS = {"response_ms": RESPONSE, "service_ms": SERVICE}
_WRONG: Mapping[str, Callable[[CellKey], bool]] = {"errors": is_error, "availability": is_unanswered}
_FEWEST = 20
"""A method is named as the worst only with so many samples, if any has them."""
_MOST_CODES = 3


def explained(results: Iterable[Result], figures: Figures) -> list[Result]:
    """Adds to the reason of each objective that was missed where it was worst, and when."""
    return [replace(result, reason=_reason(result, figures)) for result in results]


def _reason(result: Result, figures: Figures) -> str:
    said = [result.reason]
    if result.verdict == FAIL and result.metric in _CLOCKS and result.expression.aggregation == "p":
        said += _slow(result, chosen(figures, result.where), _CLOCKS[result.metric])
    elif result.verdict == FAIL and result.metric in _WRONG:
        said += _wrong(chosen(figures, result.where), _WRONG[result.metric])
    return "; ".join(said)


def _slow(result: Result, calls: Calls, clock: str) -> list[str]:
    q = result.expression.percent / 100
    by_second: dict[int, list[Cell]] = {}
    for cell in calls.cells:
        by_second.setdefault(cell.key.second, []).append(cell)
    quantiles = {second: Calls(by_second[second]).latency(clock).quantile(q) for second in sorted(by_second)}
    timed = {second: figure for second, figure in quantiles.items() if figure.value is not None}
    missed = [
        second
        for second, figure in timed.items()
        if figure.censored or not result.expression.holds(figure.value or 0.0)
    ]
    said = []
    if missed:
        said.append(f"missed in {len(missed)} of {len(timed)} s{_span(missed)}")
    if worst := _worst(calls, clock, q):
        said.append(worst)
    return said


def _span(seconds: list[int]) -> str:
    return f", from second {seconds[0]} to {seconds[-1]}" if len(seconds) > 1 else f", in second {seconds[0]}"


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


def _wrong(calls: Calls, is_wrong: Callable[[CellKey], bool]) -> list[str]:
    wrong = calls.per_second(lambda key: is_served(key) and is_wrong(key))
    if not wrong:
        return []
    first = min(wrong)
    since = sum(count for second, count in calls.per_second(is_served).items() if second >= first)
    total = sum(wrong.values())
    codes: Counter[tuple[str, str]] = Counter()
    for cell in calls.counted:
        if is_served(cell.key) and is_wrong(cell.key):
            codes[cell.key.code, wording.method_name(cell.key.measure)] += cell.tally.count
    ranked = sorted(codes.items(), key=lambda item: (-item[1], item[0]))[:_MOST_CODES]
    mostly = ", ".join(f"{count:,} × {code} in {method}" for (code, method), count in ranked)
    return [
        f"errors began in second {first}: {total:,} of {since:,} calls since then, until second {max(wrong)}",
        f"mostly {mostly}",
    ]
