"""A record of traffic: how many people came in each of a row of equal intervals, and where that is known from.

The first interval starts at 0; an interval in which nobody came is a 0 in the row, never a gap. Lengths are whole
nanoseconds, so that what is cut, stretched and written is exact. A record says nothing of where people stood within
an interval: a replay spaces them evenly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

SECOND_NS = 1_000_000_000
LONGEST = 1_000_000
"""Intervals that a record may have: 11 days of seconds, or two years of minutes. A plan carries every one."""
MOST = 10**12
"""The most people of one interval."""
SHORTEST_NS = 1_000_000
"""The shortest interval: a millisecond."""
WIDEST_NS = 366 * 86_400 * SECOND_NS
"""The longest interval: a year."""


class TrafficError(ValueError):
    """Recorded traffic cannot be used; the text is one line that says where, what was found and what is allowed."""


@dataclass(frozen=True, slots=True)
class Record:
    """Counts per interval, with provenance. Raises TrafficError when there is no interval, or too much of anything."""

    interval_ns: int
    counts: tuple[int, ...]
    starts_at: datetime | None = None
    """When the first interval began, with its zone; None where the source knew no date."""
    notes: tuple[str, ...] = ()
    """Where it comes from and what was done to it, a sentence each."""

    def __post_init__(self) -> None:
        if self.interval_ns < SHORTEST_NS:
            raise TrafficError(f"intervals of {seconds_text(self.interval_ns)} s are too short: at least 0.001 s")
        if not 0 < len(self.counts) <= LONGEST:
            raise TrafficError(f"{len(self.counts):,} intervals: a record has 1 to {LONGEST:,}")
        if self.interval_ns > WIDEST_NS:
            raise TrafficError(f"intervals of {self.interval_s:.3g} s are too long: at most {WIDEST_NS // SECOND_NS} s")
        if (most := max(self.counts)) > MOST:
            raise TrafficError(f"{most:.3g} people in one interval are too many: at most {MOST:,}")

    @property
    def interval_s(self) -> float:
        """The length of one interval, in seconds."""
        return self.interval_ns / SECOND_NS

    @property
    def duration_ns(self) -> int:
        """The length of the whole, in nanoseconds."""
        return self.interval_ns * len(self.counts)

    @property
    def duration_s(self) -> float:
        """The length of the whole, in seconds."""
        return self.duration_ns / SECOND_NS

    @property
    def total(self) -> int:
        """How many people came in all."""
        return sum(self.counts)

    @property
    def mean(self) -> float:
        """People a second over the whole."""
        return self.total / self.duration_s

    @property
    def peak(self) -> float:
        """People a second in the fullest interval."""
        return max(self.counts) / self.interval_s

    def when(self, offset_ns: int) -> str:
        """How a moment is called: its date and time in UTC where that is known, else seconds from the start."""
        if self.starts_at is None:
            return f"{seconds_text(offset_ns)} s"
        return instant_text(self.starts_at + timedelta(microseconds=offset_ns // 1000))


def seconds_text(ns: int) -> str:
    """Writes nanoseconds as plain seconds, exactly: `0`, `1.5`, `900`."""
    whole, rest = divmod(ns, SECOND_NS)
    return f"{whole}.{rest:09d}".rstrip("0").rstrip(".")


def seconds_ns(text: str) -> int:
    """Reads plain seconds with up to nine decimals as nanoseconds, exactly; raises ValueError for anything else."""
    try:
        ns = Decimal(text) * SECOND_NS
        whole = int(ns)
    except (InvalidOperation, ValueError, OverflowError):
        raise ValueError(f"{text!r} is no number of seconds") from None
    if ns < 0 or ns != whole:
        raise ValueError(f"{text!r} is no number of seconds from 0, with at most nine decimals")
    return whole


def instant_text(at: datetime) -> str:
    """Writes an instant in UTC as RFC 3339, with as many decimals as it has: `2026-01-31T12:00:00Z`."""
    text = at.astimezone(UTC).isoformat().removesuffix("+00:00")
    return (text.rstrip("0") if "." in text else text) + "Z"


def instant_at(ns: int) -> datetime:
    """The instant of nanoseconds since 1970, to the microsecond."""
    return datetime.fromtimestamp(ns // SECOND_NS, UTC) + timedelta(microseconds=ns % SECOND_NS // 1000)
