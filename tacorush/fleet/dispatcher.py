"""The only place that sleeps for pace: walks the planned arrivals and lets each begin at its instant.

It never waits for a journey to end, so a platform that stalls does not thin out the crowd. What the plan says and what
came of it are counted apart, each in the second for which the arrival was planned:

    begun at most 25 ms after its instant      started
    begun later, up to 5 s                     started, and late
    later still, or `max_in_flight` reached    dropped: nobody saw this person, and the report says so

A journey's beginning is judged where it begins, inside its own greenlet, because a busy loop may run it well after the
dispatcher let it go. Once stopped, nothing begins any more that was not due by then, and what is left of the plan is
not counted: a stop takes nobody along whom a busy loop only kept waiting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tacorush.fleet.clock import SECOND_NS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tacorush.wire.channel import Clock

LATE_NS = 25_000_000
"""A journey that begins later than this after its planned instant is late."""
DROP_NS = 5 * SECOND_NS
"""A journey that cannot begin within this time is dropped."""
NAP_S = 0.2
"""The longest sleep in one piece: how soon the dispatcher notices that it was stopped."""


class PlannedArrival(Protocol):
    """One arrival of the plan."""

    @property
    def number(self) -> int:
        """Its number in the whole plan."""
        ...

    @property
    def at_ns(self) -> int:
        """Its instant, in nanoseconds from T0."""
        ...


class Book(Protocol):
    """Where the dispatcher writes down what became of the arrivals of a second."""

    def planned(self, second: int, number: int, at_ns: int) -> None:
        """One arrival was due in this second."""
        ...

    def started(self, second: int, late: bool, delay_ns: int) -> None:
        """One arrival of this second has begun, `delay_ns` after its instant."""
        ...

    def dropped(self, second: int) -> None:
        """One arrival of this second will never begin."""
        ...


class Dispatcher:
    """Drives one process's stripe of the plan."""

    def __init__(
        self,
        book: Book,
        perform: Callable[[int, int], object],
        *,
        clock: Clock,
        sleep: Callable[[float], None],
        spawn: Callable[[Callable[[], None]], object],
        max_in_flight: int,
    ) -> None:
        self._book = book
        self._perform = perform
        self._clock, self._sleep, self._spawn = clock, sleep, spawn
        self._max_in_flight = max_in_flight
        self._in_flight = 0
        self._stopped_ns: int | None = None

    def __repr__(self) -> str:
        return f"<Dispatcher {'open' if self._stopped_ns is None else 'stopped'}, {self._in_flight} in flight>"

    @property
    def in_flight(self) -> int:
        """Journeys let go and not yet ended."""
        return self._in_flight

    def stop(self) -> None:
        """Lets nobody begin any more who is not due yet; `run` returns within a nap."""
        if self._stopped_ns is None:
            self._stopped_ns = self._clock()

    def run(self, arrivals: Iterable[PlannedArrival], t0_ns: int) -> None:
        """Lets every arrival begin at its instant, in their order; returns when all have, or when stopped."""
        for arrival in arrivals:
            due_ns = t0_ns + arrival.at_ns
            if not self._wait_until(due_ns):
                return
            self._book.planned(arrival.at_ns // SECOND_NS, arrival.number, arrival.at_ns)
            self._let_go(arrival.number, arrival.at_ns // SECOND_NS, due_ns)

    def _wait_until(self, due_ns: int) -> bool:
        """Sleeps until the instant; False when stopped before it. Whoever was due before the stop is not forgotten."""
        while self._stopped_ns is None or due_ns <= self._stopped_ns:
            left_ns = due_ns - self._clock()
            if left_ns <= 0:
                return True
            self._sleep(min(left_ns / 1e9, NAP_S))
        return False

    def _let_go(self, number: int, second: int, due_ns: int) -> None:
        if self._in_flight >= self._max_in_flight or self._clock() - due_ns > DROP_NS:
            self._book.dropped(second)
            return
        self._in_flight += 1
        self._spawn(lambda: self._begin(number, second, due_ns))

    def _begin(self, number: int, second: int, due_ns: int) -> None:
        try:
            delay_ns = max(0, self._clock() - due_ns)
            if delay_ns > DROP_NS:
                self._book.dropped(second)
                return
            self._book.started(second, delay_ns > LATE_NS, delay_ns)
            self._perform(number, due_ns)
        finally:
            self._in_flight -= 1
