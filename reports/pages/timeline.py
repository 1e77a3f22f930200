"""A finding's witness, drawn as calls on a time line: each call a bar from its send to its answer.

A witness is a plain mapping from the audit. Every mapping in it, however deep, that has `sent_ns` and `answered_ns` is
a call; what is no call is a fact, shown by name. Positions are per cent of the time between the first send and the last
answer; overlapping bars are calls that ran at once, which is what a race looks like.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports.wording import method_name, milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TIMES = ("sent_ns", "answered_ns")
_SAID = ("method", "action", "outcome", "code", "status")
_LEFT_OUT = frozenset({*_TIMES, *_SAID, "kind"})
MOST_CALLS = 24
"""How many calls of one witness are drawn; the others are counted."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One call: what it was, when, and where it lies on the time line in per cent."""

    name: str
    outcome: str
    said: str
    """What was answered, in the platform's words."""
    facts: tuple[tuple[str, str], ...]
    left: float
    width: float
    at: str
    """When it was sent, after the first send."""
    took: str


@dataclass(frozen=True, slots=True)
class TimeLine:
    """The calls of a witness in the order of their sends, and the facts beside them."""

    bars: tuple[Bar, ...]
    left_out: int
    """Calls that are not drawn."""
    facts: tuple[tuple[str, str], ...]
    start: str
    """When the first was sent, from T0."""
    length: str
    """From the first send to the last answer."""


def time_line(witness: Mapping[str, Any], t0_ns: int = 0) -> TimeLine:
    """Lays out the calls of a witness of a run that began at `t0_ns`; a witness without calls has facts alone."""
    calls = sorted(_calls(witness), key=lambda call: (call["sent_ns"], call["answered_ns"]))
    facts = tuple((_words(name), text) for name, value in witness.items() if (text := _fact(value)))
    if not calls:
        return TimeLine((), 0, facts, "", "")
    start = calls[0]["sent_ns"]
    whole = max(1, max(max(call["sent_ns"], call["answered_ns"]) for call in calls) - start)
    bars = tuple(_bar(call, start, whole) for call in calls[:MOST_CALLS])
    from_t0 = f"{(start - t0_ns) / 1e9:,.3f} s"
    return TimeLine(bars, max(0, len(calls) - MOST_CALLS), facts, from_t0, milliseconds(whole / 1e6))


def _calls(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        if all(isinstance(value.get(name), int) for name in _TIMES):
            yield value
        else:
            for inner in value.values():
                yield from _calls(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _calls(inner)


def _bar(call: Mapping[str, Any], start: int, whole: int) -> Bar:
    sent, answered = call["sent_ns"], max(call["sent_ns"], call["answered_ns"])
    said = dict.fromkeys(str(call[name]) for name in ("outcome", "code", "status") if call.get(name))
    return Bar(
        name=method_name(str(call.get("method") or call.get("action") or "call")),
        outcome=str(call.get("outcome") or "unknown"),
        said=" · ".join(word for word in said if word != "OK"),
        facts=tuple(
            (_words(name), text)
            for name, value in call.items()
            if name not in _LEFT_OUT and not name.endswith("_ns") and value != "happened" and (text := _fact(value))
        ),
        left=round(100 * (sent - start) / whole, 2),
        width=round(100 * (answered - sent) / whole, 2),
        at=f"+{milliseconds((sent - start) / 1e6)}",
        took=milliseconds((answered - sent) / 1e6),
    )


def _fact(value: object) -> str:
    """Writes a value, or a list of plain values; empty for what holds calls and for what is empty."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | str):
        return str(value)
    if isinstance(value, list | tuple) and all(isinstance(inner, int | float | str) for inner in value):
        return ", ".join(str(inner) for inner in value)
    return ""


def _words(name: str) -> str:
    return name.replace("_", " ")
