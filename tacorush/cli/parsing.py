"""How arguments are read: a parser that answers a slip in one line, and the forms of durations, rates and counts."""

from __future__ import annotations

import argparse
import difflib
import math
import re
import sys
from typing import TYPE_CHECKING, NoReturn

from tacorush.cli.failures import EXIT_OF_INCONCLUSIVE, EXIT_USAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?", re.ASCII)


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the examples as they are written, and the same width everywhere, since the docs quote this help."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=110)


class Parser(argparse.ArgumentParser):
    """Says in one line what was wrong and where help is, suggests what was meant, and exits with code 2."""

    def __init__(self, prog: str, description: str, epilog: str = "") -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            allow_abbrev=False,
            formatter_class=_HelpFormatter,
        )

    def error(self, message: str) -> NoReturn:
        """Prints the message as one line on stderr and exits with code 2."""
        sys.stderr.write(f"{self.prog}: {message}; see `{self.prog} --help`\n")
        raise SystemExit(EXIT_USAGE)

    def read(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Parses all arguments; an unknown option is refused with the nearest known one."""
        namespace, unknown = self.parse_known_args(arguments)
        if unknown:
            self.error(self._what_was_meant(unknown[0]))
        return namespace

    def _what_was_meant(self, word: str) -> str:
        if not word.startswith("-"):
            return f"there is one word too many: {word!r}"
        known = {option.strip("-"): option for action in self._actions for option in action.option_strings}
        near = difflib.get_close_matches(word.partition("=")[0].strip("-"), known, n=1)
        return f"there is no option {word}" + (f", did you mean {known[near[0]]}?" if near else "")


def take_inconclusive(parser: argparse.ArgumentParser) -> None:
    """Adds `--inconclusive`."""
    parser.add_argument(
        "--inconclusive",
        choices=list(EXIT_OF_INCONCLUSIVE),
        default="exit3",
        help="what a verdict that proves nothing means here: exit code 3 (exit3, the default), 1 (fail) or 0 (pass)",
    )


def take_colours(parser: argparse.ArgumentParser) -> None:
    """Adds `--no-color`."""
    parser.add_argument("--no-color", action="store_true", help="no colours on the terminal; so does NO_COLOR=1")


def duration(text: str) -> int:
    """Reads `30s`, `5m`, `1h30m` or a bare number of seconds; returns whole seconds, at least 1."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or not text.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is no duration: write 30s, 5m or 1h30m (whole seconds)")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    total = hours * 3600 + minutes * 60 + seconds
    if total < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is too short: a run lasts at least 1s")
    return total


def positive(text: str) -> float:
    """Reads a number above 0."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text!r} is no number")
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def count(text: str) -> int:
    """Reads a whole number of at least 1."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)


def port(text: str) -> int:
    """Reads a TCP port; 0 lets the system pick a free one."""
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: a whole number from 0 to 65535")
    return int(text)


def whole(text: str) -> int:
    """Reads a whole number of at least 0."""
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 0")
    return int(text)
