"""Records made from records: more or fewer people, faster or slower, a part. Pure functions; each adds its note.

Numbers of people are scaled as running sums, rounded at each interval's end: every interval is within 1 of its exact
share, and so is the whole, whatever its length. Factors are exact fractions, so that nothing is rounded twice.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from scenarios.traffic.record import SECOND_NS, Record, TrafficError, seconds_text

if TYPE_CHECKING:
    from collections.abc import Sequence


def scaled(record: Record, factor: Fraction) -> Record:
    """The same shape with `factor` times the people. Raises TrafficError when nobody would be left."""
    counts = scaled_counts(record.counts, factor)
    if not any(counts):
        raise TrafficError(f"a rate factor of {float(factor):g} leaves nobody of {record.total:,} people")
    return _noted(record, f"scaled: {float(factor):g} times the people", counts=counts)


def scaled_counts(counts: Sequence[int], factor: Fraction) -> tuple[int, ...]:
    """So many times the counts, as whole numbers."""
    over, under = factor.numerator, factor.denominator
    sums = ((2 * so_far * over + under) // (2 * under) for so_far in accumulate(counts, initial=0))
    return tuple(after - before for before, after in pairwise(sums))


def peaking(record: Record, peak: Fraction) -> Record:
    """The same shape with `peak` people a second in the fullest interval (as near as whole people can be)."""
    fullest = max(record.counts)
    if not fullest:
        raise TrafficError("nobody comes in this record: no factor gives it a peak")
    return scaled(record, peak * Fraction(record.interval_ns, SECOND_NS) / fullest)


def stretched(record: Record, factor: Fraction) -> Record:
    """The same people in `factor` times the time: 0.5 is twice as fast, so that rates are twice as high.

    Raises TrafficError when an interval would not be whole nanoseconds.
    """
    length = record.interval_ns * factor
    if length.denominator != 1:
        raise TrafficError(
            f"a time factor of {float(factor):g} makes intervals of {seconds_text(record.interval_ns)} s "
            "no whole nanoseconds; allowed: a factor that does, such as 0.5 or 2"
        )
    return _noted(record, f"stretched: {float(factor):g} times the time", interval_ns=int(length))


def cut(record: Record, from_ns: int, to_ns: int) -> Record:
    """What came from one offset until before another; it starts at 0 again.

    Raises TrafficError for offsets outside the record, or inside an interval.
    """
    if not 0 <= from_ns < to_ns <= record.duration_ns:
        raise TrafficError(
            f"from {seconds_text(from_ns)} s to {seconds_text(to_ns)} s is no part of a record of "
            f"{seconds_text(record.duration_ns)} s; allowed: 0 <= from < to <= {seconds_text(record.duration_ns)} s"
        )
    for offset_ns in (from_ns, to_ns):
        if before := offset_ns % record.interval_ns:
            near = seconds_text(offset_ns - before), seconds_text(offset_ns - before + record.interval_ns)
            raise TrafficError(
                f"{seconds_text(offset_ns)} s lies inside an interval of {seconds_text(record.interval_ns)} s; "
                f"allowed: its ends, such as {near[0]} s and {near[1]} s"
            )
    part = record.counts[from_ns // record.interval_ns : to_ns // record.interval_ns]
    note = f"cut: from {seconds_text(from_ns)} s to {seconds_text(to_ns)} s"
    begins = None if record.starts_at is None else record.starts_at + timedelta(microseconds=from_ns // 1000)
    return _noted(record, note, counts=part, starts_at=begins)


def _noted(record: Record, note: str, **changes: object) -> Record:
    return replace(record, notes=(*record.notes, note), **changes)  # type: ignore[arg-type]
