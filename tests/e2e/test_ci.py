"""The composite action and the examples for CI, run as their systems run them, at small scale."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.ci_examples import EXAMPLES, ROOT, action_step

if TYPE_CHECKING:
    from collections.abc import Mapping

SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
pytestmark = pytest.mark.timeout(240)


def ran(command: str, folder: Path, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs a step's commands in a folder."""
    words = [*SHELL, command]
    return subprocess.run(words, cwd=folder, env=os.environ | variables, capture_output=True, text=True, check=False)


def test_the_action_drives_from_any_folder_and_puts_out_a_verdict_and_its_report(tmp_path: Path) -> None:
    """Two seconds prove nothing, which is exit code 3, a warning, a summary, and the verdict among the outputs.

    The workspace's own folders are nobody's modules, even one that is called as one of ours.
    """
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts/__init__.py").write_text("raise SystemExit('a module of the workspace')")
    inputs = {name: "" for name, expression in action_step()["env"].items() if "inputs." in expression}
    inputs |= {"SCENARIO": "flow", "RATE": "20", "DURATION": "2s", "INCONCLUSIVE": "exit3", "OUT": "load tests/run 1"}
    github = {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    variables = inputs | github | {"GITHUB_ACTIONS": "true", "TACORUSH": str(ROOT), "PYTHONSAFEPATH": "1"}
    done = ran(action_step()["run"], tmp_path, variables)
    assert done.returncode == 3, done.stdout + done.stderr
    assert (tmp_path / "output").read_text() == "verdict=INCONCLUSIVE\nreport=load tests/run 1/report.html\n"
    assert (tmp_path / "load tests/run 1/report.html").is_file()
    assert (tmp_path / "summary").read_text() == (tmp_path / "load tests/run 1/report.md").read_text()
    assert "::warning title=INCONCLUSIVE%3A flow against 127.0.0.1%3A" in done.stdout
    assert "::error" not in done.stdout


@pytest.mark.nightly
@pytest.mark.parametrize("system", EXAMPLES)
def test_an_example_s_commands_do_their_work_in_a_clone(tmp_path: Path, system: str) -> None:
    """One after the other, each in a shell of its own, at a rate and for a time that show nothing: codes 0 and 3.

    What `make setup` would install is this checkout's own environment, older than nothing that it is made from.
    """
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone)], check=True)
    (clone / ".venv").symlink_to(Path(sys.prefix))
    for name in ("requirements/dev.txt", "pyproject.toml"):
        os.utime(clone / name, (0, 0))
    codes = [ran(command, clone, {"RATE": "20", "DURATION": "2s"}).returncode for command in EXAMPLES[system]()]
    assert codes == [0, 3, 3]
    assert {path.name for path in (clone / "runs/ci").iterdir()} >= {
        "run.sqlite",
        "report.html",
        "report.md",
        "junit.xml",
    }
