"""`tacorush compare BASE NEW`: is a run worse than another, beyond noise? The exit code is the answer."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from reports.comparing import tolerance as tolerances
from reports.comparing.comparison import Comparison, Side, compare, side
from reports.comparing.console import HEADLINE, comparison_lines
from reports.verdict import Conclusion
from tacorush.cli import github, rundir
from tacorush.cli.conclusion import objectives
from tacorush.cli.failures import UsageError, exit_code
from tacorush.cli.parsing import Parser, take_colours, take_inconclusive
from tacorush.cli.screen import coloured, say, take_colours_off

if TYPE_CHECKING:
    from collections.abc import Sequence


def parser() -> Parser:
    """The options of this command."""
    made = Parser(
        "tacorush compare",
        "Holds a run against another: every objective, and P95 and error rate of every method, each difference with\n"
        "its interval. Writes compare.html, compare.md and compare.json. Exit codes: 0 not worse beyond what is\n"
        "tolerated, 1 worse, 2 wrong usage, 3 the runs do not tell.",
        "examples:\n  tacorush compare runs/release-1.4 runs/release-1.5\n"
        "  tacorush compare runs/base runs/new --tolerance 20%,5ms --out comparison\n"
        "  tacorush compare runs/base runs/new --inconclusive pass   # rings only for what is known to be worse",
    )
    made.add_argument("base", metavar="BASE", help="a run directory or its run.sqlite: what was")
    made.add_argument("new", metavar="NEW", help="a run directory or its run.sqlite: what is")
    made.add_argument(
        "--tolerance",
        metavar="T",
        type=_tolerance,
        default=tolerances.DEFAULT,
        help="how much worse is tolerated: 10%% of the base's figure, 5ms of times, or the larger of both, 10%%,5ms "
        f"(default: {tolerances.DEFAULT.text.replace('%', '%%')})",
    )
    made.add_argument("--slo", metavar="FILE", help="judge both by these objectives (default: each by its own)")
    made.add_argument("--out", metavar="DIR", help="where the pages go (default: beside NEW's run file)")
    take_inconclusive(made)
    take_colours(made)
    return made


def main(arguments: Sequence[str]) -> int:
    """Compares, writes the pages, says what it comes to, and exits with its code."""
    options = parser().read(arguments)
    take_colours_off(options.no_color)
    slo = objectives(options.slo) if options.slo else None
    base, new = (rundir.find(run) for run in (options.base, options.new))
    if base.samefile(new):
        raise UsageError(f"{options.base} and {options.new} are one run: name one before a change, and one after it")
    comparison = compare(_side(options.base, base, slo), _side(options.new, new, slo), options.tolerance)
    page = _write(Path(options.out) if options.out else new.parent, comparison)
    for line in comparison_lines(comparison, str(page), colours=coloured(sys.stdout, os.environ)):
        say(line + "\n")
    _tell_github(comparison, page)
    return exit_code(comparison.verdict, options.inconclusive)


def _tolerance(text: str) -> tolerances.Tolerance:
    try:
        return tolerances.tolerance(text)
    except ValueError as failure:
        raise argparse.ArgumentTypeError(str(failure)) from None


def _side(name: str, run_file: Path, slo: Path | None) -> Side:
    try:
        return side(name, run_file, slo)
    except (OSError, ValueError) as failure:
        raise UsageError(str(failure)) from failure


def _tell_github(comparison: Comparison, page: Path) -> None:
    """Tells GitHub Actions of it, where it asks, as it is told of a verdict."""
    conclusion = Conclusion(comparison.verdict, comparison.told, HEADLINE[comparison.verdict])
    run = f"{comparison.new.name} against {comparison.base.name}"
    markdown = page.with_suffix(".md")
    github.tell(conclusion, run, lambda: markdown.read_text(encoding="utf-8"), os.environ, say, sys.stderr.write)


def _write(folder: Path, comparison: Comparison) -> Path:
    from reports.pages.compared import write  # matplotlib comes with it, which a refused command need not wait for

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise UsageError(f"cannot make the folder {folder}: {failure.strerror}") from failure
    try:
        return write(folder, comparison)
    except OSError as failure:
        raise UsageError(str(failure)) from failure
