"""`tacorush run` as a person types it, and what came out of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tacorush.evidence.runfile import RunFile
from tests.processes import until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.processes import Processes, Started


QUICK = "--time-scale=0.2"
"""People think and look again five times as fast: the same calls in the same order, and a shorter wait for the last."""


def start_run(processes: Processes, out: Path, *words: str) -> Started:
    """Starts one run, with metrics on any free port."""
    return processes.start("run", ["tacorush", "run", *words, f"--out={out}", "--metrics-port=0"])


def wait_until_under_way(started: Started, out: Path) -> None:
    """Waits until the run file of a process that drives has arrivals: the load is on, and evidence of it is kept."""
    started.wait_for_line("driving ")
    until(lambda: under_way(out), "arrivals in the run file")


def under_way(out: Path) -> bool:
    """True once the run file, which is there, knows of people who came."""
    with RunFile(out / "run.sqlite") as file:
        return any(row.started for row in file.arrivals())


def run(processes: Processes, out: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    """Drives one run to its end; returns its exit code, report.json (empty when there is none) and what it printed."""
    started = start_run(processes, out, *words)
    code = started.wait(180)
    report = out / "report.json"
    return code, json.loads(report.read_text()) if report.exists() else {}, started.output()


def skip_when_the_generator_lagged(report: Mapping[str, Any]) -> None:
    """Skips, with the reason, when the run's own guards say that this machine was too busy to drive it."""
    for reason in report["reasons"]:
        if report["verdict"] == "INCONCLUSIVE" and "could not keep up" in reason:
            pytest.skip(f"this machine was too busy: {reason}")


def start_fakes(processes: Processes, *words: str) -> tuple[Started, str]:
    """Starts the bundled platform, profile open, on a free port; returns it and its address."""
    fakes = processes.start("fakes", ["tacorush", "fakes", "--port=0", "--platform=open", *words])
    return fakes, fakes.wait_for_line("ready").split()[1]
