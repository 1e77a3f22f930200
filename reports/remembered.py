"""Evidence read once and kept as small as it goes, so that an hour of calls can be looked at again and again.

A run of 100,000,000 calls has tens of millions of buckets: as numbers of 64 bits they would fill a gigabyte, as the
smallest that hold them a quarter of it. Histograms of one layout share their bucket values, so that they are added up
by place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from tacorush.evidence.histogram import VALUES_NS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from tacorush.evidence.histogram import Histogram
    from tacorush.evidence.records import ArrivalSecond, CellKey, Claim, KeptCall, ProcessInfo
    from tacorush.evidence.runfile import RunFile
    from tacorush.evidence.stepped_runfile import SteppedRunFile

AT_ONCE = 2000
"""So many histograms are added up at once: their buckets are laid beside each other, in 18 octets each."""
_SIZES = (np.uint8, np.uint16, np.uint32, np.int64)


class Packed:
    """A histogram that does not grow any more."""

    __slots__ = ("amounts", "count", "max", "places", "sum")

    def __init__(self, histogram: Histogram) -> None:
        self.count, self.sum, self.max = histogram.count, histogram.sum, histogram.max
        self.places, amounts = histogram.places()
        """Of its buckets along VALUES_NS, rising."""
        most = int(amounts.max(initial=0))
        size = next(size for size in _SIZES if most <= np.iinfo(size).max)
        self.amounts: NDArray[Any] = amounts.astype(size)

    def __repr__(self) -> str:
        return f"<Packed count={self.count} max={self.max}>"

    def buckets(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Returns values, rising, and how many lie at each."""
        return VALUES_NS[self.places], self.amounts.astype(np.int64)

    def up_to(self, bound_ns: int) -> int:
        """Returns how many lie at values up to a bound."""
        end = int(np.searchsorted(self.places, np.searchsorted(VALUES_NS, bound_ns, side="right")))
        return int(self.amounts[:end].sum())


class Counted:
    """A histogram of which nothing is kept but how many values it has; asking for its times raises TypeError."""

    __slots__ = ("count",)

    def __init__(self, count: int) -> None:
        self.count = count

    def __repr__(self) -> str:
        return f"<Counted {self.count}>"

    @property
    def sum(self) -> int:
        """Not kept."""
        raise TypeError("these calls were only counted")

    @property
    def max(self) -> int:
        """Not kept."""
        raise TypeError("these calls were only counted")

    def buckets(self) -> NoReturn:
        """Not kept."""
        raise TypeError("these calls were only counted")


def added(packed: Sequence[Packed]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Adds histograms up into values, rising, and counts."""
    sums = [_dense(packed[first : first + AT_ONCE]) for first in range(0, len(packed), AT_ONCE)]
    counts = np.zeros(max(map(len, sums), default=0))
    for some in sums:
        counts[: len(some)] += some
    found = np.flatnonzero(counts)
    return VALUES_NS[found], counts[found].astype(np.int64)


def _dense(packed: Sequence[Packed]) -> NDArray[np.float64]:
    """Counts by place. The sums stay exact: a double holds whole numbers up to 2 ** 53."""
    places = np.concatenate([each.places for each in packed])
    return np.asarray(np.bincount(places, weights=np.concatenate([each.amounts for each in packed])), np.float64)


class Remembered:
    """Evidence whose cells are read from where they are stored once only."""

    def __init__(self, evidence: RunFile | SteppedRunFile) -> None:
        self._evidence = evidence
        self._cells: list[tuple[CellKey, Packed]] | None = None

    def __repr__(self) -> str:
        return f"<Remembered {self._evidence!r}>"

    @property
    def meta(self) -> Mapping[str, Any]:
        """What is known of the run as a whole."""
        return self._evidence.meta

    def cells(self) -> Sequence[tuple[CellKey, Packed]]:
        """Returns the histograms with their keys."""
        if self._cells is None:
            self._cells = [(key, Packed(tally)) for key, tally in self._evidence.cells()]
        return self._cells

    def claims(self) -> Iterable[Claim]:
        """Yields what the audit reads."""
        return self._evidence.claims()

    def calls(self) -> Iterable[KeptCall]:
        """Yields the calls that were kept whole."""
        return self._evidence.calls()

    def arrivals(self) -> Iterable[ArrivalSecond]:
        """Yields what became of the arrivals."""
        return self._evidence.arrivals()

    def processes(self) -> Iterable[ProcessInfo]:
        """Yields the latest word of every process that took part."""
        return self._evidence.processes()

    def counters(self) -> Mapping[str, float]:
        """Returns what else was counted."""
        return self._evidence.counters()
