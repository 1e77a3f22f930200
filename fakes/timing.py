"""When things happen: the port for timers, the agenda of the platform on top of it, and a scripted time for trials.

The agenda is one heap of appointments with one armed timer, for the earliest. `run_due` may also be called at any
moment; the platform does so before each call, so that an answer never depends on how punctual a timer was.
"""

from __future__ import annotations

import heapq
import itertools
import math
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Cancellable(Protocol):
    """Something that was going to happen."""

    def cancel(self) -> None:
        """It does not happen any more; harmless when it already has."""
        ...


class Timers(Protocol):
    """What wakes the platform; an asyncio loop's `call_later` fits."""

    def later(self, delay_s: float, act: Callable[[], None]) -> Cancellable:
        """Calls `act` once, `delay_s` seconds from now or a little later, on the thread of the platform."""
        ...


class Appointment:
    """One thing on the agenda."""

    __slots__ = ("act", "when")

    def __init__(self, when: float, act: Callable[[], None]) -> None:
        self.when = when
        self.act: Callable[[], None] | None = act

    def cancel(self) -> None:
        """Takes it off the agenda."""
        self.act = None


class Agenda:
    """What will happen, in order of time, then of entry."""

    def __init__(self, now: Callable[[], float], timers: Timers) -> None:
        self._now = now
        self._timers = timers
        self._heap: list[tuple[float, int, Appointment]] = []
        self._entries = itertools.count()
        self._armed: Cancellable | None = None
        self._armed_for = math.inf
        self._closed = False

    def at(self, when: float, act: Callable[[], None]) -> Appointment:
        """Calls `act` when the time is `when` (Unix seconds)."""
        appointment = Appointment(when, act)
        if not self._closed:
            heapq.heappush(self._heap, (when, next(self._entries), appointment))
            self._arm()
        return appointment

    def close(self) -> None:
        """Forgets everything that was going to happen, and takes nothing more: whose agenda it was has died."""
        self._closed = True
        self._heap.clear()

    def run_due(self) -> None:
        """Does all that is due now, appointments included that these make for now or earlier."""
        now = self._now()
        if self._heap and self._heap[0][0] <= now:
            while self._heap and self._heap[0][0] <= now:
                appointment = heapq.heappop(self._heap)[2]
                act, appointment.act = appointment.act, None
                if act is not None:
                    act()
            self._arm()

    def _arm(self) -> None:
        earliest = self._heap[0][0] if self._heap else math.inf
        if earliest < self._armed_for:
            if self._armed is not None:
                self._armed.cancel()
            self._armed_for = earliest
            self._armed = self._timers.later(max(0.0, earliest - self._now()), self._wake)

    def _wake(self) -> None:
        self._armed, self._armed_for = None, math.inf
        self.run_due()
        self._arm()


class Alarm:
    """Wakes a keeper of deadlines at the earliest of them, with one appointment however many there are."""

    def __init__(self, agenda: Agenda, now: Callable[[], float], ring: Callable[[float], float]) -> None:
        """`ring(now)` deals with what is due and returns the next deadline, inf for none."""
        self._agenda = agenda
        self._now = now
        self._ring = ring
        self._set: Appointment | None = None

    def by(self, when: float) -> None:
        """Rings at `when` at the latest."""
        if self._set is not None:
            if self._set.when <= when:
                return
            self._set.cancel()
        self._set = self._agenda.at(when, self._fire) if when < math.inf else None

    def _fire(self) -> None:
        self._set = None
        self.by(self._ring(self._now()))


class ScriptedTime:
    """A clock and its timers that move only when told: the whole platform in a test, or in a trial, without waiting."""

    def __init__(self, start: float = 1_760_000_000.0) -> None:
        self._time = start
        self._heap: list[tuple[float, int, Appointment]] = []
        self._entries = itertools.count()

    def now(self) -> float:
        """The scripted time, Unix seconds."""
        return self._time

    def later(self, delay_s: float, act: Callable[[], None]) -> Appointment:
        """See Timers."""
        appointment = Appointment(self._time + delay_s, act)
        heapq.heappush(self._heap, (appointment.when, next(self._entries), appointment))
        return appointment

    def advance(self, seconds: float) -> None:
        """Lets the time pass, and each timer fire at its own moment."""
        until = self._time + seconds
        while self._heap and self._heap[0][0] <= until:
            appointment = heapq.heappop(self._heap)[2]
            self._time = max(self._time, appointment.when)
            act, appointment.act = appointment.act, None
            if act is not None:
                act()
        self._time = until
