"""What a run file has that is new since the last look, for who looks at a run that goes on.

A look costs what came in lately, however long the run has been: of the cells and arrivals those from a second on (they
still grow while deltas come in), of the claims those of new deltas. The rows are fetched in one short read and decoded
after it, since the run's writer waits while the file is read. What a look finds is as committed, and nothing is
checked: whoever judges a run opens it as `RunFile`.
"""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any, NamedTuple

from tacorush.evidence.histogram import Histogram
from tacorush.evidence.records import ArrivalSecond, CellKey
from tacorush.evidence.runfile import opened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PATIENCE_S = 2.0
"""How long a look waits for a commit that is under way."""
EVERYTHING = -(2**31)
"""A second before all others."""


class News(NamedTuple):
    """What one look found."""

    meta: Mapping[str, Any]
    """All that is known of the run as a whole."""
    cells: Sequence[tuple[CellKey, Histogram]]
    """The histograms of each second from the asked one on, by rising second; a key once for each process."""
    arrivals: Sequence[ArrivalSecond]
    """The same of the arrivals."""
    claims: Sequence[tuple[bytes, int]]
    """The claims of each delta that no look before has seen, packed, and how many they are."""


class Tail:
    """Follows one run file; raises RunFileError for a file that is none."""

    def __init__(self, path: Path, patience_s: float = PATIENCE_S) -> None:
        self._path = path
        self._database = opened(path, whole=False)
        self._database.execute(f"PRAGMA busy_timeout = {round(patience_s * 1000)}")
        self._claims = 0
        self._keys: dict[int, tuple[str, ...]] = {}

    def __repr__(self) -> str:
        return f"<Tail {self._path} {self._claims} deltas with claims seen>"

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def look(self, since: int = EVERYTHING) -> News | None:
        """Returns what is there of the seconds from `since` on, and the claims that are new.

        None while the writer keeps the file to itself: look again later.
        """
        try:
            meta, cells, arrivals, claims = self._fetch(since)
        except sqlite3.OperationalError:
            return None
        self._claims = max([self._claims, *(row for row, _, _ in claims)])
        return News(
            {name: json.loads(value) for name, value in meta},
            [(CellKey._make((second, *self._keys[key])), Histogram.from_bytes(data)) for second, key, data in cells],
            [ArrivalSecond(*row) for row in arrivals],
            [(bytes(packed), count) for _, packed, count in claims],
        )

    def _fetch(self, since: int) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
        """Reads one committed state."""
        ask = self._database.execute
        ask("BEGIN")
        try:
            meta = ask("SELECT name, value FROM meta").fetchall()
            last_key = max(self._keys, default=0)
            keys = ask("SELECT id, measure, journey, outcome, code, clock FROM keys WHERE id > ?", (last_key,))
            self._keys.update((number, tuple(key)) for number, *key in keys)
            cells = ask(
                "SELECT second, key, histogram FROM cells WHERE second >= ? ORDER BY second", (since,)
            ).fetchall()
            arrivals = ask(
                "SELECT second, planned, started, late, dropped, digest FROM arrivals WHERE second >= ?"
                " ORDER BY second",
                (since,),
            ).fetchall()
            claims = ask(
                "SELECT rowid, packed, count FROM claims WHERE rowid > ? ORDER BY rowid", (self._claims,)
            ).fetchall()
        finally:
            if self._database.in_transaction:
                ask("COMMIT")
        return meta, cells, arrivals, claims
