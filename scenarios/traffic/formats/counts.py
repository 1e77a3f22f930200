"""A table with a row an interval: one column says when it began, another how many came.

All intervals are equally long: as the first two rows lie apart. Times may leave intervals out, in which nobody came,
but lie between none; `--interval` counts them into others.
"""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

from scenarios.traffic.formats import table
from scenarios.traffic.formats.format import Head, Reading, Wanted
from scenarios.traffic.instants import ALLOWED, Instants
from scenarios.traffic.record import SHORTEST_NS, TrafficError, seconds_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scenarios.traffic.source import Source

MOST = 10**12
"""The most people of one row."""


class Counts:
    """A count a row."""

    name = "counts"
    says = "CSV with a row an interval: when it began, how many came"
    takes = frozenset({"time_field", "count_field"})

    def recognise(self, head: Head) -> str:
        """By a header that names a time and a count."""
        header = table.header_of(head)
        times, counts = table.named(header, table.TIME_NAMES), table.named(header, table.COUNT_NAMES)
        if len(times) == 1 and len(counts) == 1:
            return f"its header names {times[0]} and {counts[0]}"
        return ""

    def read(self, source: Source, wanted: Wanted) -> Reading:
        """Counts every row in its interval."""
        head, instants = Head.of(source.head), Instants(wanted.zone)
        pairs = _pairs(source, head, wanted, instants)
        first = list(islice(pairs, 2))
        step_ns = _step(source, first, wanted)
        origin_ns = first[0][0]
        tally = wanted.tally(step_ns, origin_ns)
        for at_ns, count in chain(first, pairs):
            if (at_ns - origin_ns) % step_ns:
                allowed = f"times a whole number of {seconds_text(step_ns)} s apart, as the first two rows are"
                source.broken("time", f"{seconds_text(abs(at_ns - origin_ns))} s from the first", allowed)
            else:
                tally.spread(at_ns, at_ns + step_ns, count)
        reading = Reading(tally, f"people of rows of {seconds_text(step_ns)} s", dated=instants.dated)
        reading.notes += instants.assumptions()
        if tally.interval_ns % step_ns:
            reading.notes.append(f"people were spread evenly within intervals of {seconds_text(step_ns)} s")
        return reading


def _pairs(source: Source, head: Head, wanted: Wanted, instants: Instants) -> Iterator[tuple[int, int]]:
    header = table.header_of(head)
    at = table.place(source, header, wanted.time_field or _by_number(header, 1), table.TIME_NAMES, "--time-field")
    of = table.place(source, header, wanted.count_field or _by_number(header, 2), table.COUNT_NAMES, "--count-field")
    rows = table.rows(source, head)
    if header:
        next(rows, None)
    for row in rows:
        time, count = (row[place].strip() if place < len(row) else "" for place in (at, of))
        try:
            at_ns = instants.ns(time)
        except ValueError:
            source.broken("time", repr(time), ALLOWED)
            continue
        if count.isdecimal() and count.isascii() and int(count) <= MOST:
            yield at_ns, int(count)
        else:
            source.broken("count", repr(count), f"a whole number from 0 to {MOST:,}")


def _by_number(header: list[str], number: int) -> str | None:
    return None if header else str(number)


def _step(source: Source, first: list[tuple[int, int]], wanted: Wanted) -> int:
    if not first:
        raise TrafficError(f"{source.name}: it has a header and no rows")
    if len(first) == 1 and wanted.interval_ns is not None:
        return wanted.interval_ns
    step_ns = first[1][0] - first[0][0] if len(first) > 1 else 0
    if step_ns < SHORTEST_NS:
        found = f"{seconds_text(step_ns)} s from the row before" if step_ns > 0 else "no later than the row before"
        raise source.wrong("time", found if len(first) > 1 else "one row only", "rows in order, equally far apart")
    return step_ns
