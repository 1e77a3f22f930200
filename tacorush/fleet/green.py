"""Time and concurrency of gevent, behind the port that journeys use: a sleep lets other greenlets run."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import gevent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tacorush.wire.channel import Clock

T = TypeVar("T")


class GreenIo:
    """`scenarios.concurrency.Io` on greenlets."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        """Reads the run's clock."""

    def sleep(self, seconds: float) -> None:
        """Lets other greenlets run for this long."""
        gevent.sleep(max(seconds, 0.0))

    def together(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """Runs each call in a greenlet of its own; raises what the first of them raised, once all have ended.

        Who is stopped while waiting stops them, so that each writes down what it was about before the run ends.
        """
        greenlets = [gevent.Greenlet(_outcome, call) for call in calls]
        for greenlet in greenlets:
            greenlet.start()
        try:
            gevent.joinall(greenlets)
        except BaseException:
            gevent.killall(greenlets)
            raise
        results: list[T] = []
        for greenlet in greenlets:
            outcome = greenlet.get(block=False)
            if isinstance(outcome, Exception):
                raise outcome
            results.append(outcome)
        return results


def _outcome(call: Callable[[], T]) -> T | Exception:
    # Caught here, for gevent prints a traceback of whatever ends a greenlet; it is raised again for whoever waits.
    try:
        return call()
    except Exception as failure:
        return failure
