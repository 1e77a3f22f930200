"""`traffic.csv`: a record as a plain table, which a person can read, write and draw with anything.

    # Tacorush traffic: people by interval
    # starts_at: 2026-01-31T12:00:00Z
    # interval_s: 1
    # source: access.log, read as combined
    start_s,count
    0,12
    1,0

The comments may be left out. Rows are in order and a whole number of intervals apart; an interval without a row has
nobody. Without `interval_s` the first two rows tell it, and a single row is a second. What is written reads back equal.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from scenarios.traffic.record import (
    LONGEST,
    MOST,
    SECOND_NS,
    Record,
    TrafficError,
    instant_text,
    seconds_ns,
    seconds_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TITLE = "# Tacorush traffic: people by interval"
HEADER = "start_s,count"


def lines(record: Record) -> Iterator[str]:
    """Yields the file's lines, without their ends."""
    yield TITLE
    if record.starts_at is not None:
        yield f"# starts_at: {instant_text(record.starts_at)}"
    yield f"# interval_s: {seconds_text(record.interval_ns)}"
    yield from (f"# {' '.join(note.split())}" for note in record.notes)
    yield HEADER
    for index, count in enumerate(record.counts):
        yield f"{seconds_text(index * record.interval_ns)},{count}"


def write(record: Record, path: Path) -> None:
    """Writes the file whole or not at all; raises TrafficError when it cannot be written."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("w", encoding="utf-8", newline="\n") as file:
            write_to(record, file)
        beside.replace(path)
    except OSError as failure:
        beside.unlink(missing_ok=True)
        raise TrafficError(f"{path}: cannot be written: {(failure.strerror or str(failure)).lower()}") from None


def write_to(record: Record, stream: TextIO) -> None:
    """Writes the file's text to a stream."""
    stream.writelines(f"{line}\n" for line in lines(record))


def read(path: Path) -> Record:
    """Reads a file; raises TrafficError with file, line, field, what was found and what is allowed."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            return parse(file, str(path))
    except OSError as failure:
        raise TrafficError(f"{path}: cannot be read: {(failure.strerror or str(failure)).lower()}") from None
    except UnicodeDecodeError:
        raise TrafficError(f"{path}, line 1: found no text in UTF-8; {_import_first(str(path))}") from None


def parse(text: Iterable[str], name: str = "traffic.csv") -> Record:
    """Reads the lines of a file; `name` stands in errors."""
    parsed = _Parsed(name)
    for number, line in enumerate(text, 1):
        parsed.line = number
        parsed.take(line.strip())
    return parsed.record()


@dataclass(slots=True)
class _Parsed:
    """What the lines so far have said."""

    name: str
    line: int = 0
    interval_ns: int = 0
    starts_at: datetime | None = None
    notes: list[str] = field(default_factory=list)
    headed: bool = False
    counts: list[int] = field(default_factory=list)
    held: int | None = None
    """The count of the first row, until the second has told the interval."""

    def take(self, line: str) -> None:
        """Hears one line."""
        if not line or line == TITLE:
            return
        if line.startswith("#"):
            self._comment(line[1:].strip())
        elif not self.headed:
            if line.replace(" ", "").lower() != HEADER:
                raise self._wrong("header", line, HEADER, f"; {_import_first(self.name)}")
            self.headed = True
        else:
            self._row(line)

    def record(self) -> Record:
        """What they say together."""
        if not self.line:
            raise TrafficError(f"{self.name} is empty")
        if not self.headed:
            raise self._wrong("header", "none", HEADER, f"; {_import_first(self.name)}")
        if self.held is not None:
            self.counts.append(self.held)
        if not self.counts:
            raise self._wrong("rows", "none", "at least one interval")
        try:
            return Record(self.interval_ns or SECOND_NS, tuple(self.counts), self.starts_at, tuple(self.notes))
        except TrafficError as failure:
            raise TrafficError(f"{self.name}: {failure}") from None

    def _comment(self, text: str) -> None:
        key, _, value = (part.strip() for part in text.partition(":"))
        try:
            if key == "interval_s":
                self.interval_ns = seconds_ns(value)
                if not self.interval_ns:
                    raise ValueError
            elif key == "starts_at":
                self.starts_at = datetime.fromisoformat(value)
                if self.starts_at.tzinfo is None:
                    raise ValueError
            else:
                self.notes.append(text)
        except ValueError:
            allowed = "seconds above 0" if key == "interval_s" else "a time with its zone: 2026-01-31T12:00:00Z"
            raise self._wrong(key, value, allowed) from None

    def _row(self, line: str) -> None:
        start, comma, count = (part.strip() for part in line.partition(","))
        if not comma:
            raise self._wrong("row", line, HEADER)
        try:
            start_ns = seconds_ns(start)
        except ValueError:
            raise self._wrong("start_s", start, "seconds from the start") from None
        if not (count.isascii() and count.isdecimal() and int(count) <= MOST):
            raise self._wrong("count", count, f"a whole number from 0 to {MOST:,}")
        self._place(start_ns, int(count))

    def _place(self, start_ns: int, count: int) -> None:
        if not self.interval_ns:
            if self.held is None:
                if start_ns:
                    raise self._wrong("start_s", seconds_text(start_ns), "0 in the first row, or # interval_s: before")
                self.held = count
                return
            if not start_ns:
                raise self._wrong("start_s", "0", "after the row before")
            self.interval_ns = start_ns
            self.counts.append(self.held)
            self.held = None
        index, off = divmod(start_ns, self.interval_ns)
        if off or index < len(self.counts):
            least = seconds_text(len(self.counts) * self.interval_ns)
            allowed = f"from {least} on, whole intervals of {seconds_text(self.interval_ns)} s"
            raise self._wrong("start_s", seconds_text(start_ns), allowed)
        if index >= LONGEST:
            raise self._wrong("start_s", seconds_text(start_ns), f"at most {LONGEST:,} intervals")
        self.counts += [0] * (index - len(self.counts))
        self.counts.append(count)

    def _wrong(self, field_: str, found: str, allowed: str, more: str = "") -> TrafficError:
        return TrafficError(f"{self.name}, line {self.line}: {field_}: found {found}; allowed: {allowed}{more}")


def _import_first(name: str) -> str:
    return f"other records become one with `tacorush traffic import {name} -o traffic.csv`"
