"""Puts one delta into the run file's tables, inside the caller's transaction, and exactly once.

A delta that is in already changes nothing. Cells of one key and process merge by adding, arrivals and counters add up,
of the kept calls the KEPT slowest and the first KEPT failed of each method stay. With each delta stands how many calls,
claims and arrivals it brought, so that a reader can tell a file in which some of it is missing.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias
from zlib import crc32

from tacorush.evidence.histogram import Histogram
from tacorush.evidence.packed_claims import PackedClaims
from tacorush.evidence.recorder import DIGEST_MODULUS, KEPT
from tacorush.evidence.schema import CALL_COLUMNS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from tacorush.evidence.records import ArrivalSecond, CellKey, Delta, ProcessInfo

ROWS_AT_ONCE = 64
"""Rows of one statement. SQLite lets go of the interpreter for each one, then waits for a busy load to give it back:
beside a thread that never rests, 6,000 to 10,000 claims a second go in row by row, and 29,000 to 46,000 this way."""

Statement: TypeAlias = "tuple[str, tuple[Any, ...]]"
"""SQL and its values."""


class Intake:
    """Takes deltas in over one connection. After a rollback, call `forget`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._key_ids: dict[tuple[str, ...], int] = {}

    def forget(self) -> None:
        """Forgets the numbers of keys: the transaction that wrote some of them down was rolled back."""
        self._key_ids.clear()

    def apply(self, delta: Delta) -> None:
        """Adds what the delta holds, unless it is in."""
        new = self._database.execute("INSERT OR IGNORE INTO deltas VALUES (?, ?, ?, ?, ?)", _delta_row(delta)).rowcount
        if not new:
            return
        self._add_cells(delta.process, delta.cells)
        self._add_claims(delta)
        self._add_calls(delta)
        for row in delta.arrivals:
            self._add_arrivals(delta.process, row)
        self._database.executemany(
            "INSERT INTO counters VALUES (?, ?, ?)"
            " ON CONFLICT (process, name) DO UPDATE SET value = value + excluded.value",
            [(delta.process, name, value) for name, value in delta.counters.items()],
        )
        self._database.executemany(
            "INSERT OR REPLACE INTO extras VALUES (?, ?, ?)",
            [(delta.process, name, json.dumps(value)) for name, value in delta.extra.items()],
        )
        if delta.info is not None:
            self._database.execute(*process_row(delta.info))

    def _add_cells(self, process: str, cells: Mapping[CellKey, Histogram]) -> None:
        """Adds to what is there of each second, which is looked up once for all cells of it."""
        there: dict[int, dict[int, bytes]] = {}
        rows: list[tuple[Any, ...]] = []
        for key, histogram in cells.items():
            second, number = key.second, self._key_id(key[1:])
            if second not in there:
                there[second] = self._cells_of(second, process)
            if (found := there[second].get(number)) is not None:
                merged = Histogram.from_bytes(found)
                merged.merge(histogram)
                histogram = merged
            rows.append((second, number, process, histogram.count, histogram.to_bytes()))
        self._put("INSERT OR REPLACE", "cells", ("second", "key", "process", "count", "histogram"), rows)

    def _cells_of(self, second: int, process: str) -> dict[int, bytes]:
        return dict(
            self._database.execute(
                "SELECT key, histogram FROM cells WHERE second = ? AND process = ?", (second, process)
            )
        )

    def _key_id(self, key: tuple[str, ...]) -> int:
        number = self._key_ids.get(key)
        if number is None:
            columns = "measure, journey, outcome, code, clock"
            self._database.execute(f"INSERT OR IGNORE INTO keys ({columns}) VALUES (?, ?, ?, ?, ?)", key)  # noqa: S608
            where = "measure = ? AND journey = ? AND outcome = ? AND code = ? AND clock = ?"
            number = int(self._database.execute(f"SELECT id FROM keys WHERE {where}", key).fetchone()[0])  # noqa: S608
            self._key_ids[key] = number
        return number

    def _add_claims(self, delta: Delta) -> None:
        claims = PackedClaims.of(delta.claims)
        if claims:
            octets = claims.octets()
            self._database.execute(
                "INSERT INTO claims VALUES (?, ?, ?, ?, ?)",
                (delta.process, delta.sequence, len(claims), crc32(octets), octets),
            )

    def _put(self, verb: str, table: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
        """Writes rows, ROWS_AT_ONCE with each statement."""
        whole = len(rows) - len(rows) % ROWS_AT_ONCE
        many, one = (_statement(verb, table, columns, count) for count in (ROWS_AT_ONCE, 1))
        for at in range(0, whole, ROWS_AT_ONCE):
            self._database.execute(many, tuple(chain.from_iterable(rows[at : at + ROWS_AT_ONCE])))
        self._database.executemany(one, rows[whole:])

    def _add_calls(self, delta: Delta) -> None:
        rows = [(*_CALL(call), delta.process) for call in delta.calls]
        self._put("INSERT", "calls", (*CALL_COLUMNS, "process"), rows)
        for method, why in sorted({(call.method, call.why) for call in delta.calls}):
            order = "answered_ns - due_ns DESC, id" if why == "slow" else "id"
            self._database.execute(
                "DELETE FROM calls WHERE method = ? AND why = ? AND id NOT IN"  # noqa: S608 - the order is ours
                f" (SELECT id FROM calls WHERE method = ? AND why = ? ORDER BY {order} LIMIT {KEPT})",
                (method, why, method, why),
            )

    def _add_arrivals(self, process: str, row: ArrivalSecond) -> None:
        found = self._database.execute(
            "SELECT planned, started, late, dropped, digest FROM arrivals WHERE second = ? AND process = ?",
            (row.second, process),
        ).fetchone() or (0, 0, 0, 0, "0")
        digest = (int(found[4], 16) + int(row.digest or "0", 16)) % DIGEST_MODULUS
        counts = (found[0] + row.planned, found[1] + row.started, found[2] + row.late, found[3] + row.dropped)
        self._database.execute(
            "INSERT OR REPLACE INTO arrivals VALUES (?, ?, ?, ?, ?, ?, ?)",
            (row.second, process, *counts, f"{digest:016x}"),
        )


@cache
def _statement(verb: str, table: str, columns: tuple[str, ...], rows: int) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    marks = f"({', '.join('?' * len(columns))})"
    return f"{verb} INTO {table} ({names}) VALUES {', '.join([marks] * rows)}"


_CALL = attrgetter(*CALL_COLUMNS)


def process_row(info: ProcessInfo) -> Statement:
    """Returns what writes down the latest word about a process."""
    return ("INSERT OR REPLACE INTO processes VALUES (?, ?)", (info.process, json.dumps(asdict(info))))


def _delta_row(delta: Delta) -> tuple[str, int, int, int, int]:
    calls = sum(histogram.count for histogram in delta.cells.values())
    arrivals = sum(row.planned + row.started + row.late + row.dropped for row in delta.arrivals)
    return delta.process, delta.sequence, calls, len(delta.claims), arrivals
