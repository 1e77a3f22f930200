"""The stall test: a target that freezes for 1 s in a 10 s run at an even 500/s, measured both ways.

By arithmetic: of 5,000 calls, the 500 that are due in the freeze wait 1 s to 0 s, evenly; 250 of them, 5 % of all, wait
longer than 500 ms. So the P95 response time is 500 ms. A user who waits for the answer meets one long call.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from reports.pages.loops import loop_view
from tests.unit.stalling import RATE, driven

if TYPE_CHECKING:
    from reports.judgement import Judgement


@cache
def run(users: int) -> Judgement:
    """One run of either loop."""
    return driven(users)


def test_an_open_loop_measures_the_freeze_as_arithmetic_has_it() -> None:
    times = run(0).summary["latency_ms"]["overall"]
    assert run(0).summary["totals"]["rpcs"] == 5000
    assert times["response"]["p95"] == pytest.approx(500, rel=0.05)
    assert times["response"]["p90"] == pytest.approx(1, rel=0.05)
    assert times["response"]["max"] == pytest.approx(1001, rel=0.001)


def test_a_closed_loop_shows_a_fraction_of_it() -> None:
    """One user makes 9,000 calls, and meets the freeze once."""
    times = run(1).summary["latency_ms"]["overall"]
    assert times["response"]["p95"] == times["response"]["p99.9"] == pytest.approx(1, rel=0.05)
    assert times["response"]["max"] == pytest.approx(1001, rel=0.01)


def test_the_report_of_the_open_run_says_how_much_a_closed_loop_would_have_hidden() -> None:
    found = run(0).summary["closed_loop"]
    assert (found["measured_in"], found["stalls"], found["told_by"]) == ("open", [[4, 5]], "p95")
    assert found["percentiles_ms"]["p95"]["other_loop"] == pytest.approx(
        run(1).summary["latency_ms"]["overall"]["response"]["p95"], rel=0.05
    )
    assert found["factor"] == pytest.approx(500, rel=0.05)
    view = loop_view(run(0).summary)
    assert view is not None
    assert view.sentence.startswith(
        "In seconds 4 to 5 the platform stood still for up to 1 s. People who came then waited: P95 is 50"
    )
    assert "would have reported a P95 of 1 ms, 500 times less" in view.sentence


def test_the_report_of_the_closed_run_says_how_much_it_hides_itself() -> None:
    found = run(1).summary["closed_loop"]
    assert (found["measured_in"], found["stalls"]) == ("closed", [[4, 5]])
    assert found["percentiles_ms"]["p95"]["other_loop"] == pytest.approx(500, rel=0.05)
    view = loop_view(run(1).summary)
    assert view is not None
    assert "this run hides it: it is a closed loop" in view.sentence
    assert "Drive with --rate to measure it." in view.sentence


@pytest.mark.parametrize("users", [0, 1])
def test_a_run_without_a_freeze_has_nothing_to_tell(users: int) -> None:
    assert driven(users, freeze=(0.0, 0.0)).summary["closed_loop"] is None


@pytest.mark.parametrize(("usual_s", "freeze"), [(0.02, (4.3, 5.3)), (0.1, (4.3, 5.3)), (0.005, (4.3, 7.9))])
def test_the_estimate_agrees_with_users_who_were_there(usual_s: float, freeze: tuple[float, float]) -> None:
    """As many users as Little's law gives: where they miss the freeze the estimate is right, elsewhere within twice."""
    estimate = driven(0, usual_s, freeze).summary["closed_loop"]
    there = driven(round(RATE * usual_s), usual_s, freeze).summary["latency_ms"]["overall"]["response"]
    usual_ms = usual_s * 1000
    for name in ("p50", "p90", "p95", "p99"):
        told = estimate["percentiles_ms"][name]["other_loop"]
        if there[name] == pytest.approx(usual_ms, rel=0.01):
            assert told == pytest.approx(usual_ms, rel=0.01), name
        else:
            assert there[name] / 2.1 <= told <= there[name] * 1.1, name


@pytest.mark.parametrize(("usual_s", "freeze"), [(0.02, (4.3, 5.3)), (0.1, (4.3, 5.3)), (0.005, (4.3, 7.9))])
def test_a_closed_run_corrected_agrees_with_the_open_one(usual_s: float, freeze: tuple[float, float]) -> None:
    closed = driven(round(RATE * usual_s), usual_s, freeze).summary["closed_loop"]
    there = driven(0, usual_s, freeze).summary["latency_ms"]["overall"]["response"]
    for name in ("p50", "p95", "p99"):
        assert closed["percentiles_ms"][name]["other_loop"] == pytest.approx(there[name], rel=0.06), name
