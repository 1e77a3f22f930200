"""The pace: what begins, when, and how it is counted, to the nanosecond, on a scripted clock."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacorush.fleet.dispatcher import DROP_NS, LATE_NS, NAP_S, Dispatcher

if TYPE_CHECKING:
    from collections.abc import Callable

MS = 1_000_000
T0 = 1_700_000_000_000_000_000


class Planned(NamedTuple):
    number: int
    at_ns: int


class World:
    """A clock that moves only when somebody sleeps or `busy` says so; journeys run when `run_spawned` is called."""

    def __init__(self, *, run_at_once: bool = True) -> None:
        self.now = T0 - 50 * MS
        self.counts: Counter[tuple[str, int]] = Counter()
        self.delays: list[int] = []
        self.naps: list[float] = []
        self.begun: list[tuple[int, int, int]] = []
        self.waiting: list[Callable[[], None]] = []
        self.run_at_once = run_at_once
        self.after_journey: Callable[[int], None] = lambda number: None

    def clock(self) -> int:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += round(seconds * 1e9)

    def spawn(self, begin: Callable[[], None]) -> None:
        if self.run_at_once:
            begin()
        else:
            self.waiting.append(begin)

    def run_spawned(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()

    def perform(self, number: int, due_ns: int) -> None:
        self.begun.append((number, due_ns - T0, self.now - T0))
        self.after_journey(number)

    def planned(self, second: int, number: int, at_ns: int) -> None:
        self.counts["planned", second] += 1

    def started(self, second: int, late: bool, delay_ns: int) -> None:
        self.counts["started", second] += 1
        self.counts["late", second] += late
        self.delays.append(delay_ns)

    def dropped(self, second: int) -> None:
        self.counts["dropped", second] += 1

    def dispatcher(self, max_in_flight: int = 100) -> Dispatcher:
        return Dispatcher(
            self,
            self.perform,
            clock=self.clock,
            sleep=self.sleep,
            spawn=self.spawn,
            max_in_flight=max_in_flight,
        )


def every(step_ms: int, count: int) -> list[Planned]:
    return [Planned(number, number * step_ms * MS) for number in range(count)]


def test_each_arrival_begins_at_its_instant_and_is_told_when_it_was_due() -> None:
    world = World()
    world.dispatcher().run(every(300, 8), T0)
    assert world.begun == [(n, n * 300 * MS, n * 300 * MS) for n in range(8)]
    assert +world.counts == {
        ("planned", 0): 4, ("planned", 1): 3, ("planned", 2): 1,
        ("started", 0): 4, ("started", 1): 3, ("started", 2): 1,
    }  # fmt: skip


def test_no_sleep_is_longer_than_a_nap() -> None:
    world = World()
    world.dispatcher().run([Planned(0, 3_000 * MS)], T0)
    assert max(world.naps) == NAP_S
    assert world.begun == [(0, 3_000 * MS, 3_000 * MS)]


@pytest.mark.parametrize(
    ("delay_ns", "counted"),
    [
        (LATE_NS, {"planned", "started"}),
        (LATE_NS + 1, {"planned", "started", "late"}),
        (DROP_NS, {"planned", "started", "late"}),
        (DROP_NS + 1, {"planned", "dropped"}),
    ],
)
def test_a_start_is_late_beyond_25_ms_and_dropped_beyond_5_s(delay_ns: int, counted: set[str]) -> None:
    """Both limits are exact, on either side, where the dispatcher itself was held up."""
    world = World()
    world.now = T0 + delay_ns
    world.dispatcher().run([Planned(0, 0)], T0)
    assert +world.counts == {(name, 0): 1 for name in counted}


@pytest.mark.parametrize(
    ("delay_ns", "counted"), [(LATE_NS + 1, {"planned", "started", "late"}), (DROP_NS + 1, {"planned", "dropped"})]
)
def test_a_journey_is_judged_where_it_begins_not_where_it_was_let_go(delay_ns: int, counted: set[str]) -> None:
    """A loop that is too busy to run what was spawned is the generator's lateness, and is seen."""
    world = World(run_at_once=False)
    dispatcher = world.dispatcher()
    dispatcher.run([Planned(0, 0)], T0)
    world.now = T0 + delay_ns
    world.run_spawned()
    assert +world.counts == {(name, 0): 1 for name in counted}
    assert dispatcher.in_flight == 0


