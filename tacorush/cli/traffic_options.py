"""The options of `tacorush traffic` and its four commands, and how their values are read."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, tzinfo
from fractions import Fraction
from typing import TYPE_CHECKING

from scenarios.duration import seconds
from scenarios.traffic.formats import FORMATS
from scenarios.traffic.formats.prometheus import SERIES
from scenarios.traffic.instants import zone_of
from scenarios.traffic.record import SECOND_NS
from tacorush.cli.parsing import Parser, count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

EPILOG = """\
examples:
  tacorush traffic import access.log.gz -o traffic.csv
  zcat logs/*.gz | tacorush traffic import - --match '"POST /orders' -o orders.csv
  tacorush traffic show traffic.csv
  tacorush traffic cut traffic.csv --from 10m --to 15m -o spike.csv
  tacorush traffic scale spike.csv --peak 200 -o smaller.csv
  tacorush run flow --replay smaller.csv

`tacorush traffic import --help` (show, scale, cut) tells the options of each.
"""


class _Family(Parser):
    """A parser whose help also tells the options of each of its commands."""

    def __init__(self, prog: str, description: str, epilog: str) -> None:
        super().__init__(prog, description, epilog)
        self.members: dict[str, Parser] = {}

    def read(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Parses all arguments; what is wrong with those of a command is said in that command's name."""
        name = arguments[0] if arguments else ""
        if name not in self.members:
            return super().read(arguments)
        options = self.members[name].read(arguments[1:])
        options.command = name
        return options

    def format_help(self) -> str:
        """Its own help and that of its commands."""
        return (
            "\n\n".join(
                [super().format_help().rstrip(), *(one.format_help().rstrip() for one in self.members.values())]
            )
            + "\n"
        )


class _Member(Parser):
    """Made by argparse, which hands in `prog` alone."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, "")


def parser() -> Parser:
    """The options of the command and of its four."""
    made = _Family(
        "tacorush traffic",
        "Turns what other tools and platforms recorded into arrivals (traffic.csv), shows and changes them.",
        EPILOG,
    )
    commands = made.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Member)
    for name, (says, declare) in _COMMANDS.items():
        member = commands.add_parser(name, help=says[0].lower() + says[1:].partition(";")[0])
        member.description = says[0].upper() + says[1:] + "."
        declare(member)
        made.members[name] = member
    return made


def _declare_import(made: Parser) -> None:
    made.add_argument("file", metavar="FILE", help="what was recorded, plain or gzipped; - is standard input")
    made.add_argument(
        "--format", choices=list(FORMATS), metavar="NAME", help="one of those below (default: told from the file)"
    )
    made.epilog = "formats:\n" + "".join(f"  {name:<11} {one.says}\n" for name, one in FORMATS.items())
    _declare_output(made)
    made.add_argument(
        "--interval", type=_length, metavar="D", help="length of an interval: 1s, 1m (default: 1s, or the record's)"
    )
    made.add_argument("--from", dest="since", metavar="TIME", help="leave out what came before: 2026-01-31T12:00:00Z")
    made.add_argument("--to", dest="until", metavar="TIME", help="leave out what came at this time or later")
    made.add_argument(
        "--zone",
        type=_zone,
        default=UTC,
        metavar="ZONE",
        help="zone of times that name none: +02:00, Europe/Berlin (default UTC)",
    )
    made.add_argument(
        "--time-field",
        metavar="NAME",
        help="jsonl, timestamps, counts: the field of the time (a.b in objects; a column's number)",
    )
    made.add_argument("--count-field", metavar="NAME", help="counts: the column of the count")
    made.add_argument(
        "--metric",
        metavar="NAME",
        help="k6: what to count (default iteration_duration, which is iterations by their start); "
        "locust: the name of a request (default Aggregated); run: planned (default) or started",
    )
    made.add_argument("--series", choices=SERIES, help="prometheus: what the values are")
    made.add_argument(
        "--match",
        type=_pattern,
        metavar="REGEX",
        help="common, combined, jsonl, vegeta: only lines in which this is found",
    )
    made.add_argument(
        "--skip-broken", action="store_true", help="leave out lines that cannot be read, and say how many"
    )


def _declare_show(made: Parser) -> None:
    made.add_argument("file", metavar="FILE", help="a traffic.csv; - is standard input")
    made.add_argument(
        "--zone", type=_zone, default=UTC, metavar="ZONE", help="zone of the hours of the day (default UTC)"
    )
    made.add_argument("--plot", metavar="FILE", help="draw it into a PNG file too")
    made.add_argument("--width", type=count, metavar="N", help="columns of the chart (default: the terminal's)")


def _declare_scale(made: Parser) -> None:
    made.add_argument("file", metavar="FILE", help="a traffic.csv; - is standard input")
    factor = made.add_mutually_exclusive_group()
    factor.add_argument("--rate-factor", type=_factor, metavar="X", help="so many times the people")
    factor.add_argument(
        "--peak", type=_factor, metavar="R", help="as many as give the fullest interval R people a second"
    )
    made.add_argument(
        "--time-factor",
        type=_factor,
        metavar="X",
        help="the same people in so many times the time: 0.5 is twice as fast",
    )
    _declare_output(made)


def _declare_cut(made: Parser) -> None:
    made.add_argument("file", metavar="FILE", help="a traffic.csv; - is standard input")
    made.add_argument(
        "--from",
        dest="since",
        metavar="WHEN",
        help="where it begins: 10m from the start, or a time (default: the start)",
    )
    made.add_argument("--to", dest="until", metavar="WHEN", help="where it ends (default: the end)")
    _declare_output(made)


def _declare_output(made: Parser) -> None:
    made.add_argument(
        "-o", "--output", required=True, metavar="FILE", help="the traffic.csv to write; - is standard output"
    )
    made.add_argument("--overwrite", action="store_true", help="replace the file that -o names")


def _length(text: str) -> int:
    try:
        ns = round(seconds(text) * SECOND_NS)
    except ValueError as failure:
        raise argparse.ArgumentTypeError(str(failure)) from None
    if ns <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0")
    return ns


def _zone(text: str) -> tzinfo:
    try:
        return zone_of(text)
    except ValueError as failure:
        raise argparse.ArgumentTypeError(str(failure)) from None


def _factor(text: str) -> Fraction:
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        value = Fraction(0)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return value


def _pattern(text: str) -> re.Pattern[bytes]:
    try:
        return re.compile(text.encode())
    except re.error as failure:
        raise argparse.ArgumentTypeError(f"{text!r} is no regular expression: {failure}") from None


_COMMANDS: Mapping[str, tuple[str, Callable[[Parser], None]]] = {
    "import": (
        "turns a record into traffic.csv; says what was counted, what was assumed and what was left out",
        _declare_import,
    ),
    "show": ("draws traffic.csv and describes it; peak, burstiness, shape of the day", _declare_show),
    "scale": (
        "makes more or fewer people of it, or another speed; rounds to whole people, at most 1 off",
        _declare_scale,
    ),
    "cut": ("takes a part of it; it starts at 0 again", _declare_cut),
}
