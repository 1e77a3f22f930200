"""The end of a run that Locust's own command drove: judged, told and paged as under `tacorush run`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.test_judgement import EASY, STRICT, stored

JUDGE = "import pathlib, sys, locustfile; sys.exit(locustfile.judge(*map(pathlib.Path, sys.argv[1:])))"


def judged(folder: Path, objectives: str) -> subprocess.CompletedProcess[str]:
    """Judges a small run of a folder in a process of its own: importing Locust patches whoever does it."""
    slo = folder / "slo.yaml"
    slo.write_text(objectives)
    words = [sys.executable, "-c", JUDGE, str(stored(folder / "run.sqlite")), str(slo)]
    return subprocess.run(words, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)


def test_the_last_line_is_where_the_report_lies(tmp_path: Path) -> None:
    done = judged(tmp_path, EASY)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("✓ PASS  The platform kept every promise")
    assert done.stdout.endswith(f"\n\nreport: {tmp_path}/report.html\n")


@pytest.mark.parametrize(("objectives", "code"), [(EASY, 3), (STRICT, 1)])
def test_pages_that_cannot_be_written_are_one_line_and_no_pass(tmp_path: Path, objectives: str, code: int) -> None:
    """The verdict is told nevertheless; a FAIL stays one."""
    (tmp_path / "report.html").mkdir()
    done = judged(tmp_path, objectives)
    assert done.returncode == code
    assert done.stderr == f"tacorush: cannot write {tmp_path}/report.html: Is a directory\n"
    assert done.stdout.startswith(("✓ PASS", "✕ FAIL"))
    assert "report:" not in done.stdout
