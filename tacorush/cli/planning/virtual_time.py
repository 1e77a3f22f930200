"""Time that passes only when nobody has anything left to do: hours of a crowd in seconds, the same at every repetition.

Everybody is a greenlet of plain `greenlet` (gevent would patch the process). Whoever sleeps is put on an agenda; the
earliest of them goes on, at his instant, and those of one instant in the order in which they went to sleep.
"""

from __future__ import annotations

import heapq
import itertools
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from greenlet import getcurrent, greenlet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


class VirtualTime:
    """The port `scenarios.concurrency.Io` on an agenda. `run` is called from outside, all else from inside."""

    def __init__(self, start_ns: int) -> None:
        self._now_ns = start_ns
        self._agenda: list[tuple[int, int, greenlet]] = []
        self._entries = itertools.count()
        self._hub: greenlet | None = None

    def clock(self) -> int:
        """The virtual time, nanoseconds."""
        return self._now_ns

    def begin(self, at_ns: int, act: Callable[[], object]) -> None:
        """Lets somebody begin at an instant, or now when it has passed."""
        self._enter(at_ns, greenlet(act))

    def sleep(self, seconds: float) -> None:
        """Lets this much time pass for the caller alone."""
        self._enter(self._now_ns + round(max(seconds, 0.0) * 1e9), getcurrent())
        self._to_hub()

    def together(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """Runs the calls at the same time and returns what they return, in their order."""
        caller, done = getcurrent(), dict[int, T]()

        def run(place: int, call: Callable[[], T]) -> None:
            done[place] = call()
            if len(done) == len(calls):
                self._enter(self._now_ns, caller)

        for place, call in enumerate(calls):
            self.begin(self._now_ns, partial(run, place, call))
        self._to_hub()
        return [done[place] for place in range(len(calls))]

    def run(self, until_ns: int) -> None:
        """Lets time pass up to an instant, or until nobody has anything to do; then whoever still sleeps is gone.

        Raises what anybody inside raised.
        """
        self._hub = getcurrent()
        while self._agenda and self._agenda[0][0] <= until_ns:
            at_ns, _, one = heapq.heappop(self._agenda)
            self._now_ns = max(self._now_ns, at_ns)
            one.parent = self._hub
            one.switch()
        for _, _, one in self._agenda:
            one.throw()
        self._agenda.clear()

    def _enter(self, at_ns: int, one: greenlet) -> None:
        heapq.heappush(self._agenda, (at_ns, next(self._entries), one))

    def _to_hub(self) -> None:
        assert self._hub is not None, "nobody sleeps before `run`"
        self._hub.switch()
