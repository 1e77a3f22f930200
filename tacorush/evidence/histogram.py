"""Histograms of times that merge exactly and whose values are right to 0.1 %.

The guarantee: each value between LOWEST_NS and HIGHEST_NS is reported, by quantiles and buckets, at most RELATIVE_ERROR
away from what was added. Bucket i holds the values in (g^(i-1), g^i] with g = (1 + a) / (1 - a) and is reported as
2 g^i / (g + 1): from there both ends of the bucket are exactly a, relatively, away (the scheme of DDSketch, Masson et
al., VLDB 2019). a is chosen a little below RELATIVE_ERROR, which leaves room for floating-point rounding at the bounds.

Values outside the range are put into the first or the last bucket and counted as `below` or `above`, so that a wrong
figure can be seen to be one. Count, sum, min and max are exact. Merging adds counts, so the order and the grouping of
merges make no difference; a histogram of another layout is refused.
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

RELATIVE_ERROR = 0.001
"""How far, relatively, a reported value can be from the added one."""
LOWEST_NS = 1_000
"""1 µs: what is shorter counts as this, and as `below`."""
HIGHEST_NS = 10_000_000_000_000
"""10,000 s: what is longer counts as this, and as `above`."""

_A = 0.000999
_LOG_G = math.log((1 + _A) / (1 - _A))
_MIDDLE = 2 / ((1 + _A) / (1 - _A) + 1)
_FIRST = math.ceil(math.log(LOWEST_NS) / _LOG_G)
_LAST = math.ceil(math.log(HIGHEST_NS) / _LOG_G)

LAYOUT = 1
"""Version of the bucket bounds: histograms of different layouts cannot be merged."""
_HEAD = struct.Struct("<B16sqqqqI")
"""Layout, sum, min, max, below, above, number of buckets; then uint16 offsets from the first bucket, int64 counts."""


class LayoutError(ValueError):
    """Two histograms, or bytes and this program, do not share one layout."""


class Histogram:
    """Counts of times in whole nanoseconds."""

    __slots__ = ("_counts", "_indices", "above", "below", "layout", "max", "min", "sum")

    def __init__(self, values: Iterable[int] = ()) -> None:
        self.layout = LAYOUT
        self._indices: NDArray[np.int64] = np.zeros(0, np.int64)
        self._counts: NDArray[np.int64] = np.zeros(0, np.int64)
        self.sum = 0
        """Exact sum of all values, in nanoseconds."""
        self.min = 0
        """Smallest value, exactly; 0 while there is none."""
        self.max = 0
        """Largest value, exactly; 0 while there is none."""
        self.below = 0
        """How many were under LOWEST_NS."""
        self.above = 0
        """How many were over HIGHEST_NS."""
        self.add_many(np.fromiter(values, np.int64))

    def __repr__(self) -> str:
        return f"<Histogram count={self.count} min={self.min} max={self.max} below={self.below} above={self.above}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and self.to_bytes() == other.to_bytes()

    __hash__ = None  # type: ignore[assignment]

    @property
    def count(self) -> int:
        """How many values were added."""
        return int(self._counts.sum())

    @property
    def mean(self) -> float:
        """The exact mean in nanoseconds; 0 while there is none."""
        return self.sum / self.count if self.count else 0.0

    def add(self, value_ns: int) -> None:
        """Adds one value; negative ones raise ValueError."""
        self.add_many(np.array([value_ns], np.int64))

    def add_many(self, values_ns: NDArray[np.int64]) -> None:
        """Adds an array of values, one pass of numpy; negative ones raise ValueError and nothing is added."""
        if not len(values_ns):
            return
        smallest, largest = int(values_ns.min()), int(values_ns.max())
        if smallest < 0:
            raise ValueError(f"a time cannot be negative, and {smallest} ns is")
        clamped = np.clip(values_ns, LOWEST_NS, HIGHEST_NS)
        indices, counts = np.unique(np.ceil(np.log(clamped) / _LOG_G).astype(np.int64), return_counts=True)
        empty = not len(self._indices)
        self._add_counts(indices, counts.astype(np.int64))
        # Python's own integers: a sum of nanoseconds can outgrow 64 bits.
        self.sum += int(values_ns.sum()) if largest < 2**62 // len(values_ns) else sum(values_ns.tolist())
        self.min = smallest if empty else min(self.min, smallest)
        self.max = max(self.max, largest)
        self.below += int((values_ns < LOWEST_NS).sum())
        self.above += int((values_ns > HIGHEST_NS).sum())

    def merge(self, other: Histogram) -> None:
        """Adds everything that the other holds; raises LayoutError for one of another layout."""
        if other.layout != self.layout:
            raise LayoutError(f"a histogram of layout {other.layout} cannot be merged into one of layout {self.layout}")
        if not len(other._indices):
            return
        self.min = min(self.min, other.min) if len(self._indices) else other.min
        self.max = max(self.max, other.max)
        self.sum += other.sum
        self.below += other.below
        self.above += other.above
        self._add_counts(other._indices, other._counts)

    def buckets(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Returns reported values in nanoseconds, rising, and how many lie at each."""
        values = np.rint(np.exp(self._indices * _LOG_G) * _MIDDLE).astype(np.int64)
        return values, self._counts.copy()

    def bins(self) -> Iterator[tuple[int, int]]:
        """Yields (reported value in nanoseconds, count), rising."""
        values, counts = self.buckets()
        return zip(values.tolist(), counts.tolist(), strict=True)

    def quantile(self, q: float) -> int:
        """Returns the value of rank ceil(q n), counted from the smallest, for 0 < q <= 1; 0 while there is none.

        The reported value never lies outside [min, max].
        """
        if not 0 < q <= 1:
            raise ValueError(f"a quantile lies above 0 and up to 1, not at {q}")
        if not len(self._indices):
            return 0
        # Rounding takes off what floating point adds above a whole number: 0.95 * 20 is 19.
        rank = max(1, math.ceil(round(q * self.count, 6)))
        at = int(np.searchsorted(np.cumsum(self._counts), rank))
        return min(max(int(self.buckets()[0][at]), self.min), self.max)

    def to_bytes(self) -> bytes:
        """Returns a compact form for `from_bytes`; equal histograms have equal bytes."""
        total = self.sum.to_bytes(16, "little")
        head = _HEAD.pack(self.layout, total, self.min, self.max, self.below, self.above, len(self._indices))
        offsets = (self._indices - _FIRST).astype("<u2").tobytes()
        return head + offsets + self._counts.astype("<i8").tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Histogram:
        """Returns what `to_bytes` wrote down; raises LayoutError for another layout and for bytes that are none."""
        if len(data) < _HEAD.size:
            raise LayoutError(f"{len(data)} bytes are no histogram")
        layout, total, smallest, largest, below, above, size = _HEAD.unpack_from(data)
        if layout != LAYOUT:
            raise LayoutError(f"a histogram of layout {layout} cannot be read, only of layout {LAYOUT}")
        if len(data) != _HEAD.size + 10 * size:
            raise LayoutError(f"{len(data)} bytes are no histogram of {size} buckets")
        made = cls()
        offsets = np.frombuffer(data, "<u2", size, _HEAD.size)
        made._indices = offsets.astype(np.int64) + _FIRST
        made._counts = np.frombuffer(data, "<i8", size, _HEAD.size + 2 * size).astype(np.int64)
        made.sum = int.from_bytes(total, "little")
        made.min, made.max, made.below, made.above = smallest, largest, below, above
        return made

    def _add_counts(self, indices: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
        if not len(self._indices):
            self._indices, self._counts = indices.copy(), counts.copy()
            return
        places = np.searchsorted(self._indices, indices)
        if places[-1] < len(self._indices) and np.array_equal(self._indices[places], indices):
            self._counts[places] += counts
            return
        union, places = np.unique(np.concatenate([self._indices, indices]), return_inverse=True)
        added = np.zeros(len(union), np.int64)
        np.add.at(added, places, np.concatenate([self._counts, counts]))
        self._indices, self._counts = union, added
