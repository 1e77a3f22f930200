"""The guards fit the machine: undisturbed, the demo passes; beside busy loops it never blames the platform."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.e2e.whole_runs import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.processes import Processes

RUNS = 20
pytestmark = [pytest.mark.nightly, pytest.mark.timeout(3600)]


def verdicts(processes: Processes, folder: Path) -> Counter[str]:
    """The verdicts of RUNS demos, one after the other."""
    found: Counter[str] = Counter()
    for number in range(RUNS):
        _, report, printed = run(processes, folder / str(number), "flow")
        assert report, printed
        found[report["verdict"]] += 1
        sys.stdout.write(f"{number + 1}. {report['verdict']}: {report['reasons'][0]}\n")
    return found


def test_of_twenty_demos_at_least_nineteen_pass(processes: Processes, tmp_path: Path) -> None:
    found = verdicts(processes, tmp_path)
    assert found["PASS"] >= RUNS - 1, found


def test_of_twenty_demos_beside_two_busy_loops_none_fails(processes: Processes, tmp_path: Path) -> None:
    """A generator without CPU of its own ends INCONCLUSIVE, or PASS, but never FAIL."""
    for number in range(2):
        processes.start(f"busy-{number}", [sys.executable, "-c", "while True: pass"])
    assert verdicts(processes, tmp_path)["FAIL"] == 0
