"""Poisson spacing: chunk k holds Poisson(1) people, each at a place uniform in [k, k + 1) of the count.

All of a chunk comes from its own stream of chance, `Chance(seed, "arrivals", k)`: the first number says how many come,
the next ones where. The streams of many chunks are drawn side by side as arrays of whole numbers, with the same bits
one by one: 600,000 arrivals take 1.1 s of CPU when each chunk asks its own `Chance`, and a fifth of that here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from scenarios.chance import GAMMA, TO_UNIT, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Whole: TypeAlias = NDArray[np.uint64]

PLACES = 16
"""Numbers that a chunk can give away; one of more people has a chance of 1 in 10**14."""

_BLOCK = 1024
"""Chunks drawn at once: enough to make an array's own cost vanish, and 50 kB."""

_POISSON_ONE = np.array(
    [
        0.36787944117144233,
        0.7357588823428847,
        0.9196986029286058,
        0.9810118431238462,
        0.9963401531726563,
        0.9994058151824183,
        0.999916758850712,
        0.9999897508033253,
        0.999998874797402,
        0.9999998885745217,
        0.9999999899522336,
        0.9999999991683892,
        0.9999999999364022,
        0.9999999999954802,
        0.9999999999997,
        1.0,
    ]
)
"""The chance that a Poisson variable of mean 1 is at most 0, 1, 2, … (written out, not computed: see chance.py)."""


class Crowds:
    """The people of every chunk of one seed."""

    def __init__(self, seed: int) -> None:
        self._root = np.uint64(key_of(seed, "arrivals"))

    def places(self, chunks: range, total: float) -> Iterator[tuple[int, float]]:
        """Yields (number, place) of the people of these chunks, by place; those beyond `total` people are left out."""
        for start in range(0, len(chunks), _BLOCK):
            block = chunks[start : start + _BLOCK]
            index, counts, keys = self._drawn(block)
            owner = np.repeat(index, counts)
            place = (np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)).astype(np.uint64)
            uniform = _uniform(np.repeat(keys, counts), place + np.uint64(2))
            places = np.sort(owner.astype(np.float64) + uniform)
            inside = places < total
            numbers = owner * np.uint64(PLACES) + place
            yield from zip(numbers[inside].tolist(), places[inside].tolist(), strict=True)

    def count(self, chunks: range) -> int:
        """How many people these chunks hold."""
        blocks = (chunks[start : start + _BLOCK] for start in range(0, len(chunks), _BLOCK))
        return sum(int(self._drawn(block)[1].sum()) for block in blocks)

    def _drawn(self, chunks: range) -> tuple[Whole, NDArray[np.int64], Whole]:
        """The chunks' indices, how many people each holds, and the keys of their streams."""
        index = np.arange(chunks.start, chunks.stop, chunks.step, dtype=np.uint64)
        keys = _mixed((index ^ self._root) + np.uint64(GAMMA))
        counts = np.searchsorted(_POISSON_ONE, _uniform(keys, np.ones_like(index)), side="right")
        return index, counts, keys


def _uniform(keys: Whole, nth: Whole) -> NDArray[np.float64]:
    """The n-th number, from 1, of each stream: what `Chance.uniform` draws there."""
    return (_mixed(keys + nth * np.uint64(GAMMA)) >> np.uint64(11)).astype(np.float64) * TO_UNIT


def _mixed(values: Whole) -> Whole:
    """What `chance.mix` makes of each: unsigned arrays wrap at 64 bits by themselves."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
