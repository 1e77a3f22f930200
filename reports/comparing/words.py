"""How a difference is written for people: signed, with its unit, shares in percentage points (pp)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from reports import wording
from reports.comparing.topics import COUNT, SINGLE
from reports.comparing.weighing import OPEN, WORSE

if TYPE_CHECKING:
    from reports.comparing.weighing import Row
    from reports.objectives.metric import Measured


MULTIPLE = 3
"""What is so many times the base's figure is told as a multiple of it."""


def figure(measured: Measured, unit: str) -> str:
    """Writes what one run measured; of a count that may be larger both ends."""
    if measured.possible and measured.value is not None:
        return wording.span(measured.value, measured.value + measured.possible, unit)
    return wording.figure(measured.value, unit, measured.censored)


def change(row: Row) -> str:
    """Writes the difference of a figure, empty where it is not known."""
    value = _value(row)
    return "" if value is None else _signed(row, value)


def share(row: Row) -> str:
    """Writes the difference as a share of the base's figure, `+53 %`, or the new one as a multiple of it, `× 12`.

    Empty where the base's figure is 0, or a part of one itself.
    """
    value = _value(row)
    if value is None or not row.base.value or row.topic.unit in ("share", "count"):
        return ""
    part = value / row.base.value
    if part >= MULTIPLE - 1:
        return f"× {wording.number(part + 1)}"
    return ("+" if part > 0 else "−" if part < 0 else "") + wording.share(abs(round(part, 3)))


def interval(row: Row) -> str:
    """Writes between which differences the truth lies: `+18 to +25 ms`; empty where that is not known."""
    if row.difference is None or row.difference.low == row.difference.high or row.topic.way == COUNT:
        return ""
    low, high = row.difference.low, row.difference.high
    if math.isinf(low) or math.isinf(high):
        end, least = (high, "at most") if math.isinf(low) else (low, "at least")
        return "" if math.isinf(end) else f"{least} {_signed(row, end)}"
    first, last = _signed(row, low), _signed(row, high)
    number, _, unit = first.rpartition(" ")
    return f"{number if unit and last.endswith(f' {unit}') else first} to {last}"


def tolerated(row: Row) -> str:
    """Writes how much worse the figure may be."""
    return _size(row.room, row.topic.unit)


def sentence(row: Row) -> str:
    """Says in a line what became of a figure."""
    unit = row.topic.unit
    said = f"{row.topic.name}: {figure(row.base, unit)} → {figure(row.new, unit)}"
    found = [part for part in (change(row), interval(row)) if part]
    if found and row.difference and row.difference.value:
        said += f", {found[0]}" + (f" ({found[1]})" if len(found) > 1 else "")
    return f"{said}, {verdict(row)}"


def verdict(row: Row) -> str:
    """Says what a row comes to: its word, and how it lies to what is tolerated."""
    if row.word == OPEN:
        return why_open(row)
    if row.word != WORSE or not row.room:
        return row.word
    if row.beyond:
        return f"worse by more than the {tolerated(row)} tolerated"
    return f"worse, {'perhaps by more' if row.open else 'but by no more'} than the {tolerated(row)} tolerated"


def why_open(row: Row) -> str:
    """Says why a figure cannot be told."""
    for run, measured in (("base", row.base), ("new run", row.new)):
        if measured.value is None:
            return f"cannot tell: the {run} did not measure it"
        if measured.samples < measured.needed:
            have = wording.plural(measured.samples, measured.what)
            return f"cannot tell: the {run} has {have} where {measured.needed:,} are needed"
        if measured.possible:
            return f"cannot tell: of the {run} {measured.possible:,} more are possible than are known"
    if row.topic.way == SINGLE:
        return "cannot tell: a run has but one such figure, and nobody knows how it would have come out again"
    if not row.topic.worse:
        return "cannot tell: neither more nor less of it is worse"
    return f"cannot tell: it may be worse by more than the {tolerated(row)} tolerated"


def _value(row: Row) -> float | None:
    if row.difference is not None:
        return row.difference.value
    if row.base.value is None or row.new.value is None:
        return None
    return row.new.value - row.base.value


def _signed(row: Row, value: float) -> str:
    """Writes a difference as finely as the figures are written: `+21.8 ms`, `−0.12 pp`, `0 ms`."""
    size = _as_fine(value, max(abs(row.base.value or 0.0), abs(row.new.value or 0.0)))
    return f"{'+' if size > 0 else '−' if size < 0 else ''}{_size(abs(size), row.topic.unit)}"


def _size(value: float, unit: str) -> str:
    return f"{wording.number(value * 100)} pp" if unit == "share" else wording.figure(value, unit)


def _as_fine(value: float, figure: float) -> float:
    """Rounds a difference to the last of three digits of a figure, or to three digits of its own."""
    of = figure or abs(value)
    return value if of == 0 else round(value, 2 - math.floor(math.log10(of)))
