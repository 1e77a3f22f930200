"""A table with a row a person: one column holds when each came.

Without a header it is the first column; with one, the column that is called like a time, or `--time-field`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.traffic.formats import table
from scenarios.traffic.formats.format import Head, Reading, Wanted
from scenarios.traffic.instants import ALLOWED, Instants
from scenarios.traffic.record import TrafficError

if TYPE_CHECKING:
    from scenarios.traffic.source import Source


class Timestamps:
    """A time a row."""

    name = "timestamps"
    says = "CSV with a row a person and a column of times"
    takes = frozenset({"time_field"})

    def recognise(self, head: Head) -> str:
        """By a header that names a time and no count, or by a single column of instants."""
        header = table.header_of(head)
        times, counts = table.named(header, table.TIME_NAMES), table.named(header, table.COUNT_NAMES)
        if len(times) == 1 and not counts:
            return f"its header names {times[0]} and no count"
        if not header and head.lines and table.width(head) == 1:
            return "it has one column, which begins with an instant"
        return ""

    def read(self, source: Source, wanted: Wanted) -> Reading:
        """Counts every row at its time."""
        head = Head.of(source.head)
        header = table.header_of(head)
        asked = wanted.time_field or (None if header else "1")
        place = table.place(source, header, asked, table.TIME_NAMES, "--time-field")
        name = header[place] if header else f"column {place + 1}"
        rows, instants, tally = table.rows(source, head), Instants(wanted.zone), wanted.tally()
        if header:
            next(rows, None)
        for row in rows:
            value = row[place] if place < len(row) else ""
            try:
                tally.add(instants.ns(value))
            except ValueError as failure:
                if isinstance(failure, TrafficError):
                    raise
                source.broken(name, repr(value), ALLOWED)
        reading = Reading(tally, f"rows by {name}", dated=instants.dated)
        reading.notes += instants.assumptions()
        return reading
