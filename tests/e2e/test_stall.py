"""The stall test on a real target: `ping` at an even 500/s for 10 s, against fakes that are stopped for a second.

By arithmetic the P95 response time is the length of the stall less half a second: 5 % of all calls wait longer.
"""

from __future__ import annotations

import json
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.fleet_runs import start_locust
from tests.e2e.whole_runs import start_fakes, start_run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.processes import Processes, Started

BEFORE_S, STALL_S = 4.0, 1.0


def stall(fakes: Started) -> float:
    """Stops the platform for a second, and returns for how long it truly stood still."""
    time.sleep(BEFORE_S)
    os.kill(fakes.process.pid, signal.SIGSTOP)
    began = time.monotonic()
    time.sleep(STALL_S)
    os.kill(fakes.process.pid, signal.SIGCONT)
    return time.monotonic() - began


def report_of(folder: Path) -> dict[str, Any]:
    """The run's report.json; skips where the run's own guards say that this machine could not drive it."""
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    for reason in report["reasons"]:
        if "could not keep up" in reason:
            pytest.skip(f"this machine was too busy: {reason}")
    return report


def test_an_open_loop_measures_a_stall_and_says_what_a_closed_one_would_have_hidden(
    processes: Processes, tmp_path: Path
) -> None:
    fakes, address = start_fakes(processes, "--seats=100")
    running = start_run(processes, tmp_path / "run", "ping", "--rate=500", "--duration=10s", f"--target={address}")
    running.wait_for_line("driving")
    stood_s = stall(fakes)
    running.wait(120)
    report = report_of(tmp_path / "run")
    expected_ms = 1000 * (stood_s - 0.5)
    assert report["latency_ms"]["overall"]["response"]["p95"] == pytest.approx(expected_ms, rel=0.05)
    hidden = report["closed_loop"]
    assert (hidden["measured_in"], hidden["told_by"]) == ("open", "p95")
    assert hidden["percentiles_ms"]["p95"]["other_loop"] < expected_ms / 5
    page = (tmp_path / "run" / "report.html").read_text()
    assert "Two measures of one wait" in page
    assert "the platform stood still for up to" in page


def test_a_closed_loop_shows_a_fraction_of_the_stall_and_says_so(processes: Processes, tmp_path: Path) -> None:
    fakes, address = start_fakes(processes, "--seats=100")
    words = ["--headless", "-u", "2", "-r", "2", "-t", "10s", "--scenario=ping", "--think=2ms"]
    out = tmp_path / "run"
    running = start_locust(processes, "users", *words, f"--target={address}", f"--out={out}", TACORUSH_JUDGE="")
    running.wait_for_line("driving")
    stood_s = stall(fakes)
    running.wait(120)
    report = report_of(out)
    assert report["latency_ms"]["overall"]["response"]["p95"] < 1000 * (stood_s - 0.5) / 5
    hidden = report["closed_loop"]
    assert hidden["measured_in"] == "closed"
    told = hidden["told_by"]
    assert hidden["percentiles_ms"][told]["other_loop"] > 5 * hidden["percentiles_ms"][told]["response"]
    assert "this run hides it" in (out / "report.md").read_text()
    assert "users think 2ms between journeys" in (out / "report.html").read_text()
