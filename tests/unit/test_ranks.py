"""Ranks: Zipf's law and hot ones in whole numbers, the same on every machine, drawn in proportion."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.chance import Chance
from scenarios.ranks import FIRST_WEIGHT, Ranks, hot_weights, zipf_weights

CHI_SQUARE_99_9 = {9: 27.88, 11: 31.26, 19: 43.82}
"""Degrees of freedom to what chance exceeds once in a thousand times."""


def chi_square(counts: Counter[int], shares: list[float], draws: int) -> float:
    """How far counts are from what their shares let expect."""
    return sum((counts[rank] - draws * share) ** 2 / (draws * share) for rank, share in enumerate(shares))


def test_the_weights_of_zipfs_law_are_the_same_forever() -> None:
    """Golden: whole numbers, so that no machine's arithmetic has a say."""
    assert zipf_weights(6, 1.1) == GOLDEN_ZIPF
    assert zipf_weights(10_000, 0.75)[-1] == GOLDEN_LAST


GOLDEN_ZIPF = [281474976710656, 131312719781548, 84063295539131, 61259549882306, 47926176972878, 39216914057659]
GOLDEN_LAST = 281_474_976_711


def test_with_a_whole_exponent_the_weights_are_the_exact_fractions_rounded() -> None:
    for s in (1, 2, 3):
        assert zipf_weights(500, s) == [max(round(Fraction(FIRST_WEIGHT, rank**s)), 1) for rank in range(1, 501)]


def test_the_last_of_many_ranks_can_still_come_up() -> None:
    assert zipf_weights(1000, 10)[-1] == 1


def test_ten_thousand_ranks_that_weigh_alike_fit_into_one_draw() -> None:
    assert sum(zipf_weights(10_000, 1e-9)) < 1 << 64


def test_draws_by_zipfs_law_come_in_proportion() -> None:
    ranks, chance = Ranks(zipf_weights(20, 1.2)), Chance(7, "zipf")
    counts = Counter(ranks.draw(chance) for _ in range(40_000))
    weights = [1 / rank**1.2 for rank in range(1, 21)]
    assert chi_square(counts, [weight / sum(weights) for weight in weights], 40_000) < CHI_SQUARE_99_9[19]


def test_draws_of_ranks_give_the_same_values_forever() -> None:
    ranks, chance = Ranks(zipf_weights(100, 1.1)), Chance(7, "golden", 3)
    assert [ranks.draw(chance) for _ in range(8)] == GOLDEN_DRAWS
    assert ranks.sample(chance, 8) == GOLDEN_SAMPLE


GOLDEN_DRAWS = [17, 5, 0, 1, 1, 1, 0, 16]
GOLDEN_SAMPLE = [0, 12, 33, 87, 1, 81, 8, 3]


def test_a_hot_rank_has_its_share_and_the_others_the_rest_in_equal_parts() -> None:
    ranks = Ranks(hot_weights(11, 0.9))
    assert [ranks.share(rank) for rank in range(11)] == pytest.approx([0.9, *[0.01] * 10], abs=1e-15)


def test_with_a_share_of_all_nobody_comes_to_another() -> None:
    ranks, chance = Ranks(hot_weights(100, 1)), Chance(1)
    assert {ranks.draw(chance) for _ in range(1000)} == {0}
    assert ranks.sample(chance, 5) == [0]


def test_a_hot_one_of_one_is_all_there_is() -> None:
    assert hot_weights(1, 0.3) == [1]


@given(st.lists(st.integers(0, 20), min_size=1, max_size=12), st.integers(0, 15), st.integers(0, 2**64 - 1))
def test_a_sample_has_different_ranks_and_none_without_weight(weights: list[int], count: int, seed: int) -> None:
    if not any(weights):
        weights[0] = 1
    drawn = Ranks(weights).sample(Chance(seed), count)
    assert len(set(drawn)) == len(drawn) == min(count, sum(weight > 0 for weight in weights))
    assert all(weights[rank] for rank in drawn)


def test_samples_follow_the_weights_of_what_is_left() -> None:
    """Every ordered pair of four ranks comes as often as drawing without putting back lets expect."""
    weights = [5, 3, 0, 2, 4]
    ranks, chance = Ranks(weights), Chance(7, "pairs")
    counts = Counter(tuple(ranks.sample(chance, 2)) for _ in range(60_000))
    whole = sum(weights)
    expected = {
        (one, other): weights[one] / whole * weights[other] / (whole - weights[one])
        for one, other in permutations((0, 1, 3, 4), 2)
    }
    assert set(counts) == set(expected)
    off = sum((counts[pair] - 60_000 * share) ** 2 / (60_000 * share) for pair, share in expected.items())
    assert off < CHI_SQUARE_99_9[11]


def test_a_draw_falls_where_a_walk_through_the_weights_finds_it() -> None:
    """The table against the plain way, over the same numbers."""
    weights = [random.Random(3).randrange(5) for _ in range(50)]
    ranks, one, other = Ranks(weights), Chance(9), Chance(9)
    for _ in range(2000):
        mark, found = other.below(sum(weights)), 0
        while mark >= weights[found]:
            mark -= weights[found]
            found += 1
        assert ranks.draw(one) == found


@pytest.mark.parametrize("weights", [[], [0, 0], [1 << 64]])
def test_weights_that_cannot_be_drawn_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="the weights of ranks must add up to more than 0 and less than"):
        Ranks(weights)
