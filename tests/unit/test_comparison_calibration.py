"""Of equal runs few are called different, and one that is worse is found: on made-up runs of known truth."""

from __future__ import annotations

import pytest

from benchmarks.comparison import differs, equal_pairs, found_slower, worse_pairs


def test_of_20_equal_pairs_hardly_any_differs() -> None:
    """In 17 figures each; 3 of 20 come by chance once in 13 times if 5 of 100 pairs differ, and fewer do."""
    assert sum(map(differs, equal_pairs(60, 0.3, 20))) <= 2


def test_a_method_that_takes_twice_as_long_is_found_in_a_minute() -> None:
    rows = list(worse_pairs(2.0, 60, 0.3, 5))
    assert all(map(found_slower, rows))
    assert all(any(row.beyond for row in each) for each in rows)


@pytest.mark.nightly
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("seconds", "rho"), [(300, 0.0), (300, 0.3), (300, 0.6), (60, 0.3), (600, 0.6)])
def test_of_200_equal_pairs_at_most_5_in_100_differ_in_any_figure(seconds: int, rho: float) -> None:
    assert sum(map(differs, equal_pairs(seconds, rho))) <= 10


@pytest.mark.nightly
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("factor", "found", "failed"), [(1.3, 90, 30), (1.5, 99, 97)])
def test_a_method_that_takes_longer_is_found_as_often_as_the_docs_say(factor: float, found: int, failed: int) -> None:
    """Of 100 pairs of five minutes whose seconds are much alike."""
    rows = list(worse_pairs(factor, 300, 0.6, 100))
    assert sum(map(found_slower, rows)) >= found
    assert sum(any(row.beyond for row in each) for each in rows) >= failed
