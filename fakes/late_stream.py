"""What leaves on a stream later than it was told: every message, and the end, by a delay of its own, in their order.

A message never overtakes the one before: a short delay behind a long one waits for it. What has not left when the call
ends is dropped.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from fakes.relayed_call import RelayedCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message

    from fakes.latency import Latency
    from fakes.timing import Timers
    from tacorush.wire.serving import Call


class LateCall(RelayedCall):
    """The call of a stream on which all that is told leaves late."""

    def __init__(self, call: Call, latency: Latency, now: Callable[[], float], timers: Timers) -> None:
        super().__init__(call)
        self._latency = latency
        self._now = now
        self._timers = timers
        self._waiting: deque[tuple[float, Callable[[], object]]] = deque()
        """When what leaves, the next first; one timer runs, for that."""
        self._ended = False
        call.on_end(self._drop)

    def answer(self, message: Message) -> None:
        """See Call; late."""
        self._later(partial(self._call.answer, message))

    def fail(self, status: int, detail: str) -> None:
        """See Call; late."""
        self._later(partial(self._call.fail, status, detail))

    def send(self, message: Message) -> bool:
        """Sends one message, late; False when the call has ended."""
        self._later(partial(self._call.send, message))
        return not self._ended

    def finish(self) -> None:
        """See Call; late."""
        self._later(self._call.finish)

    def _later(self, act: Callable[[], object]) -> None:
        if self._ended:
            return
        due = self._now() + self._latency.draw()
        if self._waiting:
            self._waiting.append((max(due, self._waiting[-1][0]), act))
        else:
            self._waiting.append((due, act))
            self._wake()

    def _wake(self) -> None:
        self._timers.later(max(0.0, self._waiting[0][0] - self._now()), self._leave)

    def _leave(self) -> None:
        if self._ended:
            return
        act = self._waiting[0][1]
        act()
        if not self._ended:
            self._waiting.popleft()
            if self._waiting:
                self._wake()

    def _drop(self) -> None:
        self._ended = True
        self._waiting.clear()
