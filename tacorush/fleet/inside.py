"""The journeys that are under way in this process: each a bare greenlet, and together waited for or stopped.

gevent's own Greenlet and Group keep results, links and the spawner of each; nobody asks a journey for any of that, and
an empty journey in a Group cost 17 µs, in a bare greenlet 9. A greenlet whose journey has ended takes the next one,
which leaves 2. What a journey raises goes to gevent's hub, which tells it like any other greenlet's; being stopped
(GreenletExit) is no error.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from gevent import GreenletExit, get_hub
from gevent.event import Event
from greenlet import getcurrent, greenlet

if TYPE_CHECKING:
    from collections.abc import Callable


SPARE = 64
"""Greenlets that are kept for the next journeys while nobody needs them."""


class Inside:
    """Who is inside. For the greenlets of one thread."""

    def __init__(self) -> None:
        self._there: dict[greenlet, None] = {}
        self._spare: list[greenlet] = []
        self._awaited: Event | None = None

    def __repr__(self) -> str:
        return f"<Inside {len(self._there)}>"

    def __len__(self) -> int:
        return len(self._there)

    def spawn(self, journey: Callable[..., object], *words: object) -> None:
        """Lets a journey begin at the next turn of the loop, after those that were spawned before it."""
        hub = get_hub()
        carrier = self._spare.pop() if self._spare else greenlet(self._carry, hub)
        self._there[carrier] = None
        hub.loop.run_callback(carrier.switch, (journey, words))

    def join(self, timeout: float) -> bool:
        """Waits until nobody is inside, so many seconds at the most; says if that came to be."""
        if not self._there:
            return True
        self._awaited = Event()
        return self._awaited.wait(timeout)

    def kill(self, timeout: float) -> bool:
        """Stops everybody where they are and waits, so many seconds at the most, until they have left."""
        loop = get_hub().loop
        for journey in list(self._there):
            loop.run_callback(_stop, journey)
        return self.join(timeout)

    def _carry(self, errand: tuple[Callable[..., object], tuple[object, ...]]) -> None:
        me, hub = getcurrent(), get_hub()
        while True:
            journey, words = errand
            try:
                journey(*words)
            except GreenletExit:
                pass
            except BaseException:
                hub.handle_error(me, *sys.exc_info())
            del errand, journey, words
            self._there.pop(me, None)
            if self._awaited is not None and not self._there:
                self._awaited.set()
            if len(self._spare) >= SPARE:
                return
            self._spare.append(me)
            errand = hub.switch()


def _stop(journey: greenlet) -> None:
    if not journey.dead:
        journey.throw()
