"""The run's clock: Unix time in whole nanoseconds that never falls within a process.

It is read from the system's wall clock once and goes on by the monotonic clock from there, so that a wall clock that is
set back in the middle of a run bends no measured time. What the wall clock does meanwhile is not seen.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SECOND_NS = 1_000_000_000


def anchored_clock(
    wall_ns: Callable[[], int] = time.time_ns, monotonic_ns: Callable[[], int] = time.monotonic_ns
) -> Callable[[], int]:
    """Returns a clock that is anchored to Unix time now and monotonic from here on."""
    anchor = wall_ns() - monotonic_ns()
    return lambda: anchor + monotonic_ns()
