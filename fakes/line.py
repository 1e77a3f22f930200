"""A line of people in which everybody can leave, and still nobody has to count to know his place.

Places are numbers that only grow. A binary indexed tree over them counts who still stands, so that joining, leaving
and asking for a rank cost O(log n) in the number of places between the first who stands and the last who came. Places
ahead of everybody are dropped, at an amortised cost of O(1) each.
"""

from __future__ import annotations

_SLACK = 1024


class Line:
    """Who stands, in order of joining."""

    def __init__(self) -> None:
        self._base = 0
        self._stands = bytearray()
        self._tree: list[int] = [0]
        self._head = 0
        self._count = 0

    def join(self) -> int:
        """Takes the place behind everybody; returns its number."""
        self._stands.append(1)
        index = len(self._stands)
        total, child, floor = 1, index - 1, index - (index & -index)
        while child > floor:
            total += self._tree[child]
            child -= child & -child
        self._tree.append(total)
        self._count += 1
        return self._base + index - 1

    def leave(self, place: int) -> None:
        """Leaves a place. Raises ValueError when nobody stands there."""
        index = place - self._base
        if not 0 <= index < len(self._stands) or not self._stands[index]:
            raise ValueError(f"nobody stands at place {place}")
        self._stands[index] = 0
        self._count -= 1
        self._add(index + 1, -1)
        first = self._stands.find(1, self._head)
        self._head = first if first >= 0 else len(self._stands)
        if self._head > _SLACK and self._head * 2 > len(self._stands):
            self._drop_head()

    def rank(self, place: int) -> int:
        """How many stand up to and with this place: 1 for the first."""
        rank, index = 0, place - self._base + 1
        while index > 0:
            rank += self._tree[index]
            index -= index & -index
        return rank

    def __len__(self) -> int:
        return self._count

    def _add(self, index: int, delta: int) -> None:
        size = len(self._stands)
        while index <= size:
            self._tree[index] += delta
            index += index & -index

    def _drop_head(self) -> None:
        self._base += self._head
        del self._stands[: self._head]
        self._head = 0
        self._tree = [0, *self._stands]
        for index in range(1, len(self._tree)):
            parent = index + (index & -index)
            if parent < len(self._tree):
                self._tree[parent] += self._tree[index]
