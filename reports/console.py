"""The end of a run on a terminal: the verdict, why, the objectives in columns, oversell, and where the report lies.

Lines are at most 100 columns wide and hold no markup; colour is ANSI, only when asked for, and never the only sign.
Control characters from outside are not let through to the terminal.
"""

from __future__ import annotations

import re
import textwrap
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from reports import wording
from reports.objectives import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WIDTH = 100
"""Columns that a line has at most."""

_COLOURS: Mapping[str, str] = MappingProxyType({"PASS": "\x1b[32m", "FAIL": "\x1b[31m", "INCONCLUSIVE": "\x1b[33m"})
_PLAIN = "\x1b[0m"
_MOST_REASONS = 6
_UNIT = re.compile(r"(?<=\d) (?=(?:%|ms|s|µs)(?:\W|$))")


def verdict_lines(summary: Mapping[str, Any], report: str = "", colours: bool = False) -> list[str]:
    """What to print when a run was judged; `report` is the path of its page, said last when given."""
    verdict = summary["verdict"]
    state = tinted(verdict, f"{wording.VERDICT_MARK[verdict]} {verdict}", colours)
    lines = [f"{state}  {wording.VERDICT_HEADLINE[verdict]}"]
    for reason in summary["reasons"][:_MOST_REASONS]:
        lines += wrapped(reason, "  - ")
    if len(summary["reasons"]) > _MOST_REASONS:
        lines.append(
            f"  - and {wording.plural(len(summary['reasons']) - _MOST_REASONS, 'more reason')}, see the report"
        )
    if summary["objectives"]:
        lines += ["", *_objectives(summary["objectives"], colours)]
    lines += ["", *wrapped(oversell_line(summary), ""), *wrapped(_load_line(summary), "")]
    if verdict == "INCONCLUSIVE":
        lines += wrapped(summary["advice"], "")
    if report:
        lines += ["", f"report: {printable(report)}"]
    return lines


def oversell_line(summary: Mapping[str, Any]) -> str:
    """Says in a sentence what was found about oversell, and how hard the promise was tried."""
    oversell = summary["oversell"]
    contended = f"{wording.plural(oversell['contended_seats'], 'seat')} wanted by two or more journeys"
    possible = f", {wording.count(oversell['possible'])} more possible" if oversell["possible"] else ""
    shown = oversell.get("would_have_shown") if oversell["contended_seats"] and not oversell["definite"] else None
    power = f", so that more than {wording.share(shown)} of them would have shown (95 %)" if shown else ""
    return f"oversell: {wording.plural(oversell['definite'], 'seat')} sold twice{possible}; {contended}{power}"


def _load_line(summary: Mapping[str, Any]) -> str:
    totals, rate = summary["totals"], summary["rate"]
    return (
        f"load: {wording.plural(totals['rpcs'], 'call')}, {wording.plural(totals['journeys'], 'journey')} at "
        f"{wording.per_second(rate['achieved_per_s'])}, {wording.plural(totals['orders'], 'order')} in "
        f"{wording.seconds(summary['driven_s'])}"
    )


def _objectives(objectives: Sequence[Mapping[str, Any]], colours: bool) -> Iterator[str]:
    rows = [(row["verdict"], str(row["name"]), words.known(row), words.threshold(row)) for row in objectives]
    rows = [(verdict, *(printable(word) for word in words)) for verdict, *words in rows]
    got, asked = (max(len(row[column]) for row in rows) for column in (2, 3))
    room = min(WIDTH - 16 - got - asked - 8, max(len(row[1]) for row in rows))
    for verdict, name, measured, threshold in rows:
        state = tinted(verdict, f"{wording.VERDICT_MARK[verdict]} {verdict:<12}", colours)
        short = name if len(name) <= room else name[: room - 1] + "…"
        yield f"  {state} {short:<{room}} {measured:>{got}}  {threshold:<{asked}}".rstrip()


def tinted(verdict: str, text: str, colours: bool) -> str:
    """Colours a text as its verdict is, where colours are asked for."""
    return f"{_COLOURS[verdict]}{text}{_PLAIN}" if colours else text


def wrapped(text: str, bullet: str) -> list[str]:
    """Breaks a text into lines of WIDTH columns, the first behind a bullet."""
    # A number and its unit stay on one line.
    kept = _UNIT.sub("\u00a0", printable(text))
    indent = " " * len(bullet)
    lines = textwrap.wrap(kept, WIDTH, initial_indent=bullet, subsequent_indent=indent, break_on_hyphens=False)
    return [line.replace("\u00a0", " ") for line in lines]


def printable(text: str) -> str:
    """Replaces what would move a terminal's cursor or colours."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
