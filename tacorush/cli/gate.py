"""`tacorush gate RUN`: judges a stored run; the exit code is the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tacorush.cli import rundir
from tacorush.cli.conclusion import judged, objectives, tell
from tacorush.cli.failures import exit_code
from tacorush.cli.parsing import Parser, take_colours, take_inconclusive
from tacorush.cli.screen import take_colours_off

if TYPE_CHECKING:
    from collections.abc import Sequence


def parser() -> Parser:
    """The options of this command."""
    made = Parser(
        "tacorush gate",
        "Judges a stored run and writes nothing. Exit codes: 0 PASS, 1 FAIL, 2 wrong usage, 3 INCONCLUSIVE.",
        "examples:\n  tacorush gate runs/flow-20260101T120000Z\n"
        "  tacorush gate runs/nightly --slo slo/production.yaml || exit 1",
    )
    made.add_argument("run", metavar="RUN", help="a run directory or its run.sqlite")
    made.add_argument("--slo", metavar="FILE", help="judge by these objectives (default: those of the run)")
    take_inconclusive(made)
    take_colours(made)
    return made


def main(arguments: Sequence[str]) -> int:
    """Says the verdict and its reasons, and exits with its code."""
    options = parser().read(arguments)
    take_colours_off(options.no_color)
    judgement = judged(rundir.find(options.run), objectives(options.slo) if options.slo else None)
    tell(judgement)
    return exit_code(judgement.verdict, options.inconclusive)
