"""Chance repeats to the bit, and its draws follow the laws that they name."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.chance import MASK, Chance, key_of, mix

GAMMA = 0x9E3779B97F4A7C15
words = st.one_of(st.integers(0, MASK), st.text(max_size=8))


def test_mix_gives_the_published_numbers_of_splitmix64() -> None:
    """The first outputs of splitmix64 from seed 0, as its authors publish them."""
    assert [mix(GAMMA * step) for step in (1, 2, 3)] == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def test_a_stream_gives_the_same_numbers_forever() -> None:
    """Golden values: a plan driven last year can be driven again."""
    chance = Chance(7, "golden", 3)
    assert [chance.uint64() for _ in range(4)] == [
        13257353821533889748,
        9340751740792790589,
        3400346844594626276,
        5683977894903565477,
    ]


def test_every_kind_of_draw_gives_the_same_values_forever() -> None:
    chance = Chance(7, "golden", 3)
    drawn = (
        chance.uniform(),
        chance.below(10),
        chance.choice("abcdef"),
        chance.exponential(2.0),
        chance.sample(range(9), 4),
        chance.weighted([("a", 1), ("b", 3)]),
    )
    assert drawn == (0.7186825907358023, 5, "b", 2.4557686873670335, [1, 5, 7, 8], "a")


@given(st.lists(words, min_size=1, max_size=4), st.lists(words, min_size=1, max_size=4))
def test_different_keys_open_different_streams(one: list[int | str], other: list[int | str]) -> None:
    assert (key_of(1, *one) == key_of(1, *other)) == (one == other)


@given(st.integers(0, MASK), st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_uniform_stays_between_its_bounds(seed: int, low: float, width: float) -> None:
    assert low <= Chance(seed).uniform(low, low + width) <= low + width


@given(st.integers(0, MASK), st.integers(1, 50), st.integers(0, 60))
def test_a_sample_has_different_members_and_no_more_than_there_are(seed: int, size: int, count: int) -> None:
    drawn = Chance(seed).sample(range(size), count)
    assert len(drawn) == len(set(drawn)) == min(size, count)
    assert set(drawn) <= set(range(size))


def test_below_draws_every_number_about_as_often() -> None:
    chance = Chance(1, "below")
    counts = [0] * 8
    for _ in range(16_000):
        counts[chance.below(8)] += 1
    assert sum((count - 2000) ** 2 / 2000 for count in counts) < 24.3  # chi-square, 7 degrees, 99.9 %


def test_weighted_draws_in_proportion_and_never_what_weighs_nothing() -> None:
    chance = Chance(2, "weighted")
    drawn = [chance.weighted([("a", 3), ("never", 0), ("b", 1)]) for _ in range(8000)]
    assert "never" not in drawn
    assert abs(drawn.count("a") - 6000) < 4 * math.sqrt(8000 * 0.75 * 0.25)


def test_the_exponential_has_its_mean_its_spread_and_its_tail() -> None:
    chance = Chance(3, "exponential")
    drawn = [chance.exponential(2.0) for _ in range(20_000)]
    assert abs(statistics.fmean(drawn) - 2.0) < 4 * 2.0 / math.sqrt(20_000)
    assert abs(statistics.stdev(drawn) - 2.0) < 0.1
    beyond = sum(value > 6.0 for value in drawn) / 20_000
    assert abs(beyond - math.exp(-3)) < 0.007


def test_drawing_from_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="cannot draw a number below 0"):
        Chance(1).choice([])
    with pytest.raises(ValueError, match="cannot draw from options without weight"):
        Chance(1).weighted([("a", 0.0)])
