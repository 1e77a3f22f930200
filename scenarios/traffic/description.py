"""What a record is like, in figures: how much, how peaked, how bursty, and what a day of it looks like.

Burstiness is the index of dispersion: the variance of the counts over their mean, at the interval itself and at wider
windows. Chance alone (a Poisson process) has 1 at every width; below it people come more evenly than chance, above it
in bursts, and where it grows with the width the bursts are longer than one window.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from scenarios.traffic.record import SECOND_NS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from scenarios.traffic.record import Record

WIDTHS_S = (1, 10, 60, 600, 3600)
"""Windows for the index of dispersion, in seconds."""
LEAST_WINDOWS = 5
"""So many windows make a variance worth showing."""
DAY_FROM_S = 6 * 3600
"""A record must be this long to show a day's shape."""


@dataclass(frozen=True, slots=True)
class Description:
    """The figures of one record."""

    total: int
    duration_s: float
    mean: float
    """People a second."""
    peak: float
    """People a second in the fullest interval."""
    peak_at_ns: int
    """When the first of the fullest intervals begins."""
    empty: int
    """Intervals in which nobody came."""
    dispersion: tuple[tuple[float, float], ...]
    """Width of the window in seconds, and the index of dispersion at it."""
    hours: tuple[float, ...]
    """Mean people a second by hour of the day, 24 of them; empty when the record has no date or is short."""

    @property
    def peak_over_mean(self) -> float:
        """How many times the mean the peak is."""
        return self.peak / self.mean if self.mean else 0.0


def described(record: Record, zone: tzinfo) -> Description:
    """Works the figures out; hours of the day are those of `zone`."""
    fullest = max(record.counts)
    return Description(
        total=record.total,
        duration_s=record.duration_s,
        mean=record.mean,
        peak=record.peak,
        peak_at_ns=record.counts.index(fullest) * record.interval_ns,
        empty=record.counts.count(0),
        dispersion=_dispersions(record),
        hours=_hours(record, zone),
    )


def dispersion(counts: Sequence[int]) -> float:
    """Variance over mean of some counts; 0 when nobody came."""
    mean = sum(counts) / len(counts)
    if not mean:
        return 0.0
    return sum((count - mean) ** 2 for count in counts) / len(counts) / mean


def windows(record: Record, width: int) -> list[int]:
    """The sums of each `width` intervals in a row; what is left over at the end is left out."""
    whole = len(record.counts) - len(record.counts) % width
    return [sum(record.counts[at : at + width]) for at in range(0, whole, width)]


def _dispersions(record: Record) -> tuple[tuple[float, float], ...]:
    widths_ns = {record.interval_ns, *(width * SECOND_NS for width in WIDTHS_S)}
    found = []
    for width_ns in sorted(widths_ns):
        width, rest = divmod(width_ns, record.interval_ns)
        if not rest and width and len(record.counts) // width >= LEAST_WINDOWS:
            found.append((width_ns / SECOND_NS, dispersion(windows(record, width))))
    return tuple(found)


def _hours(record: Record, zone: tzinfo) -> tuple[float, ...]:
    if record.starts_at is None or record.duration_s < DAY_FROM_S or record.interval_s > DAY_FROM_S / 6:
        return ()
    people, seconds = [0] * 24, [0.0] * 24
    for index, count in enumerate(record.counts):
        at = record.starts_at + timedelta(microseconds=index * record.interval_ns // 1000)
        hour = at.astimezone(zone).hour
        people[hour] += count
        seconds[hour] += record.interval_s
    return tuple(came / length if length else 0.0 for came, length in zip(people, seconds, strict=True))
