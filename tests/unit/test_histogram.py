"""The histogram's guarantee, against an exact oracle."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacorush.evidence.histogram import (
    HIGHEST_NS,
    LOWEST_NS,
    RELATIVE_ERROR,
    ROUNDING_NS,
    Histogram,
    LayoutError,
    grouped,
)

IN_RANGE = st.integers(LOWEST_NS, HIGHEST_NS)
ANY = st.integers(0, 10 * HIGHEST_NS)
QUANTILES = st.floats(0.0, 1.0, exclude_min=True)


def exact(values: list[int], q: float) -> int:
    """The oracle: the value of rank ceil(q n)."""
    return sorted(values)[max(1, math.ceil(round(q * len(values), 6))) - 1]


@given(st.lists(IN_RANGE, min_size=1, max_size=300), QUANTILES)
def test_every_quantile_is_within_a_thousandth_of_the_exact_one(values: list[int], q: float) -> None:
    found, true = Histogram(values).quantile(q), exact(values, q)
    assert abs(found - true) <= RELATIVE_ERROR * true + ROUNDING_NS


def test_every_short_time_is_reported_within_a_thousandth_and_half_a_nanosecond() -> None:
    """From 1 µs to 20 µs, each: there the rounding to whole nanoseconds weighs most."""
    times = np.arange(LOWEST_NS, 20_000)
    reported = np.array([one.buckets()[0][0] for one in grouped(times, np.arange(len(times)), len(times))])
    assert (np.abs(reported - times) <= RELATIVE_ERROR * times + ROUNDING_NS).all()


@given(st.lists(ANY, max_size=100))
def test_count_sum_min_and_max_are_exact(values: list[int]) -> None:
    histogram = Histogram(values)
    assert (histogram.count, histogram.sum) == (len(values), sum(values))
    assert (histogram.min, histogram.max) == (min(values, default=0), max(values, default=0))


def test_the_mean_is_exact_and_zero_of_nothing() -> None:
    assert Histogram([1_000, 2_001]).mean == 1_500.5
    assert Histogram().mean == 0


def test_histograms_are_equal_when_they_hold_the_same() -> None:
    assert Histogram([5_000, 7_000]) == Histogram([7_000, 5_000])
    assert Histogram([5_000]) != Histogram([5_000, 5_000])
    assert Histogram([5_000]) != [5_000]


def test_buckets_that_were_read_do_not_change_with_the_histogram() -> None:
    histogram = Histogram([5_000])
    _, counts = histogram.buckets()
    histogram.add(5_000)
    assert counts.tolist() == [1]


@given(st.lists(st.lists(ANY, max_size=40), max_size=6))
def test_merging_equals_adding_everything_to_one(parts: list[list[int]]) -> None:
    """However values are spread over processes and seconds, the merged histogram is the same to the byte."""
    merged = Histogram()
    for part in parts:
        merged.merge(Histogram(part))
    assert merged.to_bytes() == Histogram([value for part in parts for value in part]).to_bytes()


@given(st.lists(ANY, max_size=100))
def test_bytes_come_back_as_the_same_histogram(values: list[int]) -> None:
    histogram = Histogram(values)
    again = Histogram.from_bytes(histogram.to_bytes())
    assert again == histogram
    assert list(again.bins()) == list(histogram.bins())


@given(st.lists(ANY, min_size=1, max_size=100))
def test_what_is_out_of_range_is_counted_and_clamped(values: list[int]) -> None:
    histogram = Histogram(values)
    assert histogram.below == sum(value < LOWEST_NS for value in values)
    assert histogram.above == sum(value > HIGHEST_NS for value in values)
    reported = [value for value, _ in histogram.bins()]
    assert all(LOWEST_NS * (1 - RELATIVE_ERROR) <= value <= HIGHEST_NS * (1 + RELATIVE_ERROR) for value in reported)


def test_a_histogram_of_another_layout_is_refused_with_both_quoted() -> None:
    other = Histogram([5_000])
    other.layout = 9
    with pytest.raises(LayoutError, match="a histogram of layout 9 cannot be merged into one of layout 1"):
        Histogram().merge(other)
    with pytest.raises(LayoutError, match="layout 9 cannot be read, only of layout 1"):
        Histogram.from_bytes(other.to_bytes())


@pytest.mark.parametrize("cut", [0, 5, 60, -1])
def test_bytes_that_are_cut_short_or_run_on_are_refused(cut: int) -> None:
    data = Histogram([1_000, 2_000, 3_000]).to_bytes()
    with pytest.raises(LayoutError, match="are no histogram"):
        Histogram.from_bytes(data[:cut])
    with pytest.raises(LayoutError, match="are no histogram"):
        Histogram.from_bytes(data + b"\0")


def test_a_negative_time_is_refused_and_nothing_is_added() -> None:
    histogram = Histogram()
    with pytest.raises(ValueError, match="a time cannot be negative, and -1 ns is"):
        histogram.add_many(np.array([5_000, -1], np.int64))
    assert histogram.count == 0


def test_sums_beyond_64_bits_stay_exact() -> None:
    values = np.full(2_000_000, HIGHEST_NS, np.int64)
    histogram = Histogram()
    histogram.add_many(values)
    assert histogram.sum == 2_000_000 * HIGHEST_NS > 2**63


def test_an_empty_histogram_has_no_quantile_but_zero() -> None:
    assert Histogram().quantile(0.5) == 0
    with pytest.raises(ValueError, match="above 0 and up to 1, not at 0"):
        Histogram().quantile(0)
