"""What formats count into: people by interval, in any order, in memory that grows with the intervals alone.

An interval is counted from `origin_ns`; by default from 1970, so that intervals of a second, a minute or an hour lie
where a clock has them. Counts that cover several intervals are spread evenly, as whole people whose sum is exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.traffic.record import LONGEST, Record, TrafficError, instant_at, instant_text, seconds_text

if TYPE_CHECKING:
    from datetime import datetime


class TooLong(TrafficError):  # noqa: N818 - as it is said: the whole is too long
    """There would be more intervals than a record may have; the text lacks the file and line."""


class Tally:
    """Adds people up by interval, between `from_ns` and `to_ns` where these are given."""

    def __init__(
        self, interval_ns: int, origin_ns: int = 0, from_ns: int | None = None, to_ns: int | None = None
    ) -> None:
        self.interval_ns, self.origin_ns = interval_ns, origin_ns
        self._from_ns, self._to_ns = from_ns, to_ns
        self._bounded = from_ns is not None or to_ns is not None
        self._counts: dict[int, int] = {}
        self._lowest, self._highest = 0, -1
        self._latest_ns = -(2**63)
        self.outside = 0
        """People outside `from_ns` to `to_ns`."""
        self.disordered = 0
        """How many times an instant lay before one that had come already."""

    def add(self, at_ns: int, count: int = 1) -> None:
        """Counts people at one instant; raises TooLong when the whole becomes too long."""
        if at_ns < self._latest_ns:
            self.disordered += 1
        else:
            self._latest_ns = at_ns
        self._put(at_ns, count)

    def _put(self, at_ns: int, count: int) -> None:
        if self._bounded and self._beyond(at_ns):
            self.outside += count
            return
        index = (at_ns - self.origin_ns) // self.interval_ns
        if index in self._counts:
            self._counts[index] += count
        else:
            self._begin(index, count)

    def spread(self, from_ns: int, to_ns: int, count: int) -> None:
        """Counts people evenly between two instants, `to_ns` excluded."""
        length = to_ns - from_ns
        first = (from_ns - self.origin_ns) // self.interval_ns
        last = (to_ns - 1 - self.origin_ns) // self.interval_ns
        if last - first >= LONGEST:
            raise TooLong(self._too_long(first, last))
        given = 0
        for index in range(first, last + 1):
            end_ns = min(self.origin_ns + (index + 1) * self.interval_ns, to_ns)
            due = (2 * count * (end_ns - from_ns) + length) // (2 * length)
            self._put(max(self.origin_ns + index * self.interval_ns, from_ns), due - given)
            given = due

    @property
    def empty(self) -> bool:
        """True when nobody was counted."""
        return not any(self._counts.values())

    def record(self, dated: bool = True) -> Record:
        """Returns what was counted, from the first interval that was named to the last, `from_ns` and `to_ns` too."""
        if self._from_ns is not None:
            self._put(self._from_ns, 0)
        if self._to_ns is not None:
            self._put(self._to_ns - 1, 0)
        first = self._lowest
        counts = tuple(self._counts.get(index, 0) for index in range(first, self._highest + 1))
        return Record(self.interval_ns, counts, self._starts_at(first) if dated else None)

    def _starts_at(self, index: int) -> datetime:
        return instant_at(self.origin_ns + index * self.interval_ns)

    def _beyond(self, at_ns: int) -> bool:
        early = self._from_ns is not None and at_ns < self._from_ns
        return early or (self._to_ns is not None and at_ns >= self._to_ns)

    def _begin(self, index: int, count: int) -> None:
        lowest = min(self._lowest, index) if self._counts else index
        highest = max(self._highest, index) if self._counts else index
        if highest - lowest >= LONGEST:
            raise TooLong(self._too_long(lowest, highest))
        self._lowest, self._highest = lowest, highest
        self._counts[index] = count

    def _too_long(self, lowest: int, highest: int) -> str:
        first, last = (instant_text(self._starts_at(index)) for index in (lowest, highest))
        return (
            f"time: from {first} to {last} there are more than {LONGEST:,} intervals of "
            f"{seconds_text(self.interval_ns)} s; leave wrong times out with --from and --to, or widen --interval"
        )
