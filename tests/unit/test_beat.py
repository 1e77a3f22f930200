"""The generator's own lag: each beat by as much as it came late, and none that a stall swallowed is forgotten."""

from __future__ import annotations

from tacorush.fleet.beat import beat

MS = 1_000_000


def lags(*overslept_ms: int) -> list[int]:
    """What is recorded where the sleeps take so much longer than asked, in milliseconds."""
    found: list[int] = []
    left = list(overslept_ms)
    now = [0]

    def sleep(seconds: float) -> None:
        now[0] += round(seconds * 1e9) + left.pop(0) * MS

    beat(lambda: now[0], sleep, lambda lag_ns: found.append(lag_ns // MS), lambda: bool(left))
    return found


def test_each_beat_is_recorded_by_as_much_as_it_came_late() -> None:
    assert lags(0, 3, 0) == [0, 3, 0]


def test_beats_that_a_stall_swallowed_are_recorded_too() -> None:
    """A stall of 35 ms kept four beats waiting, and the share of time that it took shows in the percentiles."""
    assert lags(0, 35, 0) == [0, 35, 25, 15, 5, 0]
    assert lags(10) == [10]
