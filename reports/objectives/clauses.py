"""What may stand beside an expression: lengths of time, windows, recovery; the grammar heads `expression`."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from reports.objectives.expression import Expression, expression
from reports.objectives.reader import GrammarError, Reader

if TYPE_CHECKING:
    from collections.abc import Mapping

UNITS: Mapping[str, float] = MappingProxyType({"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0})
"""Unit of a length to its seconds."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of one length, one after another, and how many may miss."""

    length_s: int
    may_miss: int = 0
    of: int = 1
    """So many windows `may_miss` is said of."""
    text: str = ""

    def allowed(self, windows: int) -> int:
        """How many of so many windows may miss: of fewer than `of` no more than their part, rounded down."""
        return windows * self.may_miss // self.of


@dataclass(frozen=True, slots=True)
class Recovery:
    """An expression that has to hold again some time after a phase or an instant, and from then on."""

    expression: Expression
    within_s: float
    after: str | float
    """A phase, after its end, or seconds from T0."""
    text: str


def length(value: str | float) -> float:
    """Reads a length of time, bare numbers being seconds; raises GrammarError."""
    reader = Reader(str(value))
    found = _length(reader, bare=True)
    _end(reader, "a length of time is a number and ms, s, m or h")
    return found


def windows(value: str | float) -> Windows:
    """Reads `10s` or `10s, at most 1 window of 10 may miss`; raises GrammarError."""
    reader = Reader(str(value))
    length_s = _length(reader, bare=True)
    if length_s < 1 or length_s != int(length_s):
        raise reader.wrong_last("windows are whole seconds, at least 1s")
    may_miss, of = 0, 1
    if not reader.at_end:
        if not reader.takes(","):
            raise reader.wrong("what may miss follows a comma: 10s, at most 1 window of 10 may miss")
        may_miss, of = _tolerance(reader)
    _end(reader, "nothing may follow")
    return Windows(int(length_s), may_miss, of, " ".join(str(value).split()))


def recovery(value: str) -> Recovery:
    """Reads `p(95)<500 within 60s after peak`; raises GrammarError."""
    reader = Reader(value)
    found = expression(reader)
    _words(reader, "within", "p(95)<500 within 60s after peak")
    within_s = _length(reader)
    _words(reader, "after", "p(95)<500 within 60s after peak")
    after: str | float = reader.peek_word()
    if after:
        reader.word()
    else:
        after = _length(reader)
    _end(reader, "nothing may follow what it recovers after")
    return Recovery(found, within_s, after, " ".join(value.split()))


def _tolerance(reader: Reader) -> tuple[int, int]:
    example = "at most 1 window of 10 may miss"
    _words(reader, "at most", example)
    may_miss = reader.whole("how many windows may miss")
    if reader.peek_word() not in {"window", "windows"}:
        raise reader.wrong(f"write it as: {example}")
    reader.word()
    _words(reader, "of", example)
    of = reader.whole("of how many windows")
    if may_miss >= of:
        raise reader.wrong_last(f"if {may_miss} of {of} may miss, nothing is asked for")
    _words(reader, "may miss", example)
    return may_miss, of


def _words(reader: Reader, words: str, example: str) -> None:
    for word in words.split():
        if reader.peek_word() != word:
            raise reader.wrong(f"{word!r} must stand here: {example}")
        reader.word()


def _length(reader: Reader, bare: bool = False) -> float:
    number = reader.number("a length of time")
    unit = reader.peek_word()
    if not unit and bare:
        return number
    if unit not in UNITS:
        raise reader.wrong("a length of time ends with its unit: ms, s, m or h")
    reader.word()
    return number * UNITS[unit]


def _end(reader: Reader, said: str) -> None:
    if not reader.at_end:
        raise reader.wrong(said)


__all__ = ["GrammarError", "Recovery", "Windows", "length", "recovery", "windows"]
