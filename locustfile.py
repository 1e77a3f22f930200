"""Hangs the fleet, the closed-loop Buyer and the judge on Locust; nothing else happens when this is imported."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tacorush.fleet.buyer import Buyer
from tacorush.fleet.register import register

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Buyer"]

EXIT_CODES = {"PASS": 0, "FAIL": 1, "INCONCLUSIVE": 3}
"""Verdict to exit code."""


def judge(run_file: Path, slo: Path) -> int:
    """Judges a finished run, writes its pages beside it, shows the verdict, and returns its exit code."""
    # The judge needs pandas and matplotlib, which a worker never does.
    from reports.console import verdict_lines
    from reports.judgement import judge as judge_run
    from reports.pages.write import write_pages

    judgement = judge_run(run_file, str(slo))
    page = write_pages(run_file.parent, judgement)
    sys.stdout.write("\n".join([*verdict_lines(judgement.summary), f"report: {page}", ""]))
    sys.stdout.flush()
    return EXIT_CODES[judgement.summary["verdict"]]


register(judge)
