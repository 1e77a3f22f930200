"""`tacorush run`: the rate by itself, or as a multiple of the scenario's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tacorush.cli.failures import UsageError
from tacorush.cli.run import prepare


def test_scale_multiplies_the_scenarios_own_rate(tmp_path: Path) -> None:
    plan = prepare(["k6-2025", "--scale=0.001", f"--out={tmp_path / 'run'}"]).plan
    assert plan.rate == pytest.approx(plan.scenario.rate / 1000)
    assert plan.schedule.profile.cumulative(300.0) == pytest.approx(0.1 * 300)


def test_a_rate_and_a_scale_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--rate is a rate, --scale a multiple of the scenario's: give one of them"):
        prepare(["flow", "--scale=2", "--rate=3", f"--out={tmp_path / 'run'}"])
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--targets-file=deploy/targets.yaml"], "--targets-file names targets, and none of them is asked for"),
        (["--", "--think", "2s"], "--think is the pause of a closed loop, and this is an open one"),
        (["--", "--think=2s"], "--think is the pause of a closed loop, and this is an open one"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(tmp_path: Path, words: list[str], said: str) -> None:
    """Who names a targets file means a target: the bundled platform driven instead would look like it."""
    with pytest.raises(UsageError, match=said):
        prepare(["flow", f"--out={tmp_path / 'run'}", *words])
    assert not (tmp_path / "run").exists()


def test_a_crowd_that_the_bundled_platform_cannot_seat_is_refused(tmp_path: Path) -> None:
    """It would run out of memory; a target has its own seats."""
    with pytest.raises(UsageError, match=r"^45,000,000,000 people need .* seats an event .* at most 10,000,000"):
        prepare(["flow", "--rate=1e9", f"--out={tmp_path / 'run'}"])
    assert not (tmp_path / "run").exists()
    assert prepare(["flow", "--rate=1e9", "--target=127.0.0.1:1", f"--out={tmp_path / 'run'}"]).plan.rate == 1e9
