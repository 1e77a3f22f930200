"""Deadlines by a scripted timer and clock, and how long is waited between two attempts to connect."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tacorush.wire import status as codes
from tacorush.wire.backoff import FIRST_S, GROWTH, JITTER, LONGEST_S, Backoff
from tacorush.wire.calling import ClientCall
from tacorush.wire.deadlines import Deadlines

if TYPE_CHECKING:
    from collections.abc import Callable

unhurried = hypothesis_settings(deadline=None)

# Deadlines


class Clockwork:
    """A clock and a timer in one: time passes by `pass_to`, which fires the timer whenever it is due."""

    def __init__(self) -> None:
        self.now_ns = 1
        self.due_ns: int | None = None
        self.callback: Callable[[], None] | None = None
        self.starts: list[float] = []

    def clock(self) -> int:
        return self.now_ns

    def start(self, delay_s: float, callback: Callable[[], None]) -> None:
        assert delay_s >= 0
        self.due_ns, self.callback = self.now_ns + math.ceil(delay_s * 1e9), callback
        self.starts.append(delay_s)

    def stop(self) -> None:
        self.due_ns = None

    def pass_to(self, seconds: float) -> None:
        until = round(seconds * 1e9) + 1
        while self.due_ns is not None and self.due_ns <= until:
            self.now_ns, self.due_ns = max(self.due_ns, self.now_ns), None
            assert self.callback is not None
            self.callback()
        self.now_ns = until


class Watched:
    """Deadlines with a clockwork, and who expired when (in seconds)."""

    def __init__(self) -> None:
        self.clockwork = Clockwork()
        self.expired: list[tuple[float, list[str]]] = []
        self.deadlines = Deadlines(self.clockwork.clock, self.clockwork, self._expire)

    def _expire(self, calls: list[ClientCall]) -> None:
        self.expired.append(((self.clockwork.now_ns - 1) / 1e9, [call.waiter for call in calls]))
        for call in calls:
            call.end(codes.DEADLINE_EXCEEDED, "", "unanswered")

    def begin(self, name: str, seconds: float) -> ClientCall:
        call = ClientCall()
        call.waiter = name
        call.deadline_ns = self.clockwork.now_ns + round(seconds * 1e9)
        self.deadlines.add(call, seconds)
        return call


def test_calls_expire_in_the_order_of_their_deadlines_and_the_timer_starts_early_for_a_shorter_one() -> None:
    watched = Watched()
    watched.begin("long", 5)
    watched.begin("short", 1)
    watched.begin("middle", 2)
    assert watched.clockwork.starts == [5, 1]
    watched.clockwork.pass_to(0.5)
    watched.begin("short again", 1)
    watched.clockwork.pass_to(10)
    assert watched.expired == [(1, ["short"]), (1.5, ["short again"]), (2, ["middle"]), (5, ["long"])]
    assert repr(watched.deadlines) == "<Deadlines 0 kept, of 0 lengths>"
    assert watched.clockwork.due_ns is None


def test_calls_that_have_ended_are_dropped_and_do_not_expire() -> None:
    watched = Watched()
    calls = [watched.begin(str(number), 1) for number in range(3)]
    other = watched.begin("other", 1.25)
    calls[0].end(0, "", "answered")
    calls[2].end(0, "", "answered")
    other.end(0, "", "answered")
    assert repr(watched.deadlines) == "<Deadlines 4 kept, of 2 lengths>"
    watched.clockwork.pass_to(1)
    assert watched.expired == [(1, ["1"])]
    assert repr(watched.deadlines) == "<Deadlines 0 kept, of 0 lengths>"
    assert watched.clockwork.due_ns is None


def test_a_timer_that_is_late_expires_all_at_once_and_goes_on() -> None:
    watched = Watched()
    watched.begin("one", 1)
    watched.begin("two", 2)
    watched.begin("nine", 9)
    watched.clockwork.now_ns += 3 * 10**9
    watched.clockwork.pass_to(20)
    assert watched.expired == [(3, ["one", "two"]), (9, ["nine"])]


def test_a_call_may_begin_while_others_expire_and_closing_watches_nothing_any_more() -> None:
    watched = Watched()
    watched.begin("one", 1)
    watched.clockwork.pass_to(1)
    watched.begin("two", 1)
    watched.clockwork.pass_to(2)
    watched.begin("three", 1)
    watched.deadlines.close()
    watched.clockwork.pass_to(9)
    assert [names for _, names in watched.expired] == [["one"], ["two"]]
    watched.begin("four", 1)
    watched.clockwork.pass_to(11)
    assert watched.expired[-1] == (10, ["four"])


@unhurried
@given(
    begun=st.lists(st.tuples(st.integers(0, 50), st.sampled_from([1, 5, 30]), st.booleans()), max_size=30).map(sorted)
)
def test_every_call_that_goes_on_expires_once_at_its_deadline(begun: list[tuple[int, int, bool]]) -> None:
    watched = Watched()
    expected = []
    for number, (at, length, ends) in enumerate(begun):
        watched.clockwork.pass_to(at)
        call = watched.begin(str(number), length)
        if ends:
            call.end(0, "", "answered")
        else:
            expected.append((at + length, str(number)))
    watched.clockwork.pass_to(100)
    found = [(at, name) for at, names in watched.expired for name in names]
    assert sorted(found) == sorted(expected)
    assert all(one <= other for (one, _), (other, _) in pairwise(found))
    assert watched.deadlines._queues == {}


# Waits between attempts


@given(chances=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=20))
def test_waits_grow_to_the_longest_and_vary_by_the_jitter_only(chances: list[float]) -> None:
    left = list(chances)
    backoff = Backoff(lambda: left.pop(0))
    middle = FIRST_S
    for _ in chances:
        assert middle * (1 - JITTER) * (1 - 1e-9) <= backoff.failed() <= middle * (1 + JITTER) * (1 + 1e-9)
        middle = min(middle * GROWTH, LONGEST_S)
    assert left == []


def test_waits_without_jitter_grow_by_their_factor_and_begin_anew_after_a_success() -> None:
    backoff = Backoff(lambda: 0.5)
    waits = [backoff.failed() for _ in range(8)]
    assert waits == pytest.approx([0.1, 0.16, 0.256, 0.4096, 0.65536, 1.0, 1.0, 1.0])
    backoff.succeeded()
    assert backoff.failed() == pytest.approx(0.1)
    low, high = Backoff(lambda: 0.0), Backoff(lambda: 1.0 - 1e-12)
    assert (low.failed(), high.failed()) == pytest.approx((0.08, 0.12))
