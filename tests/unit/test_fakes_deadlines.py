"""Ends in whatever order they are added leave by time, then by coming."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.deadlines import Deadlines


@given(st.lists(st.one_of(st.integers(0, 9), st.none()), max_size=80))
def test_deadlines_equal_a_sorted_list(steps: list[int | None]) -> None:
    """A number is an end to add; None takes the earliest."""
    ends, naive = Deadlines(), list[tuple[float, str]]()
    for number, step in enumerate(steps):
        if step is not None:
            ends.add(step, str(number))
            naive.append((step, str(number)))
            naive.sort(key=lambda entry: entry[0])
        elif naive:
            assert ends.take() == naive.pop(0)
        assert ends.next == (naive[0][0] if naive else math.inf)
        assert len(ends) == len(naive)


def test_what_was_taken_does_not_pile_up() -> None:
    ends = Deadlines()
    for number in range(10_000):
        ends.add(number, "")
        if number >= 10:
            assert ends.take() == (number - 10, "")
    assert len(ends) == 10
    assert len(ends._entries) <= 2 * 1024


def test_there_is_nothing_to_take_where_nothing_ends() -> None:
    with pytest.raises(IndexError):
        Deadlines().take()
