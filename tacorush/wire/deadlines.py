"""Deadlines of calls: one timer for all, and a constant cost a call.

Calls with the same length of deadline expire in the order in which they began, so each length has a queue of its own
and only its front is looked at; calls that have ended are dropped when they come to the front. A channel's calls have a
handful of lengths; a length whose queue has run empty is forgotten.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from tacorush.wire.calling import ClientCall


class Timer(Protocol):
    """What the loop offers: one shot, started again at will."""

    def start(self, delay_s: float, callback: Callable[[], None]) -> None:
        """Calls back once after the delay; a start that was not due yet is replaced."""
        ...

    def stop(self) -> None:
        """Forgets what was started."""
        ...


class Deadlines:
    """Calls that go on, each until its `deadline_ns`; `expire` gets those whose deadline has passed."""

    def __init__(self, clock: Callable[[], int], timer: Timer, expire: Callable[[list[ClientCall]], None]) -> None:
        self._clock, self._timer, self._expire = clock, timer, expire
        self._queues: dict[float, deque[ClientCall]] = {}
        self._due_ns = 0
        """When the timer fires; 0 while it is not started."""

    def __repr__(self) -> str:
        return f"<Deadlines {sum(map(len, self._queues.values()))} kept, of {len(self._queues)} lengths>"

    def add(self, call: ClientCall, seconds: float) -> None:
        """Watches a call whose `deadline_ns` lies this many seconds ahead."""
        queue = self._queues.get(seconds)
        if queue is None:
            queue = self._queues[seconds] = deque()
        # Calls end about in the order in which they began. Two out for one in: who has ended does not stay until the
        # deadline, 12,000 calls at 20,000 a second, memory that is cold when it is used again.
        if queue and queue[0].status >= 0:
            queue.popleft()
            if queue and queue[0].status >= 0:
                queue.popleft()
        queue.append(call)
        if not self._due_ns or call.deadline_ns < self._due_ns:
            self._due_ns = call.deadline_ns
            self._timer.start(seconds, self._fire)

    def close(self) -> None:
        """Watches nothing any more."""
        self._queues.clear()
        self._timer.stop()
        self._due_ns = 0

    def _fire(self) -> None:
        now_ns = self._clock()
        expired: list[ClientCall] = []
        for seconds, queue in list(self._queues.items()):
            while queue and (queue[0].status >= 0 or queue[0].deadline_ns <= now_ns):
                call = queue.popleft()
                if call.status < 0:
                    expired.append(call)
            if not queue:
                del self._queues[seconds]
        self._due_ns = min((queue[0].deadline_ns for queue in self._queues.values()), default=0)
        if self._due_ns:
            self._timer.start(max((self._due_ns - now_ns) / 1e9, 0.0), self._fire)
        if expired:
            self._expire(expired)
