"""The interval of a difference, which of many differences stand, and what was asked less or done differently."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

import pytest

from reports.comparing.difference import Difference, counted, difference
from reports.comparing.loosened import loosened
from reports.comparing.unlike import unlike
from reports.comparing.weighing import standing
from reports.objectives.file import read
from reports.objectives.metric import Measured
from reports.resampling import Interval

if TYPE_CHECKING:
    from reports.comparing.weighing import Pair


def test_the_ends_of_a_difference_are_put_together_like_the_legs_of_a_right_angle() -> None:
    """Newcombe's own example, his method 10: 56 of 70 less 48 of 80, by Wilson's intervals, is 0.0524 to 0.3339."""
    base, new = Measured(48 / 80, Interval(0.4904, 0.7004), 80), Measured(56 / 70, Interval(0.6918, 0.8777), 70)
    found = difference(base, new)
    assert found is not None
    assert found == pytest.approx((0.2, 0.0524, 0.3339), abs=2e-3)


def test_a_figure_without_an_interval_has_no_difference() -> None:
    known = Measured(1.0, Interval(0.5, 2.0), 300, 200)
    for other in (Measured(None, needed=1), Measured(1.0, samples=20, needed=200)):
        assert difference(known, other) is None
        assert difference(other, known) is None


def test_a_lower_bound_leaves_the_interval_open_to_its_side() -> None:
    known, bound = Measured(10.0, Interval(9.0, 12.0), 300), Measured(500.0, Interval(500.0, None), 300, censored=True)
    worse, better = difference(known, bound), difference(bound, known)
    assert worse is not None
    assert better is not None
    assert (worse.low, worse.high) == (488.0, math.inf)
    assert (better.low, better.high) == (-math.inf, -488.0)
    assert better == worse.turned(-1)


def test_a_difference_turned_round_keeps_its_ends_in_order() -> None:
    assert Difference(1.0, -2.0, 5.0).turned(-1) == Difference(-1.0, -5.0, 2.0)


def test_a_count_lies_within_so_many_halves_of_its_root() -> None:
    assert counted(100, 2.0) == Interval(81.0, 121.0)
    assert counted(0, 2.0) == Interval(0.0, 1.0)


class Scripted:
    """A pair whose difference shows up to some confidence."""

    def __init__(self, p: float) -> None:
        self.p = p


@pytest.mark.parametrize(
    ("values", "stand"),
    [
        ([0.04], 1),
        ([0.06], 0),
        ([0.04, 0.5], 0),
        ([0.02, 0.5], 1),
        ([0.04, 0.04], 2),
        ([0.01, 0.02, 0.03, 0.04], 4),
        ([0.012, 0.026, 0.04, 0.06], 1),
        ([0.013, 0.024, 0.04, 0.06], 2),
        ([0.0001, 0.3, 0.4, 0.5, 0.6], 1),
        ([], 0),
    ],
)
def test_of_many_differences_those_stand_that_benjamini_and_hochberg_let(values: list[float], stand: int) -> None:
    """The largest k of which the k smallest chances lie under 0.05 k/m."""
    ranked = sorted(values)
    by_hand = max((k for k in range(1, len(ranked) + 1) if ranked[k - 1] <= 0.05 * k / len(ranked)), default=0)
    assert by_hand == stand, "the rows are what the procedure says"
    pairs = cast("list[Pair]", [Scripted(p) for p in values])
    found = standing(pairs, lambda pair, confidence: cast("Scripted", pair).p <= 1 - confidence + 1e-12)
    assert sorted(cast("Scripted", pair).p for pair in found) == ranked[:stand]


def asked(**fields: Any) -> str:
    said = {"name": "it", "metric": "response_ms", "expression": "p(95)<500"} | fields
    return "  - " + "\n    ".join(f"{key}: {value}" for key, value in said.items() if value is not None) + "\n"


RECOVERY: dict[str, Any] = {"expression": None, "recovers": "p(95)<500 within 60s after 30s"}
SHARES: dict[str, Any] = {"metric": "errors", "expression": "rate<0.01"}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({}, {}, []),
        ({}, {"expression": "p(95)<400"}, []),
        ({}, {"expression": "p(95)<600"}, ["it: asks for less: p(95)<500 became p(95)<600"]),
        ({}, {"expression": "p(95)<=500"}, ["it: asks for less: p(95)<500 became p(95)<=500"]),
        ({}, {"expression": "p(95)>500"}, ["it: asks for less: p(95)<500 became p(95)>500"]),
        ({}, {"name": "other"}, []),
        ({}, {"name": "other", "expression": "p(95)<600"}, ["it: asks for less: p(95)<500 became p(95)<600"]),
        ({}, {"name": "other", "expression": "p(90)<500"}, ["it (p(95)<500) is not asked for any more"]),
        (
            {},
            {"expression": "p(90)<500"},
            ["it: asks for something else: response_ms p(95)<500 became response_ms p(90)<500"],
        ),
        (
            {},
            {"where": "{method: JoinQueue}"},
            ["it: asks for something else: response_ms p(95)<500 became response_ms p(95)<500 of method JoinQueue"],
        ),
        ({}, {"optional": "true"}, ["it: may be left out where nothing is measured"]),
        ({}, {"warmup": "10s"}, ["it: begins later, after 10 s in place of 0 s"]),
        ({"warmup": "10s"}, {}, []),
        ({}, {"from": "10s"}, ["it: is about another part of the run"]),
        ({"confidence": 0.99}, {}, ["it: asks for less certainty: 0.99 became 0.95"]),
        ({"every": "10s"}, {}, ["it: is asked of the whole, no more of every 10s"]),
        ({"every": "10s"}, {"every": "20s"}, ["it: asks for less: every 10s became every 20s"]),
        (
            {"every": "10s"},
            {"every": "'10s, at most 1 window of 10 may miss'"},
            ["it: asks for less: every 10s became every 10s, at most 1 window of 10 may miss"],
        ),
        (
            RECOVERY,
            RECOVERY | {"recovers": "p(95)<500 within 90s after 30s"},
            ["it: asks for less: p(95)<500 within 60s after 30s became p(95)<500 within 90s after 30s"],
        ),
        (
            {"metric": "availability", "expression": "rate>=0.999"},
            {"metric": "availability", "expression": "rate>=0.99"},
            ["it: asks for less: rate>=0.999 became rate>=0.99"],
        ),
        (
            {"metric": "oversell", "expression": "count==0"},
            {"metric": "oversell", "expression": "count==5"},
            ["it: asks for less: count==0 became count==5"],
        ),
        (
            SHARES | {"expression": "burn<1", "budget": 0.001},
            SHARES | {"expression": "burn<1", "budget": 0.01},
            ["it: asks for less: burn<1 became burn<1"],
        ),
    ],
)
def test_what_is_asked_less_is_told_and_what_is_asked_more_is_not(
    before: dict[str, Any], after: dict[str, Any], said: list[str]
) -> None:
    base, new = (read("objectives:\n" + asked(**fields), "here") for fields in (before, after))
    assert loosened(base, new) == said


META: dict[str, Any] = {"scenario": "flow", "rate": 25.0, "duration_s": 40, "mode": "open", "seed": 7}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"rate": 25.2}, []),
        ({"rate": 30.0}, [("rate", "25/s", "30/s", True)]),
        ({"scenario": "rush"}, [("scenario", "flow", "rush", True)]),
        ({"mode": "closed"}, [("mode", "open loop", "closed loop", True)]),
        ({"seed": 8}, [("seed", "7", "8", False)]),
        ({"release": "1.5"}, [("release", "–", "1.5", False)]),
        ({"time_scale": 0.1}, [("time scale", "1", "0.1", True)]),
        ({"versions_before": {"queue": "2"}}, [("the platform's own versions", "–", "queue 2", False)]),
        ({"connections": {"connections": 4}}, [("connections", "–", "4", True)]),
    ],
)
def test_what_two_runs_did_differently_is_told(change: dict[str, Any], found: list[tuple[str, str, str, bool]]) -> None:
    assert [tuple(each) for each in unlike(META, META | change)] == found


def test_another_shape_of_arrivals_is_told_by_its_digest() -> None:
    arrivals = [{"profile": "spike", "factor": factor} for factor in (5, 10)]
    (found,) = unlike(META | {"arrivals": arrivals[0]}, META | {"arrivals": arrivals[1]})
    assert (found.what, found.load) == ("arrivals", True)
    assert found.base.startswith("spike (SHA-256 ")
    assert found.base != found.new
