"""How figures are written for people: the same figure reads the same on the page, in Markdown and on a terminal.

Three digits are enough to act on, a unit always stands beside the number, a figure that was never measured is a dash
and never a zero, and a percentile that fell among calls that hit their deadline is a lower bound, "≥ 250 ms".
Figures are written with `,` between thousands and `.` before decimals.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from contracts.catalogue import METHODS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOT_MEASURED = "–"
"""What stands where nothing was measured."""

VERDICT_MARK: Mapping[str, str] = MappingProxyType({"PASS": "✓", "FAIL": "✕", "INCONCLUSIVE": "?"})
"""Verdict to the sign that tells it without colour."""

VERDICT_HEADLINE: Mapping[str, str] = MappingProxyType(
    {
        "PASS": "The platform kept every promise that this run put to the test.",
        "FAIL": "The platform broke a promise.",
        "INCONCLUSIVE": "This run neither proves nor refutes what the platform promises.",
    }
)
"""Verdict to what it means, in a sentence."""

VERDICT_ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "PASS": "Keep the run directory: any later run can be held against it.",
        "FAIL": "Start with the first reason; the objectives and findings below show when, where and in which calls.",
        "INCONCLUSIVE": (
            "Do not ship on it, and do not blame the platform for it: "
            "remove the cause that the reasons name, then repeat the run."
        ),
    }
)
"""Verdict to what its reader should do next."""


_CODES: Mapping[str, str] = MappingProxyType(
    {
        "UNSENT": "could not be sent",
        "CONNECTION_LOST": "lost their connection before an answer",
        "EMPTY": "answered without what they promise",
        "DEADLINE_EXCEEDED": "ran into their deadline",
        "CANCELLED": "were cancelled",
    }
)
"""Codes that no platform answered with, to what became of the calls."""


def code(name: str) -> str:
    """Says what became of calls that are counted under a code: `could not be sent`, `were answered with INTERNAL`."""
    return _CODES.get(name, f"were answered with {name}")


def more_load(at_least_s: float) -> str:
    """Says what to do after a run that lacks nothing but samples; 0 where nobody can say how long it should be."""
    length = f" (at least {seconds(at_least_s)} at this rate)" if at_least_s else ""
    return f"Do not ship on it yet: too little was measured to tell. Run longer{length} or faster."


def number(value: float) -> str:
    """Writes a bare number with three significant digits, whole numbers whole: `1,204`, `2.35`, `0.0042`."""
    if not math.isfinite(value):
        return "∞" if value > 0 else NOT_MEASURED
    if value == int(value) or abs(value) >= 1000:
        return f"{round(value):,}"
    decimals = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def milliseconds(value: float | None, at_least: bool = False) -> str:
    """Writes a time given in milliseconds, from 1,000 ms on in seconds; a censored one is "at least"."""
    if value is None:
        return NOT_MEASURED
    text = f"{number(value)} ms" if abs(value) < 1000 else f"{number(value / 1000)} s"
    return f"≥ {text}" if at_least else text


def share(value: float | None) -> str:
    """Writes a part of one as per cent, with digits enough to tell it from 0 and from 100 %."""
    if value is None:
        return NOT_MEASURED
    if value in (0, 1):
        return f"{value:.0%}".replace("%", " %")
    distance = min(abs(value), abs(1 - value)) * 100
    decimals = 2 if distance >= 0.01 else min(6, 1 - math.floor(math.log10(distance)))
    text = f"{value * 100:.{decimals}f}".rstrip("0").rstrip(".")
    return f"{text} %"


def count(value: float | None) -> str:
    """Writes how many there were."""
    return NOT_MEASURED if value is None else f"{round(value):,}"


def figure(value: float | None, unit: str, at_least: bool = False) -> str:
    """Writes a figure of a unit: `ms`, `s`, `share`, `count`, `×` (so many times), or empty for a bare number."""
    if unit == "ms":
        return milliseconds(value, at_least)
    if unit == "share":
        return share(value)
    if unit == "count":
        return count(value)
    if unit == "s":
        return seconds(value)
    if unit in ("", "×"):
        return NOT_MEASURED if value is None else f"{number(value)} {unit}".rstrip()
    raise KeyError(f"no unit {unit!r}: there are ms, s, share, count, × and none")


def per_second(value: float | None) -> str:
    """Writes a rate."""
    return NOT_MEASURED if value is None else f"{number(value)}/s"


def span(low: float | None, high: float | None, unit: str) -> str:
    """Writes an interval, `580–655 ms`; empty when there is none or when it has no width."""
    if low is None or high is None or low == high:
        return ""
    first, last = figure(low, unit), figure(high, unit)
    if first == last:
        return first
    head, _, same = first.rpartition(" ")
    return f"{head}–{last}" if same and last.endswith(f" {same}") else f"{first} – {last}"


def seconds(value: float | None) -> str:
    """Writes a duration given in seconds: `45 s`, `5 min`, `1 h 30 min`."""
    if value is None:
        return NOT_MEASURED
    if value < 120:
        return f"{number(value)} s"
    whole = round(value)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join(f"{amount} {unit}" for amount, unit in parts if amount)


def moment(at_ns: int) -> str:
    """Writes a point in time, given as Unix nanoseconds, to the second in UTC."""
    return datetime.fromtimestamp(at_ns // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def method_name(name: str) -> str:
    """Shortens a full method name to what people say: `JoinQueue`."""
    return name.rpartition("/")[2] or name


def method_of_service(name: str) -> str:
    """Shortens a full method name as far as it stays the only one: `JoinQueue`, but `GatewayService/HealthCheck`."""
    short = method_name(name)
    alone = sum(method.short == short for method in METHODS.values()) <= 1
    return short if alone else name.rpartition(".")[2]


def some(names: Sequence[str], most: int) -> str:
    """Lists names, `most` of them and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def plural(amount: float, one: str, many: str = "") -> str:
    """Writes an amount with its noun: `1 seat`, `2 seats`."""
    return f"{count(amount)} {one if amount == 1 else many or one + 's'}"
