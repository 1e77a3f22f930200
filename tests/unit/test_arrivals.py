"""Planned instants: as many as the profile says, in order, in stripes that fit together, the same on every machine."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.arrivals import PROFILES, SHAPES, SPACINGS, Schedule, Spacing, profile
from tests.examples import examples

SECOND = 1_000_000_000
SHAPES_TRIED: dict[str, list[dict[str, float]]] = {
    "constant": [{}],
    "onsale": [{}, {"half_s": 0.5}, {"half_s": 100.0}],
    "burst": [{}, {"at_s": 0.25, "window_s": 0.5}],
}
profiles = st.sampled_from([(name, shape) for name, shapes in SHAPES_TRIED.items() for shape in shapes])
rates = st.floats(0.5, 80)
lengths = st.floats(1, 20)
seeds = st.integers(0, 2**63)


def schedule(named: tuple[str, dict[str, float]], rate: float, length: float, spacing: Spacing, seed: int) -> Schedule:
    return Schedule(profile(named[0], rate, length, **named[1]), spacing, seed)


def test_every_profile_is_tried() -> None:
    assert set(SHAPES_TRIED) == set(PROFILES) == set(SHAPES)


@given(profiles, rates, lengths, st.floats(0, 1))
def test_instant_is_the_inverse_of_cumulative(
    named: tuple[str, dict[str, float]], rate: float, length: float, share: float
) -> None:
    made = profile(named[0], rate, length, **named[1])
    count = share * made.total
    at = made.instant(count)
    assert 0 <= at <= length * (1 + 1e-9)
    if named[1].get("window_s") or named[0] != "burst":
        assert made.cumulative(at) == pytest.approx(count, rel=1e-6, abs=1e-6)


@given(profiles, rates, lengths)
def test_nobody_comes_before_and_all_have_come_after(
    named: tuple[str, dict[str, float]], rate: float, length: float
) -> None:
    made = profile(named[0], rate, length, **named[1])
    assert made.cumulative(-1) == 0
    assert made.cumulative(length) == pytest.approx(made.total) == pytest.approx(rate * length)
    assert made.cumulative(length + 5) == pytest.approx(made.total)


@given(profiles, rates, lengths, st.lists(st.floats(0, 1), min_size=2, max_size=2))
@examples(60)
def test_even_counts_in_any_interval_are_its_integral_within_one(
    named: tuple[str, dict[str, float]], rate: float, length: float, ends: list[float]
) -> None:
    plan = schedule(named, rate, length, "even", 7)
    start, end = (share * length for share in sorted(ends))
    inside = sum(start <= arrival.at_ns / SECOND < end for arrival in plan.arrivals())
    if not (named[0] == "burst" and not named[1]):  # of one instant, the integral is a step
        assert abs(inside - (plan.profile.cumulative(end) - plan.profile.cumulative(start))) <= 1 + 1e-6


@given(profiles, rates, lengths, st.sampled_from(SPACINGS), seeds)
@examples(60)
def test_times_never_fall_and_lie_within_the_duration(
    named: tuple[str, dict[str, float]], rate: float, length: float, spacing: Spacing, seed: int
) -> None:
    times = [arrival.at_ns for arrival in schedule(named, rate, length, spacing, seed).arrivals()]
    assert times == sorted(times)
    assert all(0 <= at <= length * SECOND + 1 for at in times)


@given(profiles, rates, lengths, st.sampled_from(SPACINGS), seeds, st.integers(1, 7))
@examples(60)
def test_stripes_are_disjoint_and_together_complete(
    named: tuple[str, dict[str, float]], rate: float, length: float, spacing: Spacing, seed: int, workers: int
) -> None:
    plan = schedule(named, rate, length, spacing, seed)
    whole = list(plan.arrivals())
    stripes = [arrival for stripe in range(workers) for arrival in plan.arrivals(stripe, workers)]
    assert sorted(stripes) == sorted(whole)
    assert len({arrival.number for arrival in whole}) == len(whole)


def test_poisson_counts_scatter_as_a_poisson_process_does() -> None:
    """Chi-square of the counts in 1,000 seconds of mean 5 against the Poisson law, at 99.9 %."""
    plan = Schedule(profile("constant", 5, 1000), "poisson", 11)
    seconds = [0] * 1000
    for arrival in plan.arrivals():
        seconds[arrival.at_ns // SECOND] += 1
    law = [math.exp(-5) * 5**count / math.factorial(count) for count in range(11)]
    expected = [1000 * share for share in law] + [1000 * (1 - sum(law))]
    seen = [sum(count == k for count in seconds) for k in range(11)] + [sum(count > 10 for count in seconds)]
    assert sum((s - e) ** 2 / e for s, e in zip(seen, expected, strict=True)) < 31.3  # 11 degrees


@pytest.mark.parametrize(
    ("name", "rate", "length", "shape", "spacing", "count", "first", "last", "total"),
    [
        ("constant", 50, 45, {}, "even", 2250, (0, 0), (2249, 44980000000), 50602500000000),
        ("constant", 50, 45, {}, "poisson", 2252, (16, 35971783), (35937, 44939790610), 51222539297722),
        ("onsale", 20, 60, {"half_s": 10}, "even", 1200, (0, 0), (1199, 59651741294), 15212770658147),
        ("onsale", 20, 60, {"half_s": 10}, "poisson", 1173, (16, 12863591), (19186, 59936402436), 15121179148110),
        ("burst", 10, 5, {"at_s": 1, "window_s": 0.5}, "even", 50, (0, 1000000000), (49, 1490000000), 62250000000),
    ],
)
def test_the_same_seed_gives_the_same_nanoseconds_forever(
    name: str,
    rate: float,
    length: float,
    shape: dict[str, float],
    spacing: Spacing,
    count: int,
    first: tuple[int, int],
    last: tuple[int, int],
    total: int,
) -> None:
    """Golden values; the sum stands for all that lie between the first and the last."""
    planned = list(Schedule(profile(name, rate, length, **shape), spacing, 7).arrivals())
    assert (len(planned), planned[0], planned[-1]) == (count, first, last)
    assert sum(arrival.at_ns for arrival in planned) == total


def test_another_seed_moves_a_poisson_plan_and_not_an_even_one() -> None:
    made = profile("constant", 5, 10)
    assert list(Schedule(made, "poisson", 1).arrivals()) != list(Schedule(made, "poisson", 2).arrivals())
    assert list(Schedule(made, "even", 1).arrivals()) == list(Schedule(made, "even", 2).arrivals())


def test_a_burst_without_a_window_is_one_instant() -> None:
    assert {arrival.at_ns for arrival in Schedule(profile("burst", 5, 10, at_s=2), "even", 1).arrivals()} == {
        2 * SECOND
    }


@pytest.mark.parametrize(("name", "peak"), [("constant", 10.0), ("onsale", 10 * (60 + 5) / 5), ("burst", math.inf)])
def test_the_peak_is_the_highest_rate(name: str, peak: float) -> None:
    assert profile(name, 10, 60).peak() == pytest.approx(peak)


def test_about_half_of_a_sale_has_come_after_its_half_time() -> None:
    made = profile("onsale", 100, 600, half_s=5)
    assert made.cumulative(5) / made.total == pytest.approx(0.5, rel=0.01)


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(ValueError, match=r"nobody comes at 0/s for 10 s: both must be above 0"):
        profile("constant", 0, 10)
    with pytest.raises(ValueError, match=r"a burst from 9 s, 2 s long, does not fit in 10 s"):
        profile("burst", 1, 10, at_s=9, window_s=2)
    with pytest.raises(ValueError, match=r"no stripe 2 of 2: stripes count from 0"):
        Schedule(profile("constant", 1, 10), "even", 1).arrivals(2, 2)
    with pytest.raises(IndexError, match="chunk 10 of 10"):
        Schedule(profile("constant", 1, 10), "even", 1).chunk(10)
