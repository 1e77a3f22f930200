"""How fast people are let in: the rate that a waiting time is estimated from.

Admissions are counted in slots of a sixtieth of the shortest window; each window keeps its slots and their sum, so that
both telling and asking cost O(1), amortised. A window longer than the history counts the history only.
"""

from __future__ import annotations

from collections import deque


class Pace:
    """Admissions over several windows."""

    def __init__(self, windows_s: tuple[float, ...]) -> None:
        self._windows = windows_s
        self._slot_s = min(windows_s) / 60
        self._spans = tuple(round(window / self._slot_s) for window in windows_s)
        self._forgotten = -1
        """The slot in which the windows were last rid of what is too old."""
        self._slots: tuple[deque[list[int]], ...] = tuple(deque() for _ in windows_s)
        self._sums = [0 for _ in windows_s]
        self._first: float | None = None

    def admitted(self, now: float) -> None:
        """Counts one admission."""
        if self._first is None:
            self._first = now
        slot = int(now / self._slot_s)
        for number, slots in enumerate(self._slots):
            if slots and slots[-1][0] == slot:
                slots[-1][1] += 1
            else:
                slots.append([slot, 1])
            self._sums[number] += 1
        if slot != self._forgotten:
            self._forget(slot)

    def per_s(self, now: float, weights: tuple[float, ...]) -> float:
        """The weighted mean of the windows' rates; 0 when nobody was admitted in any."""
        if self._first is None:
            return 0.0
        slot_s = self._slot_s
        history = max(now - self._first, slot_s)
        rate = 0.0
        slot = int(now / slot_s)
        if slot != self._forgotten:
            self._forget(slot)
        for window, weight, count in zip(self._windows, weights, self._sums, strict=True):
            rate += weight * count / (window if window < history else history)
        return rate

    def _forget(self, now: int) -> None:
        """Drops what is too old in slot `now`; once a slot is enough."""
        self._forgotten = now
        for number, (slots, span) in enumerate(zip(self._slots, self._spans, strict=True)):
            while slots and slots[0][0] <= now - span:
                self._sums[number] -= slots.popleft()[1]
