"""`tacorush history DIR`: many runs in the order of their time, and where their figures changed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from reports.trend.console import history_lines
from reports.trend.past_runs import past_runs
from reports.trend.trend import trends
from tacorush.cli.conclusion import objectives
from tacorush.cli.failures import EXIT_PASS, UsageError
from tacorush.cli.parsing import Parser, take_colours
from tacorush.cli.screen import coloured, say, take_colours_off

if TYPE_CHECKING:
    from collections.abc import Sequence


def parser() -> Parser:
    """The options of this command."""
    made = Parser(
        "tacorush history",
        "Shows all runs under a folder in the order of their time: P95, error rate, oversell, verdict and release,\n"
        "a line for each objective, and where figures changed. Writes history.html into the folder. Runs of different\n"
        "loads (scenario, rate) are told apart; what cannot be read is named and left out.",
        "examples:\n  tacorush history runs\n  tacorush history nightly --slo slo/production.yaml",
    )
    made.add_argument("folder", metavar="DIR", help="a folder with run directories or run files, however deep")
    made.add_argument("--slo", metavar="FILE", help="judge all by these objectives (default: each by its own)")
    take_colours(made)
    return made


def main(arguments: Sequence[str]) -> int:
    """Reads, writes the page, says what there is, and exits 0 whatever the verdicts are."""
    options = parser().read(arguments)
    take_colours_off(options.no_color)
    folder = Path(options.folder)
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}: name one that holds runs, such as runs")
    runs, unread = past_runs(folder, objectives(options.slo) if options.slo else None)
    if not runs and not unread:
        raise UsageError(f"{folder} holds no run file (*.sqlite), at whatever depth")
    from reports.pages.history import write  # matplotlib comes with it, which a refused command need not wait for

    found = trends(runs)
    try:
        page = write(folder, found, unread)
    except OSError as failure:
        raise UsageError(str(failure)) from failure
    for line in history_lines(found, unread, str(page), colours=coloured(sys.stdout, os.environ)):
        say(line + "\n")
    return EXIT_PASS
