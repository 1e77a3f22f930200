"""Chance that repeats: a keyed counter-based generator, the same numbers on every machine and every Python.

The i-th number of a stream is `mix(key + (i + 1) * GAMMA)`, where `mix` is the finalizer of splitmix64 (Steele, Lea and
Flood 2014, with Stafford's constants) and GAMMA the odd integer next to 2**64 over the golden ratio. The key is made of
the seed and any number of further keys (numbers or words), so that every arrival, user and choice owns a stream of its
own and no draw depends on who drew before. Only integer arithmetic and one exact division by a power of two are used:
library generators change between versions, and logarithms between C libraries; neither occurs here.
"""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

T = TypeVar("T")

MASK = (1 << 64) - 1
GAMMA = 0x9E3779B97F4A7C15
_FNV_OFFSET = 0xCBF29CE484222325
_FNV_PRIME = 0x100000001B3
TO_UNIT = 1.0 / (1 << 53)


def mix(value: int) -> int:
    """Scatters 64 bits over 64 bits, one to one."""
    value &= MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def _number(key: int | str) -> int:
    if isinstance(key, int):
        return key & MASK
    fold = _FNV_OFFSET
    for byte in key.encode():
        fold = ((fold ^ byte) * _FNV_PRIME) & MASK
    return fold


def key_of(seed: int | str, *keys: int | str) -> int:
    """Returns the 64-bit key of the stream that belongs to a seed and further keys; their order matters."""
    return further_key(mix(_number(seed) + GAMMA), *keys)


def further_key(key: int, *keys: int | str) -> int:
    """Goes on from a key that `key_of` returned: `further_key(key_of(a, b), c)` is `key_of(a, b, c)`."""
    folded = key
    for key_or_word in keys:
        folded = mix((folded ^ _number(key_or_word)) + GAMMA)
    return folded


class Lots(NamedTuple, Generic[T]):
    """Options with their weights, made ready for many draws."""

    options: tuple[tuple[T, float], ...]
    total: float

    @classmethod
    def of(cls, options: Iterable[tuple[T, float]]) -> Lots[T]:
        """Makes lots of (option, weight); raises ValueError unless one weight is above 0."""
        kept = tuple(options)
        # Python 3.12 changed how `sum` rounds; this is rounded once, everywhere.
        total = fsum(weight for _, weight in kept)
        if total <= 0:
            raise ValueError("cannot draw from options without weight")
        return cls(kept, total)


class Chance:
    """One stream of chance. Equal seed and keys give equal streams; any difference gives an unrelated one."""

    __slots__ = ("_state",)

    def __init__(self, seed: int | str, *keys: int | str) -> None:
        self._state = key_of(seed, *keys)

    @classmethod
    def of_key(cls, key: int) -> Chance:
        """The stream of a key that was made already: that of `key_of(a, b)` is `Chance(a, b)`."""
        chance = cls.__new__(cls)
        chance._state = key
        return chance

    def uint64(self) -> int:
        """Draws a whole number, 0 to 2**64 - 1."""
        self._state = (self._state + GAMMA) & MASK
        return mix(self._state)

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """Draws a number from [low, high), in steps of the range over 2**53."""
        return low + (high - low) * ((self.uint64() >> 11) * TO_UNIT)

    def below(self, bound: int) -> int:
        """Draws a whole number, 0 to bound - 1 (bias below bound / 2**64). Raises ValueError for a bound under 1."""
        if bound < 1:
            raise ValueError(f"cannot draw a number below {bound}")
        self._state = state = (self._state + GAMMA) & MASK
        return (mix(state) * bound) >> 64

    def choice(self, options: Sequence[T]) -> T:
        """Draws one of the options, each as likely. Raises ValueError when there is none."""
        return options[self.below(len(options))]

    def weighted(self, options: Sequence[tuple[T, float]]) -> T:
        """Draws one of (option, weight), in proportion to the weights. Raises ValueError unless one is above 0."""
        return self.draw(Lots.of(options))

    def draw(self, lots: Lots[T]) -> T:
        """Draws one of the options, in proportion to the weights."""
        options, total = lots
        if len(options) == 1:
            # There is no choice, but the stream goes on as if there had been one.
            self._state = (self._state + GAMMA) & MASK
            return options[0][0]
        self._state = state = (self._state + GAMMA) & MASK
        mark = total * ((mix(state) >> 11) * TO_UNIT)
        for option, weight in options:
            mark -= weight
            if mark < 0:
                return option
        return next(option for option, weight in reversed(options) if weight > 0)

    def sample(self, options: Sequence[T], count: int) -> list[T]:
        """Draws up to `count` different places of the sequence, in the order drawn."""
        pool = list(options)
        return [pool.pop(self.below(len(pool))) for _ in range(min(count, len(pool)))]

    def exponential(self, mean: float) -> float:
        """Draws from the exponential distribution by von Neumann's comparisons (1951), without a logarithm.

        Runs of falling uniforms: a run of odd length accepts its first number as the fraction, every rejected run adds
        one whole mean.
        """
        whole = 0
        while True:
            first = last = self.uniform()
            accepted = True
            while (following := self.uniform()) < last:
                last = following
                accepted = not accepted
            if accepted:
                return mean * (whole + first)
            whole += 1
