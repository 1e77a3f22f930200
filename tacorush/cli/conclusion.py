"""From a run file to a verdict on the screen and pages beside it: what `run`, `report`, `gate` and `locust` share."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from reports.console import verdict_lines
from reports.judgement import judge
from reports.objectives.file import load
from tacorush.cli import github
from tacorush.cli.failures import EXIT_FAIL, EXIT_INCONCLUSIVE, UsageError, exit_code
from tacorush.cli.screen import coloured, say

if TYPE_CHECKING:
    from reports.judgement import Judgement
    from reports.objectives.fitting import Driven

SLO = Path(__file__).parents[2] / "slo"
"""The folder of the objectives that come along."""


def get_ready() -> None:
    """Imports what draws the pages, so that `conclude` need not: half a second of CPU, which a command that is refused
    never spends and `tacorush run` spends while its generator gets up."""
    importlib.import_module("reports.pages.write")


def objectives(name_or_path: str, driven: Driven | None = None) -> Path:
    """Returns the objectives' file that a name from slo/ or a path means, once it has been read without complaint.

    `driven` is what is about to be driven, where it has to fit that.

    Raises UsageError.
    """
    named = SLO / f"{name_or_path}.yaml"
    path = named if named.is_file() else Path(name_or_path)
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in SLO.glob("*.yaml")))
        raise UsageError(f"there are no objectives {name_or_path}: name a file, or one of {names}")
    try:
        load(path, driven)
    except ValueError as failure:
        raise UsageError(str(failure)) from failure
    return path.absolute()


def judged(run_file: Path, slo: str | Path | None, finely: bool = False) -> Judgement:
    """Judges a run file by its own objectives or by those of a file; raises UsageError when either cannot be read.

    `finely` reads a long run second by second too.
    """
    try:
        return judge(run_file, slo, finely=finely)
    except (OSError, ValueError) as failure:
        raise UsageError(str(failure)) from failure


def write(run_file: Path, judgement: Judgement) -> Path:
    """Writes the pages beside the run file and returns the HTML page; raises UsageError when they cannot be written."""
    from reports.pages.write import write_pages  # matplotlib comes with it, see `get_ready`

    try:
        return write_pages(run_file.parent, judgement)
    except OSError as failure:
        raise UsageError(str(failure)) from failure


def tell(judgement: Judgement, page: str = "") -> None:
    """Says a verdict on the screen, and to GitHub where a job of it runs this; `page` is where the report lies."""

    def markdown() -> str:
        from reports.pages.write import summary_page

        return summary_page(judgement)

    for line in verdict_lines(judgement.summary, page, colours=coloured(sys.stdout, os.environ)):
        say(line + "\n")
    run = f"{judgement.summary['scenario']} against {judgement.summary['target']}"
    github.tell(judgement.conclusion, run, markdown, os.environ, say, sys.stderr.write)


def conclude(run_file: Path, slo: str | Path | None, inconclusive: str = "exit3") -> int:
    """Judges a run that was just driven, writes its pages, says the verdict, and returns its exit code.

    The load has been made, so nothing that goes wrong here is wrong usage: it ends INCONCLUSIVE, or FAIL where that is
    known. `inconclusive` is what that verdict means to whoever asked, as `--inconclusive` has it.
    """
    try:
        judgement = judged(run_file, slo)
    except UsageError as failure:
        sys.stderr.write(f"tacorush: {failure}\n")
        return EXIT_INCONCLUSIVE
    code = exit_code(judgement.verdict, inconclusive)
    page = ""
    try:
        page = str(write(run_file, judgement))
    except UsageError as failure:
        sys.stderr.write(f"tacorush: {failure}\n")
        code = code if code == EXIT_FAIL else EXIT_INCONCLUSIVE
    tell(judgement, page)
    return code
