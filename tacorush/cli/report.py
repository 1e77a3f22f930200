"""`tacorush report RUN`: makes the pages of a run again, from its run file alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tacorush.cli import rundir
from tacorush.cli.conclusion import judged, objectives, write
from tacorush.cli.failures import EXIT_PASS
from tacorush.cli.parsing import Parser
from tacorush.cli.screen import say

if TYPE_CHECKING:
    from collections.abc import Sequence


def parser() -> Parser:
    """The options of this command."""
    made = Parser(
        "tacorush report",
        "Renders report.html, report.json, report.md and junit.xml of a run again, beside its run file.\n"
        "A run that was killed is rendered with all that it had recorded.",
        "examples:\n  tacorush report runs/flow-20260101T120000Z\n"
        "  tacorush report copied.sqlite --slo slo/production.yaml",
    )
    made.add_argument("run", metavar="RUN", help="a run directory or its run.sqlite")
    made.add_argument("--slo", metavar="FILE", help="judge by these objectives (default: those of the run)")
    return made


def main(arguments: Sequence[str]) -> int:
    """Renders, says where, and exits 0 whatever the verdict is."""
    options = parser().read(arguments)
    path = rundir.find(options.run)
    judgement = judged(path, objectives(options.slo) if options.slo else None)
    page = write(path, judgement)
    say(f"{judgement.verdict}: {page}\n")
    return EXIT_PASS
