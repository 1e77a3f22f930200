"""Those inside: begun in their order, waited for, stopped, and told when they fail."""

from __future__ import annotations

import gevent
import pytest
from gevent.event import Event

from tacorush.fleet.inside import Inside


def test_journeys_begin_in_their_order_and_are_gone_when_they_end() -> None:
    inside, begun = Inside(), list[int]()
    for number in range(3):
        inside.spawn(begun.append, number)
    assert (begun, len(inside)) == ([], 3)
    assert inside.join(20)
    assert (begun, len(inside)) == ([0, 1, 2], 0)


def test_waiting_ends_with_the_last_who_leaves() -> None:
    inside, doors = Inside(), [Event(), Event()]
    for door in doors:
        inside.spawn(door.wait)
    assert not inside.join(0.001)
    doors[0].set()
    assert not inside.join(0.001)
    gevent.spawn(doors[1].set)
    assert inside.join(20)


def test_whoever_is_stopped_may_write_down_what_was_left_open() -> None:
    """Also one that has not begun: it begins, and is stopped at its first wait."""
    inside, left = Inside(), list[str]()

    def journey(name: str) -> None:
        try:
            Event().wait()
        finally:
            gevent.sleep(0)
            left.append(name)

    inside.spawn(journey, "under way")
    gevent.sleep(0)
    inside.spawn(journey, "not begun")
    assert inside.kill(20)
    assert (left, len(inside)) == (["under way", "not begun"], 0)


def test_an_error_is_told_and_the_others_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    inside, ended = Inside(), list[int]()

    def fail() -> None:
        raise RuntimeError("a bug")

    inside.spawn(fail)
    inside.spawn(ended.append, 1)
    assert inside.join(20)
    assert ended == [1]
    assert "RuntimeError: a bug" in capsys.readouterr().err
