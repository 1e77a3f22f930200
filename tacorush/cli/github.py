"""A verdict as GitHub Actions shows it: an annotation for each reason, and report.md on the summary of the job.

Both are told as GitHub asks for them, and only where it asks: annotations are lines on stdout where GITHUB_ACTIONS is
set, the summary is what is appended to the file that GITHUB_STEP_SUMMARY names. Neither changes the verdict or the exit
code. GitHub shows ten annotations of a level for each step and drops the others, so the tenth says how many there are;
it drops a summary of more than 1 MiB whole, so a longer one ends early and says so.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from reports import wording
from reports.verdicts import FAIL, INCONCLUSIVE, PASS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reports.verdict import Conclusion

ACTIONS, SUMMARY = "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"
LEVELS: Mapping[str, str] = MappingProxyType({FAIL: "error", INCONCLUSIVE: "warning", PASS: "notice"})
"""What a reason speaks for, to the level of its annotation."""
MOST_OF_A_LEVEL = 10
SUMMARY_OCTETS = 2**20
"""A step's summary has to be smaller."""
CUT = "\n\n*The summary is cut here, since GitHub shows none that is larger; report.md has the rest.*\n"

_MESSAGE = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
_PROPERTY = (*_MESSAGE, (":", "%3A"), (",", "%2C"))
"""What has to be written otherwise inside of a command; the percent sign first."""


def annotated(conclusion: Conclusion, run: str) -> Iterator[str]:
    """Yields a workflow command for each reason of a verdict; `run` is how their titles call the run."""
    title = f"{conclusion.verdict}: {run}"
    for level, group in groupby(conclusion.told.items(), key=lambda row: LEVELS[row[1]]):
        reasons = [sentence for sentence, _ in group]
        if len(reasons) > MOST_OF_A_LEVEL:
            more = len(reasons) - MOST_OF_A_LEVEL + 1
            reasons[MOST_OF_A_LEVEL - 1 :] = [f"… and {wording.plural(more, 'more reason')}, see the report"]
        yield from (command(level, title, reason) for reason in reasons)


def command(level: str, title: str, message: str) -> str:
    """Writes one workflow command; nothing in its words can end it or begin another."""
    return f"::{level} title={_escaped(title, _PROPERTY)}::{_escaped(message, _MESSAGE)}"


def append_summary(path: Path, text: str) -> None:
    """Appends Markdown to a job's summary, cut so that all of it stays under SUMMARY_OCTETS; raises OSError."""
    with path.open("ab") as file:
        room = SUMMARY_OCTETS - 1 - file.tell()
        file.write(_fitting(text, room))


def tell(
    conclusion: Conclusion,
    run: str,
    markdown: Callable[[], str],
    environment: Mapping[str, str],
    say: Callable[[str], object],
    warn: Callable[[str], object],
) -> None:
    """Tells GitHub of a verdict as far as the environment asks for it.

    `markdown` makes report.md; a summary that cannot be written is a line for `warn`.
    """
    if environment.get(ACTIONS):
        for line in annotated(conclusion, run):
            say(line + "\n")
    if path := environment.get(SUMMARY):
        try:
            append_summary(Path(path), markdown())
        except OSError as failure:
            warn(f"tacorush: the job's summary {path} cannot be written: {failure.strerror or failure}\n")


def _escaped(text: str, table: tuple[tuple[str, str], ...]) -> str:
    for letter, written in table:
        text = text.replace(letter, written)
    return text


def _fitting(text: str, room: int) -> bytes:
    """The text, or as many of its whole lines as fit into so many octets with a line that says so; at worst nothing."""
    whole = text.encode()
    if len(whole) <= room:
        return whole
    note = CUT.encode()
    kept = whole[: max(0, room - len(note))]
    kept = kept[: kept.rfind(b"\n") + 1]
    return kept + note if kept else b""
