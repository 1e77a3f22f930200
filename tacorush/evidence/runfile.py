"""Reads a run file: everything that verdict and pages are made from, and nothing else.

A run that was killed is read like any other; what its last commit had is there, and `ended` is None. A file that is no
run file, that is of another release, or that was copied in the middle of a commit without its journal is refused with a
sentence that says which: it never passes for a whole one.
"""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any
from zlib import crc32

from tacorush.evidence.histogram import Histogram
from tacorush.evidence.packed_claims import claims_in
from tacorush.evidence.records import ArrivalSecond, CellKey, KeptCall, ProcessInfo
from tacorush.evidence.schema import APPLICATION_ID, CALL_COLUMNS, SCHEMA_VERSION, SEALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tacorush.evidence.records import Claim


_DAMAGED = "{} is damaged ({}); if it was copied while a run wrote it, copy its -journal file beside it too"


class RunFileError(ValueError):
    """A file that cannot be read as a run: says what it is and what to do."""


class RunFile:
    """One run file, open for reading. Every reader sees one committed state each time it asks."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = opened(path)
        self._meta: dict[str, Any] = {
            name: json.loads(value) for name, value in self._database.execute("SELECT name, value FROM meta")
        }

    def __repr__(self) -> str:
        return f"<RunFile {self.path} {self._meta.get('run_id', '')} {'ended' if self.ended else 'not ended'}>"

    def __enter__(self) -> RunFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    @property
    def meta(self) -> Mapping[str, Any]:
        """What is known of the run as a whole, by name."""
        return self._meta

    @property
    def ended(self) -> Mapping[str, Any] | None:
        """How the run ended; None for one that was killed, or that goes on."""
        ended: Mapping[str, Any] | None = self._meta.get("ended")
        return ended

    def cell_rows(
        self, wanted: Callable[[tuple[str, ...]], bool] = lambda _: True
    ) -> tuple[Iterator[tuple[int, int, bytes]], dict[int, tuple[str, ...]]]:
        """Returns the histograms as written, by rising second (second, number of the key, bytes), and the keys.

        Only those whose key (measure, kind of journey, outcome, code, clock) is wanted.
        """
        rows = self._database.execute("SELECT id, measure, journey, outcome, code, clock FROM keys")
        keys = {number: tuple(key) for number, *key in rows if wanted(tuple(key))}
        chosen = ", ".join(map(str, keys))
        found = self._database.execute(
            f"SELECT second, key, histogram FROM cells WHERE key IN ({chosen}) ORDER BY second"  # noqa: S608 - numbers
        )
        return found, keys

    def cells(self) -> Iterator[tuple[CellKey, Histogram]]:
        """Yields every histogram with its key, in order; a key comes once for each process that saw it."""
        rows = self._database.execute(
            "SELECT second, measure, journey, outcome, code, clock, histogram FROM cells JOIN keys ON keys.id = key"
            " ORDER BY second, measure, journey, outcome, code, clock, process"
        )
        for row in rows:
            yield CellKey(*row[:-1]), Histogram.from_bytes(row[-1])

    def claims(self) -> StoredClaims:
        """Returns every claim, those of one process in the order told."""
        return StoredClaims(self.path, self._database)

    def calls(self) -> Iterator[KeptCall]:
        """Yields the calls that were kept whole: of each method the slowest, and the first that failed."""
        for row in self._rows("calls", CALL_COLUMNS, "method, why, answered_ns - due_ns DESC, sent_ns, id"):
            yield KeptCall(*row)

    def arrivals(self) -> Iterator[ArrivalSecond]:
        """Yields what became of the arrivals, by second; a second comes once for each process."""
        rows = self._database.execute(
            "SELECT second, planned, started, late, dropped, digest FROM arrivals ORDER BY second, process"
        )
        for row in rows:
            yield ArrivalSecond(*row)

    def processes(self) -> Iterator[ProcessInfo]:
        """Yields the latest word of every process that took part, by name."""
        for (info,) in self._database.execute("SELECT info FROM processes ORDER BY process"):
            yield ProcessInfo(**json.loads(info))

    def counters(self) -> dict[str, float]:
        """Returns every counter, added up over processes."""
        return dict(self._database.execute("SELECT name, sum(value) FROM counters GROUP BY name ORDER BY name"))

    def extras(self) -> dict[str, dict[str, Any]]:
        """Returns process to its further facts."""
        found: dict[str, dict[str, Any]] = {}
        for process, name, value in self._database.execute("SELECT * FROM extras ORDER BY process, name"):
            found.setdefault(process, {})[name] = json.loads(value)
        return found

    def sequences(self) -> dict[str, int]:
        """Returns process to how many of its deltas are in; they are numbered from 1 without gaps."""
        return dict(self._database.execute("SELECT process, count(*) FROM deltas GROUP BY process ORDER BY process"))

    def _rows(self, table: str, columns: tuple[str, ...], order: str) -> sqlite3.Cursor:
        names = ", ".join(f'"{column}"' for column in columns)
        return self._database.execute(f"SELECT {names} FROM {table} ORDER BY {order}")  # noqa: S608 - names of our own


class StoredClaims:
    """The claims of a run file; what is read raises RunFileError where it is not what was written."""

    def __init__(self, path: Path, database: sqlite3.Connection) -> None:
        self._path, self._database = path, database
        rows = database.execute("SELECT rowid, count FROM claims ORDER BY process, sequence").fetchall()
        self._rows = [int(row) for row, _ in rows]
        self._sizes = [int(count) for _, count in rows]

    def __repr__(self) -> str:
        return f"<StoredClaims {sum(self._sizes)} in {self._path}>"

    def __iter__(self) -> Iterator[Claim]:
        for number, count in enumerate(self._sizes):
            yield from claims_in(self.part(number), count)

    def sizes(self) -> Sequence[int]:
        """Returns how many claims each delta brought."""
        return self._sizes

    def part(self, number: int) -> bytes:
        """Returns the claims of one delta, packed."""
        octets, checksum = self._database.execute(
            "SELECT packed, checksum FROM claims WHERE rowid = ?", (self._rows[number],)
        ).fetchone()
        if crc32(octets) != checksum:
            raise RunFileError(_DAMAGED.format(self._path, "its claims are not those that were written"))
        return bytes(octets)


def opened(path: Path, whole: bool = True) -> sqlite3.Connection:
    """Opens a run file for reading; raises RunFileError for what is none, and, unless told, for what is damaged.

    To see if a file is whole, all of it is read, which keeps its writer waiting: nothing for who looks each second.
    """
    if not path.is_file():
        raise RunFileError(f"there is no run file {path}")
    journal = path.with_name(path.name + "-journal")
    # A journal left by a writer that was killed is rolled back by the first reader that may write.
    mode = "rw" if journal.exists() else "ro"
    database = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None)
    try:
        complaint = _stranger(path, database) or (_damage(path, database) if whole else "")
    except sqlite3.DatabaseError as failure:
        complaint = f"{path} cannot be read as a run file: {failure}"
    if complaint:
        database.close()
        raise RunFileError(complaint)
    return database


def _stranger(path: Path, database: sqlite3.Connection) -> str:
    """Says why the file is no run file of this release; empty when it is one."""
    if database.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        return f"{path} is no run file of Tacorush"
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version != SCHEMA_VERSION:
        return (
            f"{path} has schema version {version}, this release reads {SCHEMA_VERSION}: use the release that wrote it"
        )
    return ""


def _damage(path: Path, database: sqlite3.Connection) -> str:
    """Says what is wrong with the file; empty when it is whole."""
    damage = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if damage == "ok":
        # A copy of half a commit can be a sound database: then what it says it took in is not all there.
        if all(_number(database, said) == _number(database, there) for said, there in SEALS.items()):
            return ""
        damage = "part of its evidence is missing"
    return _DAMAGED.format(path, damage)


def _number(database: sqlite3.Connection, query: str) -> float:
    return float(database.execute(query).fetchone()[0])
