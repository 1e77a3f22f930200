"""Change points of a history: where they are, that equal runs have none, and that one wild run is none."""

from __future__ import annotations

import random

import numpy as np
import pytest

from reports.trend.change_points import FEWEST, LEAST_RUNS, change_points, standardised, statistics


def series(seed: int, runs: int, count: int = 12, together: float = 0.7) -> dict[str, list[float | None]]:
    """Made-up figures of equal runs that rise and fall together; their tails are long, as those of P95 are."""
    chance = random.Random(seed)
    common = [chance.gauss(0, together) for _ in range(runs)]
    return {f"figure {n}": [50 * np.exp(0.1 * (each + chance.gauss(0, 0.7))) for each in common] for n in range(count)}


def shifted(found: dict[str, list[float | None]], name: str, at: int, by: float) -> dict[str, list[float | None]]:
    """The same with one figure `by` times as large from a run on."""
    values = found[name]
    return found | {name: [each if each is None or n < at else each * by for n, each in enumerate(values)]}


@pytest.mark.parametrize("runs", [10, 24, 60])
def test_a_figure_that_doubles_is_found_where_it_does_and_named_alone(runs: int) -> None:
    """The others go on as before."""
    at = runs // 2
    (point,) = change_points(shifted(series(5, runs), "figure 4", at, 2.0))
    assert (point.at, point.series) == (at, ("figure 4",))
    assert point.chance <= 0.05


def test_two_changes_are_found_in_their_order() -> None:
    found = shifted(shifted(series(5, 40), "figure 1", 12, 2.0), "figure 2", 28, 0.4)
    assert [(point.at, point.series) for point in change_points(found)] == [(12, ("figure 1",)), (28, ("figure 2",))]


def test_figures_that_change_together_are_named_together_the_clearest_first() -> None:
    found = shifted(shifted(series(5, 20), "figure 1", 10, 1.6), "figure 2", 10, 3.0)
    (point,) = change_points(found)
    assert point.series == ("figure 2", "figure 1")


def test_one_wild_run_is_no_change() -> None:
    """However wild it is, at whatever place."""
    for at in (0, 7, 19):
        found = series(9, 20)
        found["figure 0"][at] = 1e6
        assert change_points(found) == []


@pytest.mark.parametrize("runs", range(LEAST_RUNS))
def test_too_few_runs_show_nothing_whatever_they_are(runs: int) -> None:
    values: list[float | None] = [1.0 + 0.001 * n if n < runs / 2 else 100.0 + n for n in range(runs)]
    assert change_points({"it": values}) == []


def test_the_fewest_runs_that_can_show_a_change_do() -> None:
    values = [1.0, 1.1, 0.9, 1.05, 9.0, 9.1, 8.9, 9.05]
    assert len(values) == LEAST_RUNS
    assert [point.at for point in change_points({"it": values})] == [4]


def test_a_figure_that_never_moves_or_is_never_there_changes_nothing() -> None:
    """Nor does it keep others from being found."""
    more: dict[str, list[float | None]] = {"still": [0.1 + 0.2] * 20, "none": [None] * 20}
    found = shifted(series(5, 20), "figure 1", 10, 2.0) | more
    assert [point.series for point in change_points(found)] == [("figure 1",)]
    assert change_points(more) == []
    assert change_points({}) == []


def test_runs_that_lack_a_figure_count_as_its_mean() -> None:
    rows = standardised(np.array([[1.0, np.nan, 3.0, 1.0, 3.0, np.nan]]))
    assert rows[0, [1, 5]].tolist() == [0, 0]
    assert rows.mean() == pytest.approx(0)
    assert (rows**2).mean() == pytest.approx(1)


def test_the_statistic_is_the_share_of_the_variance_between_both_means() -> None:
    """Against its definition, written out."""
    values = np.array([4.0, 5.0, 3.0, 9.0, 8.0, 7.0, 9.5])
    found = statistics(standardised(values[None])[None])[0, 0]
    total = ((values - values.mean()) ** 2).sum()
    for place, share in enumerate(found):
        before, after = values[: place + FEWEST], values[place + FEWEST :]
        between = len(before) * (before.mean() - values.mean()) ** 2 + len(after) * (after.mean() - values.mean()) ** 2
        assert share == pytest.approx(between / total)
    assert len(found) == len(values) - 2 * FEWEST + 1


def test_equal_histories_have_equal_change_points() -> None:
    """Chance is seeded; the order in which figures are named plays no part."""
    found = shifted(series(5, 30), "figure 1", 10, 1.5)
    turned = dict(reversed(found.items()))
    assert change_points(found) == change_points(turned)


@pytest.mark.parametrize("runs", [8, 20])
def test_of_histories_in_which_nothing_changed_few_show_a_change(runs: int) -> None:
    """At most 5 in 100; of 100, chance alone moves this by a few."""
    assert sum(bool(change_points(series(seed, runs))) for seed in range(100)) <= 10


@pytest.mark.nightly
@pytest.mark.parametrize("runs", [8, 12, 30, 100])
@pytest.mark.parametrize("together", [0.0, 0.7])
def test_of_hundreds_of_histories_in_which_nothing_changed_95_of_100_show_no_change(runs: int, together: float) -> None:
    """Of 400: 20 are expected at the most, and 32 come by chance once in 400 times."""
    assert sum(bool(change_points(series(seed, runs, together=together))) for seed in range(400)) <= 32


@pytest.mark.nightly
def test_a_shift_of_a_third_in_one_of_twelve_figures_is_found_in_most_histories() -> None:
    """Thirty runs that scatter by a tenth: the power that the docs state."""
    found = [change_points(shifted(series(seed, 30), "figure 4", 15, 1.33)) for seed in range(100)]
    hits = sum(any("figure 4" in point.series and abs(point.at - 15) <= 1 for point in points) for points in found)
    assert hits >= 80
