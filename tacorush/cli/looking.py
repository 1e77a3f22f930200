"""Looks at the file of a run that goes on: at most once a second, and seldom enough to cost little.

A look at a long run with many objectives takes longer; then the next waits, so that looking takes no more than SHARE of
one processor. It is done in a process that drives nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.live.so_far import SoFar
from tacorush.evidence.runfile import RunFileError
from tacorush.evidence.tail import Tail

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reports.live.snapshot import Snapshot

EVERY_S = 1.0
SHARE = 0.05
"""The most of one processor that looking takes."""


class Looking:
    """Looks at one run; `clock` gives Unix nanoseconds, `spent` the seconds of CPU of this process."""

    def __init__(self, path: Path, clock: Callable[[], int], spent: Callable[[], float]) -> None:
        self._path, self._clock, self._spent = path, clock, spent
        self._tail: Tail | None = None
        self._so_far = SoFar()
        self._next_ns = 0

    def __repr__(self) -> str:
        return f"<Looking at {self._path}: {self._so_far}>"

    @property
    def ended(self) -> bool:
        """The run's file is complete."""
        return self._so_far.ended

    def due_s(self) -> float:
        """In how many seconds the next look is due; 0 when it is."""
        return max(0.0, (self._next_ns - self._clock()) / 1e9)

    def look(self) -> Snapshot | None:
        """Looks at the run; None while there is nothing to see."""
        before, now_ns = self._spent(), self._clock()
        found = self._look(now_ns)
        rest_s = max(EVERY_S, (self._spent() - before) / SHARE)
        self._next_ns = now_ns + round(rest_s * 1e9)
        return found

    def close(self) -> None:
        """Lets go of the file."""
        if self._tail is not None:
            self._tail.close()

    def _look(self, now_ns: int) -> Snapshot | None:
        if self._tail is None:
            try:
                self._tail = Tail(self._path)
            except RunFileError:
                # It is being made: its first commit comes soon.
                return None
        news = self._tail.look(self._so_far.since)
        if news is None:
            return None
        self._so_far.take(news)
        return self._so_far.snapshot(now_ns) if self._so_far.begun else None
