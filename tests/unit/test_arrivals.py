"""Planned instants: as many as the profile says, in order, in stripes that fit together, the same on every machine."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.arrivals import (
    SPACINGS,
    Burst,
    Chain,
    Constant,
    Counts,
    Instants,
    Line,
    Lines,
    OnSale,
    Scaled,
    Schedule,
    Shifted,
    Spacing,
    Sum,
    ramp,
    sine,
    spike,
    stages,
    step,
)
from scenarios.chance import Chance

if TYPE_CHECKING:
    from collections.abc import Callable

    from scenarios.arrivals import Profile

SECOND = 1_000_000_000

MADE: dict[str, Callable[[float, float], Profile]] = {
    "constant": Constant,
    "onsale": OnSale,
    "onsale, quick": lambda mean, length: OnSale(mean, length, 0.5),
    "onsale, slow": lambda mean, length: OnSale(mean, length, 100),
    "burst": lambda mean, length: Burst(mean, length, length / 4, length / 2),
    "ramp up": lambda mean, length: ramp(0, 2 * mean, length),
    "ramp down": lambda mean, length: ramp(2 * mean, 0, length),
    "stages": lambda mean, length: stages(0, [(length / 2, 2 * mean), (0, mean), (length / 4, mean), (length / 4, 0)]),
    "step": lambda mean, length: step([mean, 0, 3 * mean], length / 3),
    "spike": lambda mean, length: spike(mean, 9 * mean, length, length / 2, length / 8, length / 8, length / 8),
    "sine": lambda mean, length: sine(mean, length, length, 0.9, length / 2),
    "sine, several": lambda mean, length: sine(mean, length, length / 2.5, 1, 0),
    "counts": lambda mean, length: Counts(length / 10, length / 10, [round(mean), 0, 0, 7, round(2 * mean) + 1]),
    "scaled": lambda mean, length: Scaled(OnSale(mean, length), 1.7),
    "shifted": lambda mean, length: Shifted(Constant(mean, length / 2), length / 2),
    "chain": lambda mean, length: Chain([Constant(mean, length / 2), OnSale(mean, length / 2)]),
    "sum of lines": lambda mean, length: Sum([Constant(mean, length), ramp(mean, 0, length / 2)]),
    "sum of all kinds": lambda mean, length: Sum(
        [OnSale(mean, length), Shifted(Scaled(sine(mean, length / 2, length / 2, 1, 0), 0.5), length / 4)]
    ),
    "sum with a gap": lambda mean, length: Sum([Constant(mean, length / 4), Shifted(OnSale(mean, length / 4), 3)]),
}
SMOOTH = st.sampled_from(sorted(MADE))
JUMPS: dict[str, Callable[[float, float], Profile]] = {
    "burst of one instant": lambda mean, length: Burst(mean, length, length / 3),
    "instants": lambda mean, length: Instants([0, 5, 5, round(mean * SECOND), round(mean * SECOND) + 3]),
    "sum with a burst": lambda mean, length: Sum([Constant(mean, length), Burst(mean, length, length / 3)]),
    "sum with instants": lambda mean, length: Sum([Instants([7, 7, 10 * SECOND]), Constant(mean, length)]),
}
ANY = st.sampled_from(sorted(MADE | JUMPS))
rates = st.floats(0.5, 80)
lengths = st.floats(1, 20)
seeds = st.integers(0, 2**63)
UNHURRIED = settings(deadline=None)


def made(name: str, mean: float, length: float) -> Profile:
    return (MADE | JUMPS)[name](mean, length)


@UNHURRIED
@given(SMOOTH, rates, lengths, st.floats(0, 1))
def test_instant_is_the_inverse_of_cumulative(name: str, mean: float, length: float, share: float) -> None:
    profile = made(name, mean, length)
    count = share * profile.total
    at = profile.instant(count)
    assert 0 <= at <= profile.duration_s * (1 + 1e-9)
    assert profile.cumulative(at) == pytest.approx(count, rel=1e-6, abs=1e-6)


@UNHURRIED
@given(ANY, rates, lengths)
def test_nobody_comes_before_and_all_have_come_after(name: str, mean: float, length: float) -> None:
    profile = made(name, mean, length)
    assert profile.cumulative(-1) == 0
    assert profile.cumulative(profile.duration_s) == pytest.approx(profile.total)
    assert profile.cumulative(profile.duration_s + 5) == pytest.approx(profile.total)
    assert profile.instant(profile.total) <= profile.duration_s * (1 + 1e-9)
    assert profile.rate(-1) == profile.rate(profile.duration_s + 1) == 0


@UNHURRIED
@given(SMOOTH, rates, lengths, st.floats(0, 1))
def test_the_rate_is_the_slope_of_the_count_and_never_above_the_peak(
    name: str, mean: float, length: float, share: float
) -> None:
    profile = made(name, mean, length)
    at, little = share * profile.duration_s, 1e-6 * length
    if all(abs(at - corner) > 2 * little for corner in (0.0, *profile.corners())):
        slope = (profile.cumulative(at + little) - profile.cumulative(at - little)) / (2 * little)
        assert profile.rate(at) == pytest.approx(slope, rel=1e-3, abs=1e-3 * mean)
    assert profile.rate(at) <= profile.peak() * (1 + 1e-9)


@UNHURRIED
@given(SMOOTH, rates, lengths)
def test_the_peak_is_reached(name: str, mean: float, length: float) -> None:
    profile = made(name, mean, length)
    beside = [math.nextafter(corner, side) for corner in profile.corners() for side in (-math.inf, math.inf)]
    assert max(profile.rate(at) for at in beside) == pytest.approx(profile.peak(), rel=1e-6)


@UNHURRIED
@given(SMOOTH, rates, lengths, st.lists(st.floats(0, 1), min_size=2, max_size=2))
def test_even_counts_in_any_interval_are_its_integral_within_one(
    name: str, mean: float, length: float, ends: list[float]
) -> None:
    plan = Schedule(made(name, mean, length), "even", 7)
    start, end = (share * plan.profile.duration_s for share in sorted(ends))
    inside = sum(start <= arrival.at_ns / SECOND < end for arrival in plan.arrivals())
    assert abs(inside - (plan.profile.cumulative(end) - plan.profile.cumulative(start))) <= 1 + 1e-6


@UNHURRIED
@given(ANY, rates, lengths, st.sampled_from(SPACINGS), seeds)
def test_times_never_fall_and_lie_within_the_duration(
    name: str, mean: float, length: float, spacing: Spacing, seed: int
) -> None:
    plan = Schedule(made(name, mean, length), spacing, seed)
    times = [arrival.at_ns for arrival in plan.arrivals()]
    assert times == sorted(times)
    assert all(0 <= at <= plan.profile.duration_s * SECOND + 1 for at in times)
    assert len(times) == plan.planned


@UNHURRIED
@given(ANY, rates, lengths, st.sampled_from(SPACINGS), seeds, st.integers(1, 7))
def test_stripes_are_disjoint_and_together_complete(
    name: str, mean: float, length: float, spacing: Spacing, seed: int, workers: int
) -> None:
    plan = Schedule(made(name, mean, length), spacing, seed)
    whole = list(plan.arrivals())
    stripes = [arrival for stripe in range(workers) for arrival in plan.arrivals(stripe, workers)]
    assert sorted(stripes) == sorted(whole)
    assert len({arrival.number for arrival in whole}) == len(whole)


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("name", sorted(MADE | JUMPS))
def test_chunks_one_by_one_are_the_plan(name: str, spacing: Spacing) -> None:
    plan = Schedule(made(name, 3, 7), spacing, 3)
    assert [arrival for index in range(plan.chunks) for arrival in plan.chunk(index)] == list(plan.arrivals())


@pytest.mark.parametrize("name", sorted(MADE))
def test_poisson_counts_scatter_as_a_poisson_process_does(name: str) -> None:
    """Chi-square, at 99.9 %, of the counts in stretches that each expect 5, against the Poisson law."""
    profile = made(name, 200, 60)
    stretches = int(profile.total / 5)
    edges = [profile.instant(5 * stretch) for stretch in range(stretches)]
    times = (arrival.at_ns / SECOND for arrival in Schedule(profile, "poisson", 11).arrivals())
    counts = Counter(bisect_right(edges, at_s) - 1 for at_s in times)
    found = [counts[stretch] for stretch in range(stretches - 1)]
    law = [math.exp(-5) * 5**count / math.factorial(count) for count in range(11)]
    expected = [len(found) * share for share in law] + [len(found) * (1 - math.fsum(law))]
    seen = [found.count(count) for count in range(11)] + [sum(count > 10 for count in found)]
    assert math.fsum((s - e) ** 2 / e for s, e in zip(seen, expected, strict=True)) < 31.3  # 11 degrees


def test_a_poisson_chunk_is_drawn_from_its_own_stream_of_chance() -> None:
    """The arrays give, bit by bit, what `Chance` gives: the first number how many come, the next ones where."""
    plan = Schedule(Constant(1, 3000), "poisson", 2**63 + 5)
    limits = [math.fsum(math.exp(-1) / math.factorial(n) for n in range(most + 1)) for most in range(16)]
    for index in range(3000):
        chance = Chance(2**63 + 5, "arrivals", index)
        count = bisect_right(limits, chance.uniform())
        places = sorted(index + chance.uniform() for _ in range(count))
        expected = [(16 * index + place, round(at * SECOND)) for place, at in enumerate(places)]
        assert plan.chunk(index) == expected


GOLDEN: list[tuple[str, Spacing, int, tuple[int, int], tuple[int, int], int]] = [
    ("constant", "even", 590, (0, 0), (589, 17687687688), 5217867867867),
    ("constant", "poisson", 561, (16, 54011686), (9424, 17694565897), 4901125933540),
    ("onsale", "even", 590, (0, 0), (589, 17644239410), 2772720602762),
    ("onsale", "poisson", 561, (16, 11925222), (9424, 17675355957), 2530737532927),
    ("onsale, quick", "even", 590, (0, 0), (589, 17262602579), 796108537451),
    ("onsale, quick", "poisson", 561, (16, 1488254), (9424, 17504325295), 669434640043),
    ("onsale, slow", "even", 590, (0, 0), (589, 17685510192), 4934755068342),
    ("onsale, slow", "poisson", 561, (16, 45910351), (9424, 17693604409), 4628284389526),
    ("burst", "even", 590, (0, 4425000000), (589, 13268843844), 5219683933933),
    ("burst", "poisson", 561, (16, 4452005843), (9424, 13272282949), 4932987966772),
    ("ramp up", "even", 590, (0, 0), (589, 17693842773), 6956478873266),
    ("ramp up", "poisson", 561, (16, 977756024), (9424, 17697282740), 6566288661061),
    ("ramp down", "even", 590, (0, 0), (589, 17233172486), 3479050270145),
    ("ramp down", "poisson", 561, (16, 27026477), (9424, 17389865162), 3231444697833),
    ("stages", "even", 516, (0, 0), (515, 17258405581), 4451346819776),
    ("stages", "poisson", 504, (16, 691377915), (8240, 17470558041), 4397388940960),
    ("step", "even", 786, (0, 0), (785, 17691191191), 9266477977980),
    ("step", "poisson", 770, (16, 54011686), (12545, 17684035177), 9156899263062),
    ("spike", "even", 1769, (0, 0), (1768, 17693093093), 19565820746906),
    ("spike", "poisson", 1769, (16, 54011686), (28257, 17655808703), 19728346854472),
    ("sine", "even", 590, (0, 0), (589, 17577254418), 5217835109846),
    ("sine", "poisson", 561, (16, 514326067), (9424, 17645700807), 4899390250174),
    ("sine, several", "even", 590, (0, 0), (589, 17244540065), 5133516583018),
    ("sine, several", "poisson", 561, (16, 27007464), (9424, 17353703861), 4840680549921),
    ("counts", "even", 108, (0, 1770000000), (107, 10593970588), 802695000000),
    ("counts", "poisson", 105, (16, 1866469781), (1664, 10525597021), 738922102023),
    ("scaled", "even", 1002, (0, 0), (1001, 17620323397), 4702135929386),
    ("scaled", "poisson", 969, (16, 7007954), (16016, 17691049441), 4465929499792),
    ("shifted", "even", 295, (0, 8850000000), (294, 17678828829), 3913002252252),
    ("shifted", "poisson", 282, (16, 8904011686), (4688, 17655663802), 3734835207368),
    ("chain", "even", 590, (0, 0), (589, 17665978671), 4789758234715),
    ("chain", "poisson", 561, (16, 54011686), (9424, 17684963877), 4478040842316),
    ("sum of lines", "even", 737, (0, 0), (736, 17677102102), 5646320656718),
    ("sum of lines", "poisson", 714, (16, 27026477), (11776, 17679336421), 5537659276118),
    ("sum of all kinds", "even", 737, (0, 0), (736, 17596517450), 4070558182013),
    ("sum of all kinds", "poisson", 714, (16, 11925222), (11776, 17606573456), 4014597015472),
    ("sum with a gap", "even", 295, (0, 0), (294, 7385260608), 1024585724911),
    ("sum with a gap", "poisson", 282, (16, 54011686), (4688, 7342160822), 980425057449),
    ("burst of one instant", "even", 590, (0, 5900000000), (589, 5900000000), 3481000000000),
    ("burst of one instant", "poisson", 561, (16, 5900000000), (9424, 5900000000), 3309900000000),
    ("instants", "even", 5, (0, 0), (4, 33300000003), 66600000013),
    ("instants", "poisson", 3, (16, 5), (64, 33300000003), 33300000013),
    ("sum with a burst", "even", 1179, (0, 0), (1178, 17675375375), 8688129129130),
    ("sum with a burst", "poisson", 1149, (16, 54011686), (18848, 17676720986), 8433537889448),
    ("sum with instants", "even", 593, (0, 0), (592, 17687687688), 5227867867881),
    ("sum with instants", "poisson", 561, (16, 7), (9424, 17604475807), 4860035969709),
]


@pytest.mark.parametrize(("name", "spacing", "count", "first", "last", "total"), GOLDEN)
def test_the_same_seed_gives_the_same_nanoseconds_forever(
    name: str, spacing: Spacing, count: int, first: tuple[int, int], last: tuple[int, int], total: int
) -> None:
    """Golden values, on every machine and Python; the sum stands for all that lie between the first and the last."""
    planned = list(Schedule(made(name, 33.3, 17.7), spacing, 7).arrivals())
    assert (len(planned), planned[0], planned[-1]) == (count, first, last)
    assert sum(arrival.at_ns for arrival in planned) == total


def test_every_profile_has_its_golden_values() -> None:
    assert {(name, spacing) for name, spacing, *_ in GOLDEN} == {
        (name, way) for name in MADE | JUMPS for way in SPACINGS
    }


@pytest.mark.parametrize(
    ("profile", "spacing", "count", "first", "last", "total"),
    [
        (Constant(50, 45), "even", 2250, (0, 0), (2249, 44980000000), 50602500000000),
        (Constant(50, 45), "poisson", 2252, (16, 35971783), (35937, 44939790610), 51222539297722),
        (OnSale(20, 60, 10), "even", 1200, (0, 0), (1199, 59651741294), 15212770658147),
        (OnSale(20, 60, 10), "poisson", 1173, (16, 12863591), (19186, 59936402436), 15121179148110),
        (Burst(10, 5, 1, 0.5), "even", 50, (0, 1000000000), (49, 1490000000), 62250000000),
    ],
)
def test_plans_of_the_first_release_are_still_the_same(
    profile: Profile, spacing: Spacing, count: int, first: tuple[int, int], last: tuple[int, int], total: int
) -> None:
    planned = list(Schedule(profile, spacing, 7).arrivals())
    assert (len(planned), planned[0], planned[-1]) == (count, first, last)
    assert sum(arrival.at_ns for arrival in planned) == total


def test_another_seed_moves_a_poisson_plan_and_not_an_even_one() -> None:
    profile = Constant(5, 10)
    assert list(Schedule(profile, "poisson", 1).arrivals()) != list(Schedule(profile, "poisson", 2).arrivals())
    assert list(Schedule(profile, "even", 1).arrivals()) == list(Schedule(profile, "even", 2).arrivals())


@UNHURRIED
@given(st.lists(st.integers(0, 3000), min_size=1, max_size=50).filter(any), st.sampled_from([0.1, 1.0, 60.0]))
def test_recorded_counts_come_again_exactly(counts: list[int], interval_s: float) -> None:
    plan = Schedule(Counts(0, interval_s, counts), "even", 1)
    found = Counter(arrival.at_ns // round(interval_s * SECOND) for arrival in plan.arrivals())
    assert [found[index] for index in range(len(counts))] == counts


@UNHURRIED
@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=50))
def test_recorded_instants_come_again_to_the_nanosecond(instants: list[int]) -> None:
    record = sorted(instants)
    assert [arrival.at_ns for arrival in Schedule(Instants(record), "even", 1).arrivals()] == record


def test_a_doubled_record_has_twice_as_many_in_each_second() -> None:
    plan = Schedule(Scaled(Counts(0, 1, [3, 0, 7]), 2), "even", 1)
    assert Counter(arrival.at_ns // SECOND for arrival in plan.arrivals()) == {0: 6, 2: 14}


def test_a_burst_without_a_window_is_one_instant_within_a_sum_too() -> None:
    assert {arrival.at_ns for arrival in Schedule(Burst(5, 10, 2), "even", 1).arrivals()} == {2 * SECOND}
    both = Schedule(Sum([Constant(5, 10), Burst(5, 10, 2)]), "even", 1)
    assert Counter(arrival.at_ns for arrival in both.arrivals())[2 * SECOND] == 51  # one of the constant's among them


@pytest.mark.parametrize(
    ("profile", "peak"),
    [
        (Constant(10, 60), 10),
        (OnSale(10, 60), 10 * (60 + 5) / 5),
        (Burst(10, 60), math.inf),
        (spike(10, 100, 60, 20, 5, 10, 5), 100),
        (sine(10, 60, 60, 0.9, 30), 19),
        (Counts(0, 0.5, [1, 4]), 8),
        (Scaled(Constant(10, 60), 3), 30),
        (Sum([Constant(10, 60), spike(1, 7, 60, 20, 5, 10, 5)]), 17),
        (Chain([Constant(10, 5), Constant(12, 5)]), 12),
        (Sum([Constant(10, 60), Burst(1, 60)]), math.inf),
    ],
)
def test_the_peak_is_the_highest_rate(profile: Profile, peak: float) -> None:
    assert profile.peak() == pytest.approx(peak, rel=1e-3)


def test_about_half_of_a_sale_has_come_after_its_half_time() -> None:
    profile = OnSale(100, 600, 5)
    assert profile.cumulative(5) / profile.total == pytest.approx(0.5, rel=0.01)


def test_stages_go_straight_to_their_targets_as_k6_has_it() -> None:
    profile = stages(10, [(10, 20), (0, 50), (10, 50)])
    assert [profile.rate(at) for at in (0, 5, 10, 19)] == [10, 15, 50, 50]
    assert profile.total == 150 + 500


def test_a_spike_rises_holds_and_falls() -> None:
    profile = spike(10, 100, 60, at_s=20, rise_s=5, hold_s=10, fall_s=5)
    assert [profile.rate(at) for at in (0, 19.9, 22.5, 25, 34.9, 37.5, 40, 59)] == [10, 10, 55, 100, 100, 55, 10, 10]
    assert profile.total == 600 + 90 * 15


def test_a_day_is_quiet_at_night_and_its_mean_is_kept() -> None:
    profile = sine(10, 86_400, 86_400, 0.9, 43_200)
    assert [profile.rate(0), profile.rate(43_200)] == pytest.approx([1, 19])
    assert profile.rate(30_000) == pytest.approx(10 * (1 - 0.9 * math.cos(2 * math.pi * 30_000 / 86_400)), rel=1e-4)
    assert sine(10, 50, 60, 0.9, 30).total == pytest.approx(500)


def test_a_plan_of_billions_is_walked_without_being_made() -> None:
    """Constant memory, seen from the other side: no walk starts by holding the whole."""
    for spacing in SPACINGS:
        plan = Schedule(spike(1e6, 1e7, 1e4, 10, 0, 10, 0), spacing, 1)
        assert next(plan.arrivals(3, 4)).at_ns < SECOND
        assert plan.chunk(plan.chunks - 2)[-1:] == [] or plan.chunk(plan.chunks - 2)[-1].at_ns > 9_999 * SECOND


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: Burst(1, 10, 9, 2), r"a burst from 9 s, 2 s long, does not fit in 10 s"),
        (lambda: spike(1, 2, 10, 1, 4, 4, 4), r"a spike from 1 s, 4 \+ 4 \+ 4 s long, does not fit in 10 s"),
        (lambda: Lines([Line(1, 0, 0)]), r"nobody comes at all: one rate must be above 0 for a while"),
        (lambda: Lines([Line(1, -1, 2)]), r"a length or a rate below 0"),
        (lambda: OnSale(1, 10, 0), r"a sale of which half comes within less than a nanosecond is a burst"),
        (lambda: sine(1, 1000, 1, 0.5, 0), r"1000 s hold more than 400 waves of 1 s"),
        (lambda: Counts(0, 1, []), r"a record without a count cannot be replayed"),
        (lambda: Counts(0, 1, [1, -2]), r"count 2 is -2: nobody comes less than 0 times"),
        (
            lambda: Counts(-1, 1, [1]),
            r"counts every 1 s from -1 s on: an interval is above 0, and nothing comes before",
        ),
        (lambda: Instants([]), r"a record without an instant cannot be replayed"),
        (lambda: Instants([2, 1]), r"instant 2 lies before the one before it: sort the record first"),
        (lambda: Instants([-1]), r"instants lie between 0 and 2251800 s after T0"),
        (lambda: Sum([]), r"a sum needs a part"),
        (lambda: Chain([]), r"a chain needs a part"),
        (lambda: Schedule(Constant(1, 10), "even", 1).arrivals(2, 2), r"no stripe 2 of 2: stripes count from 0"),
    ],
)
def test_what_does_not_fit_is_said(made: Callable[[], object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        made()


def test_a_chunk_beyond_the_last_is_none() -> None:
    with pytest.raises(IndexError, match="chunk 10 of 10"):
        Schedule(Constant(1, 10), "even", 1).chunk(10)
