"""How far the generator itself lags: a beat every 10 ms, and how late each one came.

A beat is due 10 ms after the last one woke. What it is late by, every callback of the process is late by, the one that
takes in an answer included: that is why it stands beside the latencies. The beats that a stall swallowed are recorded
as well, each by as much as it was late when the stall ended: else a stall of four seconds were one sample among
thousands, and no percentile would show it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tacorush.wire.channel import Clock

BEAT_NS = 10_000_000


def beat(
    clock: Clock, sleep: Callable[[float], None], record: Callable[[int], None], go_on: Callable[[], bool]
) -> None:
    """Beats while `go_on` says so, and records by how many nanoseconds each beat came late, swallowed ones too."""
    due_ns = clock() + BEAT_NS
    while go_on():
        sleep(max(0.0, (due_ns - clock()) / 1e9))
        woke_ns = clock()
        record(max(0, woke_ns - due_ns))
        for late_ns in range(woke_ns - due_ns - BEAT_NS, 0, -BEAT_NS):
            record(late_ns)
        due_ns = woke_ns + BEAT_NS
