"""`tacorush mark RUN TEXT`: writes down in a run that goes on what was done to the platform, for its charts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tacorush.cli import rundir
from tacorush.cli.failures import EXIT_PASS, UsageError
from tacorush.cli.parsing import Parser
from tacorush.cli.screen import say
from tacorush.evidence.marks import add_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_LETTERS = 60


def parser() -> Parser:
    """The options of this command."""
    made = Parser(
        "tacorush mark",
        "Writes a mark into a run that goes on: every chart over time of its report shows it, at this moment.\n"
        "A mark takes no part in the verdict.",
        'examples:\n  tacorush mark runs/nightly "pod killed"',
    )
    made.add_argument("run", metavar="RUN", help="the run directory or its run.sqlite")
    made.add_argument("text", metavar="TEXT", help=f"what happened, at most {MOST_LETTERS} letters")
    return made


def main(arguments: Sequence[str], clock: Callable[[], int] = time.time_ns) -> int:
    """Writes the mark and says where it stands; `clock` gives Unix nanoseconds."""
    options = parser().read(arguments)
    text = " ".join(options.text.split())
    if not 0 < len(text) <= MOST_LETTERS:
        raise UsageError(f"a mark has 1 to {MOST_LETTERS} letters, this one {len(text)}")
    try:
        second = add_mark(rundir.find(options.run), text, clock())
    except ValueError as failure:
        raise UsageError(str(failure)) from failure
    say(f"marked at {second:.1f} s: {text}\n")
    return EXIT_PASS
