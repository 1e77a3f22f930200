"""A mapping that forgets: each entry lives for a span, and what has died is swept by whoever adds, oldest first.

Memory is bounded by what was added in one life. Lives of one mapping are alike, so entries die nearly in the order in
which they came; one that outlives its successors delays their sweep, never their death.
"""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Expiring(Generic[K, V]):
    """Keys to values, each until its end."""

    def __init__(self) -> None:
        self._entries: dict[K, tuple[float, V]] = {}
        self._ends: deque[tuple[float, K]] = deque()
        """In order of coming; a dict whose oldest entries were deleted is slow to tell its oldest, a deque is not."""

    def put(self, now: float, key: K, value: V, life_s: float) -> None:
        """Remembers `value` while the time is before `now + life_s`."""
        self._sweep(now)
        end = now + life_s
        self._entries[key] = (end, value)
        self._ends.append((end, key))

    def get(self, now: float, key: K) -> V | None:
        """What is remembered of a key; None when nothing is, or not any more."""
        entry = self._entries.get(key)
        return entry[1] if entry is not None and now < entry[0] else None

    def clear(self) -> int:
        """Forgets all; returns how many there were."""
        count = len(self._entries)
        self._entries.clear()
        self._ends.clear()
        return count

    def __len__(self) -> int:
        return len(self._entries)

    def _sweep(self, now: float) -> None:
        ends = self._ends
        while ends and ends[0][0] <= now:
            end, key = ends.popleft()
            entry = self._entries.get(key)
            if entry is not None and entry[0] <= end:
                del self._entries[key]
