"""Locust's `PREFIX_stats_history.csv`, from `locust --csv PREFIX`: a row a second, and one more for each request name
with `--csv-full-history`.

The count of a second is by how much `Total Request Count` rose until the next row: exact. `Requests/s` is a mean over
the ten seconds before, which flattens every spike; it is taken only where a file has no totals, and that is said. A
total that falls was reset (`--reset-stats`): what it shows then came since. Locust counts requests when they end.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, NamedTuple

from scenarios.traffic.formats import table
from scenarios.traffic.formats.format import Head, Reading, Wanted
from scenarios.traffic.instants import Instants
from scenarios.traffic.record import SECOND_NS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scenarios.traffic.source import Source

AGGREGATED = "Aggregated"
TOTAL, RATE = "Total Request Count", "Requests/s"
_NEEDED = ("Timestamp", "Name")
_MOST = 10**12


class _Row(NamedTuple):
    at_ns: int
    value: Decimal


class LocustHistory:
    """Requests of one name, by default of all."""

    name = "locust"
    says = "Locust's PREFIX_stats_history.csv, from `locust --csv PREFIX`"
    takes = frozenset({"metric"})

    def recognise(self, head: Head) -> str:
        """By the header."""
        header = table.header_of(head)
        column = next((name for name in (TOTAL, RATE) if name in header), "")
        fits = {*_NEEDED, "User Count"} <= set(header) and column
        return f"its header has Timestamp, User Count, Name and {column}" if fits else ""

    def read(self, source: Source, wanted: Wanted) -> Reading:
        """Counts what came between two rows of the name."""
        head = Head.of(source.head)
        header = table.header_of(head)
        column = TOTAL if TOTAL in header else RATE
        for needed in (*_NEEDED, column):
            if needed not in header:
                raise source.wrong("header", ", ".join(header) or "none", f"a header with {needed}")
        reading = Reading(wanted.tally(), "")
        rows = _Rows(source, head, wanted, column)
        resets = _count_totals(rows, reading) if column == TOTAL else _count_rates(rows, reading)
        name = rows.name
        reading.counted = f"requests of {name} by their end, from how {TOTAL} rose"
        if column == RATE:
            reading.counted = f"requests of {name} by their end, from {RATE}"
            reading.notes.append(f"{RATE} is a mean over 10 s, so spikes are flattened: there was no {TOTAL}")
        if resets:
            reading.notes.append(f"resets of the total: {resets}; what it then showed had come since")
        reading.skipped.append(f"{rows.others:,} rows of other names")
        return reading


class _Rows:
    """The rows of the wanted name; how many others there were."""

    def __init__(self, source: Source, head: Head, wanted: Wanted, column: str) -> None:
        header = table.header_of(head)
        self._places = header.index("Timestamp"), header.index("Name"), header.index(column)
        self._source, self._column = source, column
        self._rows, self._instants = table.rows(source, head), Instants(wanted.zone)
        self.name, self.others = wanted.metric or AGGREGATED, 0
        next(self._rows)

    def __iter__(self) -> Iterator[_Row]:
        at, name, of = self._places
        latest_ns = -1
        for row in self._rows:
            if len(row) <= max(self._places):
                self._source.broken("row", ",".join(row), "as many fields as the header has")
                continue
            if row[name] != self.name:
                self.others += 1
                continue
            found = self._row(row[at], row[of])
            if found is not None and found.at_ns < latest_ns:
                self._source.broken("Timestamp", row[at], "rows in order of time")
            elif found is not None:
                latest_ns = found.at_ns
                yield found

    def _row(self, time: str, value: str) -> _Row | None:
        try:
            number = Decimal(value)
            if not 0 <= number <= _MOST:
                raise InvalidOperation
            return _Row(self._instants.ns(time), number)
        except (InvalidOperation, ValueError):
            found = f"{value!r} at {time!r}"
            self._source.broken(self._column, found, "a number from 0, and a Unix time")
            return None


def _count_totals(rows: _Rows, reading: Reading) -> int:
    """Counts from totals; returns how many resets there were."""
    before: _Row | None = None
    resets = 0
    for row in rows:
        since_ns = row.at_ns - SECOND_NS if before is None else before.at_ns
        came = row.value - (before.value if before else 0)
        if came < 0:
            resets, came = resets + 1, row.value
        if row.at_ns > since_ns:
            reading.tally.spread(since_ns, row.at_ns, int(came))
            before = row
    if before is not None and before.value == 0:
        reading.notes.append("no request had ended by the last row")
    return resets


def _count_rates(rows: _Rows, reading: Reading) -> int:
    due, given = Decimal(0), 0
    for row in rows:
        due += row.value
        came = int(due + Decimal("0.5")) - given
        given += came
        reading.tally.spread(row.at_ns - SECOND_NS, row.at_ns, came)
    return 0
