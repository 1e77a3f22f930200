"""A run file whose cells come merged by steps of seconds and over kinds of journeys; all else is as in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tacorush.evidence.merged_cells import merged_cells

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tacorush.evidence.histogram import Histogram
    from tacorush.evidence.records import ArrivalSecond, CellKey, KeptCall, ProcessInfo
    from tacorush.evidence.runfile import RunFile, StoredClaims


class SteppedRunFile:
    """What `RunFile` tells, with merged cells; `meta` has the length of a step as `step_s`."""

    def __init__(self, run: RunFile, step_s: int) -> None:
        self._run, self._step_s = run, step_s

    def __repr__(self) -> str:
        return f"<SteppedRunFile {self._run} in steps of {self._step_s} s>"

    @property
    def meta(self) -> Mapping[str, Any]:
        """What is known of the run as a whole, and the length of a step."""
        return {**self._run.meta, "step_s": self._step_s}

    def cells(self) -> Iterator[tuple[CellKey, Histogram]]:
        """Yields merged histograms, by rising step; the second of one is the first of its step."""
        rows, keys = self._run.cell_rows()
        return merged_cells(rows, keys, self._step_s)

    def claims(self) -> StoredClaims:
        """Returns every claim."""
        return self._run.claims()

    def calls(self) -> Iterator[KeptCall]:
        """Yields the calls that were kept whole."""
        return self._run.calls()

    def arrivals(self) -> Iterator[ArrivalSecond]:
        """Yields what became of the arrivals, by second."""
        return self._run.arrivals()

    def processes(self) -> Iterator[ProcessInfo]:
        """Yields the latest word of every process."""
        return self._run.processes()

    def counters(self) -> dict[str, float]:
        """Returns every counter."""
        return self._run.counters()
