"""What the reports ask of a run's evidence: the port between a run file and everything that judges it.

A run file fulfils it; the tests fulfil it with evidence written down by hand. Nothing behind it changes while it is
read, so the same evidence always gives the same verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from tacorush.evidence.records import ArrivalSecond, CellKey, Claim, KeptCall, ProcessInfo


class Tally(Protocol):
    """A histogram of whole nanoseconds, as far as it is read here."""

    @property
    def count(self) -> int:
        """How many values were added."""
        ...

    @property
    def sum(self) -> int:
        """Their exact sum."""
        ...

    @property
    def max(self) -> int:
        """The largest of them, exactly; 0 when there is none."""
        ...

    def buckets(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Returns values, rising, and how many lie at each (within the histogram's relative error)."""
        ...


class Evidence(Protocol):
    """All that a run left behind."""

    @property
    def meta(self) -> Mapping[str, Any]:
        """What is known of the run as a whole; a run without `ended` was killed."""
        ...

    def cells(self) -> Iterable[tuple[CellKey, Tally]]:
        """Yields the histograms; a key may come once for each process."""
        ...

    def claims(self) -> Iterable[Claim]:
        """Yields what the audit reads, in any order."""
        ...

    def calls(self) -> Iterable[KeptCall]:
        """Yields the calls that were kept whole."""
        ...

    def arrivals(self) -> Iterable[ArrivalSecond]:
        """Yields what became of the arrivals; a second may come once for each process."""
        ...

    def processes(self) -> Iterable[ProcessInfo]:
        """Yields the latest word of every process that took part."""
        ...

    def counters(self) -> Mapping[str, float]:
        """Returns what else was counted, added up over processes."""
        ...
