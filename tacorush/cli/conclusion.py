"""From a run file to a verdict on the screen and pages beside it: what `run`, `report` and `gate` share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.console import verdict_lines
from reports.judgement import judge
from reports.pages.write import write_pages
from tacorush.cli.failures import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from reports.judgement import Judgement


def judged(run_file: Path, slo: str | None) -> Judgement:
    """Judges a run file by its own objectives or by those of a file; raises UsageError when either cannot be read."""
    try:
        return judge(run_file, slo)
    except (OSError, ValueError) as failure:
        raise UsageError(str(failure)) from failure


def write(run_file: Path, judgement: Judgement) -> Path:
    """Writes the pages beside the run file and returns the HTML page; raises UsageError when they cannot be written."""
    try:
        return write_pages(run_file.parent, judgement)
    except OSError as failure:
        raise UsageError(str(failure)) from failure


def lines(judgement: Judgement) -> list[str]:
    """What a terminal shows of a verdict."""
    return verdict_lines(judgement.summary)
