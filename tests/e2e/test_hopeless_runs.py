"""An objective with `abort` ends a run that cannot meet it any more: early, in order, and FAIL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.whole_runs import run, skip_when_the_generator_lagged, start_fakes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.processes import Processes

PLANNED_S = 90
OBJECTIVES = """objectives:
  - {name: Error rate, metric: errors, expression: rate<0.01, abort: {grace: 2s}}
"""
pytestmark = pytest.mark.timeout(240)


@pytest.mark.parametrize("number", [1, pytest.param(2, marks=pytest.mark.nightly)])
def test_a_hopeless_run_is_ended_early_and_is_fail(processes: Processes, tmp_path: Path, number: int) -> None:
    """Every tenth call errs, so that three looks settle it; what several processes saw counts together."""
    slo = tmp_path / "mine.yaml"
    slo.write_text(OBJECTIVES)
    _, address = start_fakes(processes, "--events=4", "--seats=20000", "--incident=errors:p=0.1")
    words = ("flow", "--rate=30", f"--duration={PLANNED_S}s", f"--slo={slo}", f"--target={address}")
    code, report, printed = run(processes, tmp_path / "run", *words, f"--processes={number}")
    assert "ending this run, for an objective cannot be met any more: Error rate: " in printed
    skip_when_the_generator_lagged(report)
    assert (code, report["verdict"]) == (1, "FAIL"), printed
    assert report["driven_s"] < PLANNED_S / 2
    assert any(reason.startswith("Error rate: ") for reason in report["reasons"])
    assert any(f"s of {PLANNED_S} s, for an objective could not be met" in reason for reason in report["reasons"])
    assert report["generator"]["lost_workers"] == 0
    workers = [process for process in report["generator"]["processes"] if process["role"] != "master"]
    assert len(workers) == number
    assert all(process["final"] for process in report["generator"]["processes"])
