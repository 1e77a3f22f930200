"""`tacorush watch RUN`: looks at a run that goes on, in whatever process, until its verdict, from its run file alone.

On a terminal it draws the screen that `tacorush run` has; elsewhere, or with `--json`, it writes a line at each look:
the live page gets its figures that way. The verdict is that of `tacorush gate`, exit code included.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING

from reports.console import verdict_lines
from reports.live import told
from reports.live.so_far import final
from tacorush.cli import rundir
from tacorush.cli.conclusion import judged
from tacorush.cli.failures import EXIT_INCONCLUSIVE, exit_code
from tacorush.cli.live_screen import LiveScreen, wanted
from tacorush.cli.looking import Looking
from tacorush.cli.parsing import Parser, take_colours
from tacorush.cli.screen import Screen, coloured, take_colours_off

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reports.live.snapshot import Snapshot

SILENT_S = 30.0
"""A run whose file does not change for so long, though it has not ended, was killed: its writer commits each second."""
HINT = "Ctrl-C ends this look; the run goes on"
TELL_S = 5.0
"""So far apart are lines that people read."""


def parser() -> Parser:
    """The options of this command."""
    made = Parser(
        "tacorush watch",
        "Looks at a run that goes on, in whatever terminal or process, and shows how it goes: rates, latency, errors,\n"
        "seats sold twice, the way to a ticket, and how the objectives stand. It looks once a second at most, takes a\n"
        "twentieth of one processor at most, and ends with the verdict, whose exit code it has.",
        "examples:\n  tacorush watch runs/nightly\n  tacorush watch runs/nightly --json | jq .told.clock",
    )
    made.add_argument("run", metavar="RUN", help="the run directory or its run.sqlite")
    made.add_argument("--json", action="store_true", help="a line of JSON at each look, the last with the verdict")
    take_colours(made)
    return made


def main(
    arguments: Sequence[str],
    clock: Callable[[], int] = time.time_ns,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Looks until the run has ended and returns the exit code of its verdict; `clock` gives Unix nanoseconds."""
    options = parser().read(arguments)
    take_colours_off(options.no_color)
    path = rundir.find(options.run)
    looking, out = Looking(path, clock, time.process_time), Screen(sys.stdout)

    def enough() -> bool:
        return looking.ended or out.unread or clock() - path.stat().st_mtime_ns > SILENT_S * 1e9

    if not options.json and wanted(sys.stdout, os.environ):
        with LiveScreen(looking, sys.stdout, os.environ, HINT) as screen:
            until(enough, screen.turn, sleep)
    else:
        lines_of = as_json if options.json else Seldom(clock).line
        until(enough, lambda: tell(looking, lines_of, out), sleep)
    if out.unread:
        return EXIT_INCONCLUSIVE
    judgement = judged(path, None)
    if options.json:
        # A killed writer's journal is rolled back by who judges; whoever opened the file before cannot read it.
        now = looking.look() or Looking(path, clock, time.process_time).look()
        assert now is not None, "what was judged can be looked at"
        out.write(as_json(final(now, judgement.summary)))
    else:
        verdict = verdict_lines(judgement.summary, colours=coloured(sys.stdout, os.environ))
        out.write("".join(f"{line}\n" for line in verdict))
    looking.close()
    return exit_code(judgement.verdict, "exit3")


def until(enough: Callable[[], bool], turn: Callable[[], float], sleep: Callable[[float], None]) -> None:
    """Takes turns, with the pauses that they ask for, until it is enough."""
    while True:
        pause_s = turn()
        if enough():
            return
        sleep(pause_s)


def tell(looking: Looking, line: Callable[[Snapshot], str], out: Screen) -> float:
    """Looks, and says what is to be said of it; returns in how many seconds the next look is due."""
    if (now := looking.look()) is not None:
        out.write(line(now))
    return looking.due_s()


def as_json(now: Snapshot) -> str:
    """A snapshot as one line of JSON."""
    return json.dumps(told.as_plain(now), ensure_ascii=False) + "\n"


class Seldom:
    """Lines that people read in a log, TELL_S apart; at other looks nothing."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock, self._next_ns = clock, 0

    def line(self, now: Snapshot) -> str:
        """The line of a snapshot, empty when the last is too near."""
        at_ns = self._clock()
        if at_ns < self._next_ns:
            return ""
        self._next_ns = at_ns + round(TELL_S * 1e9)
        figures = "  ".join(f"{tile.name} {tile.value}" for tile in told.tiles(now))
        return f"{told.stage(now)}  {told.clock(now)}  {figures}  objectives: {told.summed_up(now)}\n"
