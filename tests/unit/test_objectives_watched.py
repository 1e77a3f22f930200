"""Objectives watched while a run goes on: what ends it early, what does not, and how soon."""

from __future__ import annotations

from typing import Any

import yaml

from reports.objectives.watching import LOOKS, Watch, watch
from tacorush.evidence.records import ArrivalSecond, Delta
from tests.unit.written_run import CREATE, JOIN, Written

ABOUT = {"mode": "open", "duration_s": 300, "phases": [{"name": "peak", "from_s": 100.0, "to_s": 200.0}]}


def watching(**fields: Any) -> Watch:
    """What watches one objective with these fields."""
    row = {"name": "asked", "metric": "response_ms", "expression": "p(95)<500", "abort": {"grace": "10s"}, **fields}
    found = watch(yaml.safe_dump({"objectives": [row]}), "here", ABOUT)
    assert found is not None
    return found


def second_of(second: int, *values_ms: float, method: str = JOIN, **call: Any) -> Delta:
    """What one process saw in one second, calls of 60 times each of these times."""
    run = Written().call(second, *values_ms * 60, method=method, **call)
    return Delta("local", second + 1, cells=dict(run.written_cells), arrivals=[ArrivalSecond(second, 10, 10)])


def first_told(watched: Watch, slow_ms: float, seconds: int = 100, method: str = JOIN, **call: Any) -> int | None:
    """The second in which a run of such calls is ended, looked at every 5 s; None when it is not."""
    for second in range(seconds):
        watched.take(second_of(second, slow_ms, method=method, **call))
        if second % 5 == 0 and watched.hopeless(second, 0):
            return second
    return None


def test_a_run_that_misses_with_its_whole_interval_is_ended_after_its_grace() -> None:
    """At the third look running that says so."""
    assert first_told(watching(), 900) == 10 + 5 * (LOOKS - 1)
    assert first_told(watching(abort={"grace": "30s"}), 900) == 30 + 5 * (LOOKS - 1)
    assert first_told(watching(abort={"grace": "10s"}, warmup="20s"), 900) == 30 + 5 * (LOOKS - 1)


def test_a_run_that_meets_its_objective_is_never_ended() -> None:
    assert first_told(watching(), 20) is None


def test_only_what_the_objective_covers_counts() -> None:
    """Another method's calls, and another phase's, end nothing."""
    only = {"where": {"method": "CreateReservation"}}
    assert first_told(watching(**only), 900) is None
    assert first_told(watching(**only), 900, method=CREATE) == 20
    assert first_told(watching(during="peak"), 900, 90) is None


def test_one_good_look_is_hope() -> None:
    """Failing twice, then passing, then failing twice: nothing is ended."""
    watched = watching(expression="avg<500")
    told = []
    for second, slow_ms in enumerate([900] * 16 + [1] * 200):
        watched.take(second_of(second, slow_ms))
        if second % 5 == 0:
            told.append(watched.hopeless(second, 0))
    assert set(told) == {""}


def test_windows_end_a_run_once_more_missed_than_may_of_all_that_are_planned() -> None:
    """Of 30 windows of 10 s three may miss: the fourth ends it, and without a tolerance the first."""
    assert first_told(watching(every="10s, at most 1 window of 10 may miss"), 900) == 40
    assert first_told(watching(every="10s"), 900) == 10


def test_a_seat_sold_twice_ends_a_run_that_asks_for_none() -> None:
    """As seen in the answers; the audit proves it afterwards."""
    watched = watching(metric="oversell", expression="count==0", abort=True)
    assert watched.hopeless(20, 0) == ""
    assert watched.hopeless(5, 1) == ""
    assert watched.hopeless(20, 1) == "asked: 1 seen, asked for count==0"


def test_what_is_told_is_the_objective_and_what_was_measured() -> None:
    """As the verdict will say it."""
    watched = watching()
    told = ""
    for second in range(40):
        watched.take(second_of(second, 900.0))
        told = told or watched.hopeless(second, 0)
    assert told == "asked: P95 900 ms, asked for < 500 ms"


def test_errors_and_journeys_are_watched_too() -> None:
    """Half of the calls failed; every journey did."""
    watched = watching(metric="errors", expression="rate<0.01")
    for second in range(30):
        watched.take(second_of(second, 10.0))
        watched.take(second_of(second, 10.0, outcome="failed", code="INTERNAL"))
        told = watched.hopeless(second, 0)
    assert told.startswith("asked: 50 % (")
    watched = watching(metric="journeys", expression="rate>=0.9", where={"outcome": "ticket"})
    for second in range(30):
        run = Written().journeys(40, "failed")
        watched.take(Delta("local", second + 1, cells=dict(run.written_cells)))
        told = watched.hopeless(second, 0)
    assert told.startswith("asked: 0 % (")


def test_without_an_objective_that_may_end_a_run_nothing_is_watched() -> None:
    """Watching costs nothing then."""
    assert watch("objectives:\n  - {name: a, metric: errors, expression: rate<0.01}", "here", ABOUT) is None
