"""Virtual time: in order, exact, and over as soon as nobody has anything to do."""

from __future__ import annotations

import pytest

from tacorush.cli.planning.virtual_time import VirtualTime

SECOND = 10**9


def test_whoever_sleeps_goes_on_at_his_instant_and_nobody_waits_for_it() -> None:
    io, seen = VirtualTime(0), list[tuple[str, int]]()

    def walk(name: str, step_s: float) -> None:
        for _ in range(2):
            io.sleep(step_s)
            seen.append((name, io.clock()))

    io.begin(0, lambda: walk("slow", 3600.0))
    io.begin(SECOND, lambda: walk("quick", 0.5))
    io.run(10**15)
    assert seen == [
        ("quick", 3 * SECOND // 2),
        ("quick", 2 * SECOND),
        ("slow", 3600 * SECOND),
        ("slow", 7200 * SECOND),
    ]


def test_those_of_one_instant_go_in_the_order_in_which_they_came() -> None:
    io, seen = VirtualTime(0), list[int]()
    for number in range(5):
        io.begin(SECOND, lambda number=number: seen.append(number))  # type: ignore[misc]
    io.run(SECOND)
    assert seen == [0, 1, 2, 3, 4]


def test_what_is_done_together_lasts_as_long_as_the_longest() -> None:
    io, ends = VirtualTime(0), list[int]()

    def naps(seconds: float) -> float:
        io.sleep(seconds)
        return seconds

    def together() -> None:
        assert io.together([lambda: naps(2.0), lambda: naps(1.0)]) == [2.0, 1.0]
        ends.append(io.clock())

    io.begin(0, together)
    io.run(10**12)
    assert ends == [2 * SECOND]


def test_whoever_still_sleeps_at_the_end_is_stopped_and_may_tidy_up() -> None:
    io, tidied = VirtualTime(0), list[bool]()

    def sleeps() -> None:
        try:
            io.sleep(100.0)
        finally:
            tidied.append(True)

    io.begin(0, sleeps)
    io.run(SECOND)
    assert tidied == [True]


def test_what_anybody_raises_comes_out() -> None:
    io = VirtualTime(0)
    io.begin(0, lambda: dict[str, int]()["nothing"])
    with pytest.raises(KeyError, match="nothing"):
        io.run(SECOND)
