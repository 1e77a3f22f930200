"""Tables of text: delimiter, header and columns, read row by row with the number of the line at hand."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from scenarios.traffic.instants import Instants
from scenarios.traffic.record import TrafficError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scenarios.traffic.formats.format import Head
    from scenarios.traffic.source import Source

TIME_NAMES = ("time", "timestamp", "ts", "date", "datetime", "at", "start", "start_s", "second", "seconds", "t")
COUNT_NAMES = ("count", "counts", "requests", "hits", "arrivals", "people", "visitors", "journeys", "value", "n")
"""Names that columns have when nobody says, in any case."""
COMMENT = "#"


def cells(line: str) -> list[str]:
    """Parts one line at the delimiter that it has most of."""
    return next(csv.reader([line], delimiter=delimiter_of(line)), [])


def delimiter_of(line: str) -> str:
    """The delimiter of a line: a comma, a semicolon or a tab."""
    return max(",;\t", key=line.count)


def header_of(head: Head) -> list[str]:
    """The header's names; empty when the first line holds an instant already."""
    names = [name.strip() for name in cells(_first(head))]
    return [] if any(_instant(name) for name in names) else names


def named(header: Sequence[str], usual: Sequence[str]) -> list[str]:
    """Those of a header's names that are usual for a column."""
    return [name for name in header if name.lower() in usual]


def width(head: Head) -> int:
    """How many columns the first line has."""
    return len(cells(_first(head)))


def rows(source: Source, head: Head) -> Iterator[list[str]]:
    """Yields every row, the header too; lines that begin with # are comments."""
    try:
        yield from csv.reader(
            (line for line in source.text() if not line.startswith(COMMENT)), delimiter=delimiter_of(_first(head))
        )
    except csv.Error as failure:
        raise source.wrong("row", str(failure), "a row of a table") from None


def place(source: Source, header: Sequence[str], asked: str | None, usual: Sequence[str], option: str) -> int:
    """Returns the number, from 0, of the column that is meant.

    `asked` is its name or its number from 1; without it the one with a usual name is taken. Raises TrafficError.
    """
    names = [name.lower() for name in header]
    if asked is not None and asked.lower() in names:
        return names.index(asked.lower())
    if asked is not None and asked.isdecimal() and int(asked) > 0 and (not header or int(asked) <= len(header)):
        return int(asked) - 1
    found = named(header, usual)
    if asked is None and len(found) == 1:
        return names.index(found[0].lower())
    raise TrafficError(
        f"{source.name}, line 1: {option} {asked or '(not given)'}: found the columns {', '.join(header) or '(none)'}; "
        f"allowed: the name of one, or its number from 1"
    )


def _first(head: Head) -> str:
    return next((line for line in head.lines if not line.startswith(COMMENT)), "")


def _instant(text: str) -> bool:
    try:
        Instants().ns(text)
    except ValueError:
        return False
    return True
