"""`tacorush run … | head -1`: who stops reading stops nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.e2e.fleet_runs import ROOT, ended

if TYPE_CHECKING:
    from pathlib import Path


def test_a_run_that_nobody_watches_is_driven_to_its_end_and_judged(tmp_path: Path) -> None:
    """Generator and judge share a stdout whose reader has gone before the first line."""
    reading, writing = os.pipe()
    os.close(reading)
    words = ["run", "ping", "--rate=10", "--duration=2s", "--metrics-port=0", f"--out={tmp_path}/run"]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tacorush.cli", *words],
            cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        )  # fmt: skip
    finally:
        os.close(writing)
    assert ended(tmp_path / "run") == "completed", done.stderr
    assert (tmp_path / "run" / "report.html").exists()
    assert done.returncode in (0, 3)
    assert done.stderr == ""
