"""`tacorush plan SCENARIO`: what a run would drive and need, without any load."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.own_journeys import OwnJourneyError
from scenarios.preflight import TargetUnusable
from tacorush.cli.driven import planned, take_pace, take_ways
from tacorush.cli.failures import EXIT_PASS, UsageError
from tacorush.cli.parsing import Parser, count, positive
from tacorush.cli.planning import words
from tacorush.cli.planning.cost import calibrate, cost_of
from tacorush.cli.planning.forecast import Forecast
from tacorush.cli.planning.rehearsal import rehearse
from tacorush.cli.screen import say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

PEOPLE = 2000
SERVICE_MS = 10.0

EPILOG = """\
examples:
  tacorush plan rush                                 chart and figures
  tacorush plan flow --rate 500 --duration 5m        at another pace: how many processes will it take?
  tacorush plan k6-2025 --scale 0.001                the ladder, a thousandth as high
  tacorush plan flow --replay traffic.csv            what a recorded spike needs
  tacorush plan rush --plot rush.png                 the same as a picture
  tacorush plan path/to/mine.yaml --json             for programs
"""


def parser() -> Parser:
    """The options of this command."""
    made = Parser(
        "tacorush plan",
        "Shows what a run of the scenario would drive, without any load: planned arrivals, calls by method, users in\n"
        "flight, seats, admissions and processes needed. People are rehearsed in virtual time.",
        EPILOG,
    )
    take_pace(made)
    take_ways(made)
    made.add_argument(
        "--service-ms", type=positive, default=SERVICE_MS, metavar="MS",
        help=f"how long an answer is assumed to take (default {SERVICE_MS:g})",
    )  # fmt: skip
    made.add_argument(
        "--people", type=count, default=PEOPLE, metavar="N", help=f"rehearse about so many (default {PEOPLE})"
    )
    made.add_argument(
        "--calibrate", action="store_true",
        help="measure a call's cost first, by 8 s of `flow` at the bundled platform (this makes a little load here)",
    )  # fmt: skip
    made.add_argument("--plot", type=Path, metavar="FILE", help="draw planned arrivals into FILE.png")
    made.add_argument("--json", action="store_true", help="as JSON, for programs")
    return made


def main(arguments: Sequence[str]) -> int:
    """Prints the plan."""
    options = parser().read(arguments)
    forecast = foreseen(options)
    if options.plot is not None:
        # Loading matplotlib takes longer than all the rest.
        from tacorush.cli.planning.drawing import draw

        draw(forecast, options.plot)
    if options.json:
        say(json.dumps(forecast.as_json(), indent=2, ensure_ascii=False) + "\n")
        return EXIT_PASS
    unicode = (sys.stdout.encoding or "ascii").lower().startswith("utf")
    width = shutil.get_terminal_size().columns
    lines = [*words.heading(forecast, width), "", *words.picture(forecast, width, unicode), ""]
    text = "\n".join([*lines, *words.sentences(forecast, width)]) + "\n"
    say(text if unicode else text.encode(sys.stdout.encoding or "ascii", "replace").decode())
    return EXIT_PASS


def foreseen(options: argparse.Namespace) -> Forecast:
    """Plans, rehearses, and adds up; raises UsageError for what cannot be planned."""
    plan = planned(options, "plan")
    scenario = plan.scenario
    profile, service_s = options.platform or scenario.platform, options.service_ms / 1000
    cost = calibrate() if options.calibrate else cost_of(scenario.name)
    try:
        rehearsal = rehearse(plan, profile, most=options.people, service_s=service_s)
    except OwnJourneyError as failure:
        raise UsageError(str(failure)) from failure
    except TargetUnusable as failure:
        raise UsageError(f"the bundled platform would not do for this scenario: {failure}") from None
    return Forecast(rehearsal, profile, service_s, cost)