def test_a_stall_delays_nobody_behind_it() -> None:
    """No journey ends while ten arrive: all begin on time, because the dispatcher waits for none."""
    world = World(run_at_once=False)
    dispatcher = world.dispatcher()
    dispatcher.run(every(100, 10), T0)
    assert world.now == T0 + 900 * MS
    assert repr(dispatcher) == "<Dispatcher open, 10 in flight>"


def test_above_max_in_flight_arrivals_are_dropped_and_counted() -> None:
    world = World(run_at_once=False)
    dispatcher = world.dispatcher(max_in_flight=3)
    dispatcher.run(every(10, 8), T0)
    world.run_spawned()
    assert world.counts["dropped", 0] == 5
    assert [number for number, _, _ in world.begun] == [0, 1, 2]


def test_stopping_ends_the_plan_where_it_is() -> None:
    """What was not due yet is not counted as planned: nobody was kept from coming by the generator."""
    world = World()
    dispatcher = world.dispatcher()
    world.after_journey = lambda number: dispatcher.stop() if number == 2 else None
    dispatcher.run(every(100, 10), T0)
    assert world.counts == Counter({("planned", 0): 3, ("started", 0): 3, ("late", 0): 0})
    assert repr(dispatcher) == "<Dispatcher stopped, 0 in flight>"


def test_who_was_due_before_the_stop_comes_late_or_is_dropped_and_never_vanishes() -> None:
    """A loop that stood still from 0.05 s to the end of the plan at 6 s: six were due by then, and six are counted."""
    world = World()
    dispatcher = world.dispatcher()

    def stand_still(number: int) -> None:
        if number == 0:
            world.now = T0 + 6_000 * MS
            dispatcher.stop()

    world.after_journey = stand_still
    dispatcher.run([*every(10, 5), Planned(5, 6_000 * MS), Planned(6, 6_001 * MS)], T0)
    assert (world.counts["planned", 0], world.counts["dropped", 0], world.counts["started", 0]) == (5, 4, 1)
    assert (world.counts["planned", 5], world.counts["planned", 6]) == (0, 1)


def test_a_stop_before_the_first_instant_lets_nobody_begin() -> None:
    world = World()
    dispatcher = world.dispatcher()
    dispatcher.stop()
    world.now = T0 + 1
    dispatcher.run(every(100, 3), T0)
    assert +world.counts == {}


def test_a_journey_that_raises_is_no_longer_in_flight() -> None:
    def fail(number: int) -> None:
        raise RuntimeError("bug")

    world = World(run_at_once=False)
    world.after_journey = fail
    dispatcher = world.dispatcher()
    dispatcher.run([Planned(0, 0)], T0)
    with pytest.raises(RuntimeError):
        world.run_spawned()
    assert dispatcher.in_flight == 0


@given(st.lists(st.integers(0, 20 * 10**9), max_size=50), st.integers(1, 60), st.integers(0, 8 * 10**9))
def test_every_planned_arrival_is_started_or_dropped(at_ns: list[int], limit: int, hold_up_ns: int) -> None:
    """Nobody vanishes: planned = started + dropped in every second, and late ones are among the started."""
    world = World()
    world.after_journey = lambda number: setattr(world, "now", world.now + hold_up_ns)
    world.dispatcher(limit).run([Planned(n, at) for n, at in enumerate(sorted(at_ns))], T0)
    for second in {at // 10**9 for at in at_ns}:
        planned, started = world.counts["planned", second], world.counts["started", second]
        assert planned == started + world.counts["dropped", second]
        assert world.counts["late", second] <= started
    assert all(began >= due for _, due, began in world.begun)
