"""How time passes for a crowd: the port that lets the same journeys run on plain threads, on gevent, or on a script."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tacorush.wire.channel import Clock

T = TypeVar("T")


class Io(Protocol):
    """Sleep, clock and concurrency of the process that carries the journeys."""

    def clock(self) -> int:
        """Reads the run's clock: Unix time in nanoseconds, never falling within a process."""
        ...

    def sleep(self, seconds: float) -> None:
        """Lets this much time pass for the caller alone."""
        ...

    def together(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """Runs the calls at the same time and returns what they return, in their order."""
        ...


class ThreadIo:
    """`Io` on plain threads: for small runs and tests, not for a crowd."""

    def __init__(self, clock: Clock = time.time_ns) -> None:
        self._clock = clock

    def clock(self) -> int:
        """Reads the clock that was handed in."""
        return self._clock()

    def sleep(self, seconds: float) -> None:
        """Sleeps on this thread."""
        time.sleep(max(seconds, 0.0))

    def together(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """Runs each call on a thread of its own; raises what the first of them raised, once all have ended."""
        outcomes: list[T | BaseException] = [RuntimeError("never ran")] * len(calls)

        def run(index: int, call: Callable[[], T]) -> None:
            try:
                outcomes[index] = call()
            except BaseException as error:
                outcomes[index] = error

        threads = [threading.Thread(target=run, args=place) for place in enumerate(calls)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        results: list[T] = []
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
            results.append(outcome)
        return results
