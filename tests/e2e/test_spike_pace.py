"""`tacorush run spike --rate 200`, as a server that only counts sees it: as planned, at each second of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from scenarios.scenario import load
from tacorush.evidence.runfile import RunFile
from tests.e2e.counting_server import counting, follows
from tests.e2e.whole_runs import run, skip_when_the_generator_lagged

if TYPE_CHECKING:
    from pathlib import Path

    from tests.processes import Processes

RATE = 200.0


@pytest.mark.nightly
@pytest.mark.timeout(300)
@pytest.mark.parametrize("processes_", [1, 2, 4])
def test_a_spike_is_driven_as_planned_by_any_number_of_processes(
    processes: Processes, tmp_path: Path, processes_: int
) -> None:
    """39,000 people, 2,000 a second at the peak."""
    scenario = load("spike")
    profile = scenario.profile(RATE, scenario.duration)
    with counting() as (counter, address):
        words = (f"--rate={RATE:g}", "--event=evt_1", "--target", address, f"--processes={processes_}")
        _, report, printed = run(processes, tmp_path / "run", "spike", *words)
    assert report["totals"]["planned"] == round(profile.total), printed
    skip_when_the_generator_lagged(report)
    with RunFile(tmp_path / "run" / "run.sqlite") as found:
        t0_ns = found.meta["t0_ns"]
    follows(counter, t0_ns, [profile.cumulative(second) for second in range(1, math.ceil(scenario.duration) + 1)])
