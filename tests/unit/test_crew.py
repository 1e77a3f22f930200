"""One process's share of a run: who is inside at the end is waited for, and nothing that was seen is missing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import gevent
import pytest
from gevent.event import Event

from scenarios.own_journeys import OwnJourneyError
from scenarios.plan import Plan
from scenarios.scenario import load
from tacorush.evidence.recorder import Recorder
from tacorush.fleet.crew import CRASHED, OWN_FAILED, Crew, process_info
from tacorush.fleet.messages import Order

if TYPE_CHECKING:
    from collections.abc import Callable

    from tacorush.evidence.records import Delta


class Crowd:
    """Performs journeys as the script says, and writes down whose began and ended."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.settled = 0
        self.inside: Callable[[], object] = lambda: None

    def perform(self, number: int, due_ns: int) -> None:
        self.begun.append(number)
        self.inside()
        self.ended.append(number)

    def settle(self, deadline_ns: int) -> None:
        self.settled += 1


class Team:
    """A crew with its crowd and all that it handed over."""

    def __init__(self, open_loop: bool, stripe: int = 0, of: int = 1) -> None:
        plan = Plan.of(load("flow"), seed=1, run_id="r", rate=50, duration_s=1)
        order = Order("s", plan.pack(), open_loop, stripe, of, None, {"transport": "wire"}, 100)
        self.crowd, self.gate, self.freed = Crowd(), Event(), 0
        self.deltas: list[Delta] = []
        recorder = Recorder("local", time.time_ns(), time.time_ns)
        self.crew = Crew(
            order, plan, self.crowd, recorder, time.time_ns, self.deltas.append,
            process_info("local", "local", {}), self.gate, self._free,
        )  # fmt: skip

    def _free(self) -> None:
        self.freed += 1

    def counted(self, name: str) -> int:
        return sum(getattr(row, name) for delta in self.deltas for row in delta.arrivals)

    def finish(self, drain_s: float = 10) -> None:
        self.crew.end()
        self.crew.drain(drain_s)
        self.crew.finish()


def until(condition: Callable[[], bool]) -> None:
    with gevent.Timeout(20):
        while not condition():
            gevent.sleep(0.01)


def test_a_stripe_of_the_plan_comes_and_the_last_delta_is_final() -> None:
    """Half of 50 arrivals; deltas are numbered without gaps, and only the last says that it is all."""
    team = Team(open_loop=True, stripe=1, of=2)
    team.crew.begin(time.time_ns())
    until(lambda: len(team.crowd.ended) == 25)
    team.finish()
    assert (team.counted("planned"), team.counted("started") + team.counted("dropped")) == (25, 25)
    assert [delta.sequence for delta in team.deltas] == list(range(1, len(team.deltas) + 1))
    assert team.deltas[-1].info is not None
    assert team.deltas[-1].info.final
    assert (team.crowd.settled, team.freed) == (1, 1)


def test_who_is_inside_at_the_end_is_waited_for() -> None:
    team, hold = Team(open_loop=False), Event()
    team.crowd.inside = hold.wait
    team.crew.begin(time.time_ns())
    with gevent.Timeout(20):
        team.gate.wait()
    user = gevent.spawn(team.crew.walk_in)
    until(lambda: team.crowd.begun == [0])
    ending = gevent.spawn(team.finish)
    gevent.sleep(0)
    hold.set()
    ending.join(timeout=20)
    user.join(timeout=20)
    assert team.crowd.ended == [0]
    assert not team.gate.is_set()


def test_who_is_inside_beyond_the_limit_is_stopped() -> None:
    """A journey that hangs does not hang the run; it never reaches its end."""
    team = Team(open_loop=False)
    team.crowd.inside = Event().wait
    team.crew.begin(time.time_ns())
    with gevent.Timeout(20):
        team.gate.wait()
    user = gevent.spawn(team.crew.walk_in)
    until(lambda: team.crowd.begun == [0])
    team.finish(drain_s=0.05)
    user.join(timeout=20)
    assert team.crowd.ended == []


def test_a_user_that_locust_kills_leaves_its_journey_alone() -> None:
    """Otherwise a lower number of users on the web page would cut calls in two."""
    team, hold = Team(open_loop=False), Event()
    team.crowd.inside = hold.wait
    team.crew.begin(time.time_ns())
    with gevent.Timeout(20):
        team.gate.wait()
    user = gevent.spawn(team.crew.walk_in)
    until(lambda: team.crowd.begun == [0])
    user.kill()
    hold.set()
    until(lambda: team.crowd.ended == [0])
    team.finish()


def test_users_of_several_workers_never_share_a_number() -> None:
    """Numbers are names to the platform: user ids and keys come from them."""
    numbers: list[int] = []
    for stripe in (0, 1):
        team = Team(open_loop=False, stripe=stripe, of=2)
        team.crew.begin(time.time_ns())
        for _ in range(3):
            team.crew.walk_in()
        team.finish()
        numbers += team.crowd.ended
    assert sorted(numbers) == [0, 1, 2, 3, 4, 5]


def test_an_error_of_the_harness_in_a_journey_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> Any:
        raise RuntimeError("bug in a journey")

    team = Team(open_loop=False)
    team.crowd.inside = fail
    team.crew.begin(time.time_ns())
    team.crew.walk_in()
    team.finish()
    assert sum(delta.counters.get(CRASHED, 0) for delta in team.deltas) == 1
    assert "bug in a journey" in capsys.readouterr().err


def test_a_failing_journey_of_ones_own_is_counted_each_time_and_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> Any:
        raise OwnJourneyError("mine.py, line 4: the journey peek failed: ValueError: oops")

    team = Team(open_loop=False)
    team.crowd.inside = fail
    team.crew.begin(time.time_ns())
    for _ in range(3):
        team.crew.walk_in()
    team.finish()
    assert sum(delta.counters.get(OWN_FAILED, 0) for delta in team.deltas) == 3
    assert capsys.readouterr().err == "tacorush: mine.py, line 4: the journey peek failed: ValueError: oops\n"


def test_an_earlier_delta_never_says_that_it_is_the_final_one() -> None:
    """Sent again after the end, it would let the master close the books before the final one is there."""
    team = Team(open_loop=False)
    team.crew.begin(time.time_ns())
    until(lambda: bool(team.deltas))
    team.finish()
    assert [delta.info is not None and delta.info.final for delta in team.deltas] == (
        [False] * (len(team.deltas) - 1) + [True]
    )


def test_users_stay_outside_when_the_run_is_ended_before_it_began() -> None:
    team = Team(open_loop=False)
    team.crew.begin(time.time_ns() + 50_000_000)
    team.finish()
    assert not team.gate.is_set()
