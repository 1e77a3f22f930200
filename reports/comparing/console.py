"""A comparison on a terminal: the verdict, why, what was asked less, what was done differently, and every figure."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from reports import wording
from reports.comparing import words
from reports.comparing.weighing import BETTER, OPEN, SAME, WORDS, WORSE
from reports.console import WIDTH, printable, tinted, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.comparing.comparison import Comparison
    from reports.comparing.weighing import Row

HEADLINE: Mapping[str, str] = MappingProxyType(
    {
        "PASS": "No figure of the new run is worse by more than is tolerated.",
        "FAIL": "The new run is worse than the base.",
        "INCONCLUSIVE": "These two runs do not tell whether the new one is worse.",
    }
)
"""Verdict of a comparison to what it means, in a sentence."""
WORD_MARK: Mapping[str, str] = MappingProxyType({WORSE: "✕", OPEN: "?", SAME: "=", BETTER: "✓"})
"""Word to the sign that tells it without colour."""
MOST_REASONS, MOST_LOOSENED = 8, 3


def comparison_lines(comparison: Comparison, page: str = "", colours: bool = False) -> list[str]:
    """What to print of a comparison; `page` is the path of its page, said last when given."""
    verdict = comparison.verdict
    lines = [f"{tinted(verdict, f'{wording.VERDICT_MARK[verdict]} {verdict}', colours)}  {HEADLINE[verdict]}"]
    for reason in comparison.reasons[:MOST_REASONS]:
        lines += wrapped(reason, "  - ")
    if len(comparison.reasons) > MOST_REASONS:
        lines.append(f"  - and {wording.plural(len(comparison.reasons) - MOST_REASONS, 'more reason')}, see the page")
    if comparison.loosened:
        named = "; ".join(comparison.loosened[:MOST_LOOSENED])
        more = len(comparison.loosened) - MOST_LOOSENED
        named += f"; and {wording.plural(more, 'more objective')}, see the page" if more > 0 else ""
        lines += wrapped(f"warning: less was asked of the new run: {named}", "")
    loads = [f"{each.what} {each.base} → {each.new}" for each in comparison.unlike if each.load]
    if loads:
        lines += wrapped(f"warning: not the same load: {', '.join(loads)}", "")
    others = [f"{each.what} {each.base} → {each.new}" for each in comparison.unlike if not each.load]
    if others:
        lines += wrapped(f"also different: {', '.join(others)}", "")
    told, quiet = _told(comparison.rows)
    lines += ["", *_table(told, colours)]
    if quiet:
        named = ", ".join(row.topic.name for row in quiet)
        lines += ["", *wrapped(f"{_SHORT[SAME]} in {wording.plural(len(quiet), 'more figure')}: {named}", "  = ")]
    methods = sum(bool(row.topic.method) and row.word not in _TOLD for row in comparison.rows)
    if methods:
        lines.append(f"  {wording.plural(methods, 'figure')} of methods without a known difference: see the page")
    if page:
        lines += ["", f"comparison: {printable(page)}"]
    return lines


def _told(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """The figures that get a line, what is worse first: those that differ, and those that decide; others by name."""
    shown = [row for row in rows if row.word in _TOLD or not row.topic.method]
    quiet = [row for row in shown if row.word == SAME and (row.difference is None or row.difference.value == 0)]
    told = [row for row in shown if row not in quiet]
    return sorted(told, key=lambda row: (not row.beyond, WORDS.index(row.word))), quiet


def _table(rows: Sequence[Row], colours: bool) -> Iterator[str]:
    if not rows:
        return
    cells = [
        [printable(text) for text in (row.topic.name, *_figures(row), words.change(row), words.interval(row))]
        for row in rows
    ]
    wide = [max(len(cell[column]) for cell in cells) for column in range(5)]
    word = max(len(_SHORT[row.word]) for row in rows)
    room = max(16, min(wide[0], WIDTH - 15 - word - sum(wide[1:])))
    for row, (name, base, new, change, interval) in zip(rows, cells, strict=True):
        state = tinted(_VERDICT[row.word], f"{WORD_MARK[row.word]} {_SHORT[row.word]:<{word}}", colours)
        short = name if len(name) <= room else name[: room - 1] + "…"
        figures = f"{base:>{wide[1]}} → {new:<{wide[2]}}  {change:>{wide[3]}}"
        yield f"  {state}  {short:<{room}}  {figures}  {interval}".rstrip()


def _figures(row: Row) -> tuple[str, str]:
    """Both figures, the unit said once where it is the same."""
    base, new = words.figure(row.base, row.topic.unit), words.figure(row.new, row.topic.unit)
    number, _, unit = base.rpartition(" ")
    return (number if unit and new.endswith(f" {unit}") else base), new


_SHORT: Mapping[str, str] = MappingProxyType({WORSE: WORSE, OPEN: OPEN, SAME: "no difference", BETTER: BETTER})
"""Word to what a line has room for."""
_TOLD = frozenset({WORSE, BETTER})
"""What gets a line, be it of a method only."""
_VERDICT: Mapping[str, str] = MappingProxyType({WORSE: "FAIL", OPEN: "INCONCLUSIVE", SAME: "PASS", BETTER: "PASS"})
"""Word to the verdict whose colour it has."""
