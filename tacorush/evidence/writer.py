"""Writes the run file: all evidence into one SQLite file, one commit a second, on a native thread.

The thread is one of the system's, never a greenlet: a commit waits for the disk, and the hub that drives the load must
not. `put` and `meta` only queue. What is committed is what `acknowledged` tells, so a sender that keeps its deltas
until then loses nothing when this process dies.

The file alone must be enough. So there is no write-ahead log: a rollback journal guards the commit, pages leave the
cache only in it (`cache_spill` off), and between commits the file is whole. A commit that fails (a full disk) is rolled
back, told, kept in memory and tried again each second; nothing is dropped, and `finish` raises for what never got in.

`fault` is called at each FAULT_POINT of every commit; tests end the process there.
"""

from __future__ import annotations

import json
import sqlite3
import time
from _queue import Empty, SimpleQueue
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeAlias

from gevent.monkey import get_original

from tacorush.evidence.histogram import Histogram
from tacorush.evidence.recorder import DIGEST_MODULUS, KEPT
from tacorush.evidence.schema import (
    APPLICATION_ID,
    CALL_COLUMNS,
    CLAIM_COLUMNS,
    SCHEMA_VERSION,
    SEAT_LISTS,
    TABLES,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tacorush.evidence.records import ArrivalSecond, CellKey, Delta, ProcessInfo

COMMIT_EVERY_S = 1.0
FAULT_POINTS = ("before", "in", "after")
"""Before a transaction begins; with all its statements done and none committed; committed and not yet told."""

_Statement: TypeAlias = "tuple[str, tuple[Any, ...]]"


class EvidenceLostError(OSError):
    """The run file could not take everything in: says what is missing and why."""


class RunFileWriter:
    """The one writer of a run file. Raises OSError when the file exists already or cannot be made."""

    def __init__(
        self,
        path: Path,
        on_error: Callable[[str], None] = lambda _: None,
        fault: Callable[[str], None] = lambda _: None,
        every_s: float = COMMIT_EVERY_S,
    ) -> None:
        self._path, self._on_error, self._fault, self._every_s = path, on_error, fault, every_s
        self._jobs: SimpleQueue[Delta | _Statement | None] = SimpleQueue()
        self._acknowledged: dict[str, int] = {}
        self._key_ids: dict[tuple[str, ...], int] = {}
        self._last_error = ""
        self._waiting = 0
        self._closing = self._closed = False
        self._database = _create(path)
        get_original("_thread", "start_new_thread")(self._run, ())

    def __repr__(self) -> str:
        return f"<RunFileWriter {self._path} acknowledged {self._acknowledged}, {self._waiting} waiting>"

    def put(self, delta: Delta) -> None:
        """Queues a delta; one that is in already changes nothing."""
        self._jobs.put(delta)

    def meta(self, name: str, value: Any) -> None:
        """Queues a fact of the run (plain values); a later one of the same name replaces it."""
        self._jobs.put(("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, json.dumps(value))))

    def process(self, info: ProcessInfo) -> None:
        """Queues the latest word about a process."""
        self._jobs.put(_process_row(info))

    def acknowledged(self) -> Mapping[str, int]:
        """Returns process to the highest number of its deltas that is committed."""
        return dict(self._acknowledged)

    def finish(self, ended: Mapping[str, Any], patience_s: float = 15.0) -> None:
        """Says in the file how the run ended, and waits until everything is committed.

        Waiting is done with `time.sleep`, which in a process that gevent has patched lets others run. Raises
        EvidenceLostError when the file has not taken everything in after `patience_s` seconds.
        """
        self.meta("ended", dict(ended))
        self._stop(patience_s)
        if not self._closed:
            raise EvidenceLostError(
                f"{self._path} lacks the end of the run ({self._waiting} pieces of evidence): {self._last_error}"
            )

    def close(self) -> None:
        """Commits what is queued and closes the file; does nothing once it is closed."""
        self._stop(5.0)

    def _stop(self, patience_s: float) -> None:
        if not self._closing:
            self._closing = True
            self._jobs.put(None)
        end = time.monotonic() + patience_s
        while not self._closed and time.monotonic() < end:
            time.sleep(0.01)

    def _run(self) -> None:
        batch: list[Delta | _Statement] = []
        while True:
            last = self._gather(batch)
            self._waiting = len(batch)
            if batch and self._commit(batch):
                batch.clear()
                self._waiting = 0
            if last and not batch:
                break
        self._database.close()
        self._closed = True

    def _gather(self, batch: list[Delta | _Statement]) -> bool:
        """Adds what comes within the time between two commits to the batch; returns if it was the last."""
        end = time.monotonic() + self._every_s
        while (left := end - time.monotonic()) > 0:
            try:
                job = self._jobs.get(timeout=left)
            except Empty:
                break
            if job is None:
                break
            batch.append(job)
        return self._closing and self._jobs.empty()

    def _commit(self, batch: list[Delta | _Statement]) -> bool:
        """Commits a batch as one transaction; returns False, with nothing changed, when that failed."""
        try:
            self._fault("before")
            self._database.execute("BEGIN IMMEDIATE")
            for job in batch:
                if isinstance(job, tuple):
                    self._database.execute(*job)
                else:
                    self._apply(job)
            self._fault("in")
            self._database.execute("COMMIT")
        except sqlite3.Error as failure:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            self._key_ids.clear()
            if str(failure) != self._last_error:
                self._last_error = str(failure)
                self._on_error(f"{self._path}: {failure}; the evidence is kept in memory and tried again each second")
            return False
        self._fault("after")
        for job in batch:
            if not isinstance(job, tuple):
                highest = self._acknowledged.get(job.process, 0)
                self._acknowledged[job.process] = max(highest, job.sequence)
        return True

    def _apply(self, delta: Delta) -> None:
        new = self._database.execute(
            "INSERT OR IGNORE INTO deltas VALUES (?, ?)", (delta.process, delta.sequence)
        ).rowcount
        if not new:
            return
        for key, histogram in delta.cells.items():
            self._add_cell(delta.process, key, histogram)
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
            self._database.execute(*_process_row(delta.info))

    def _add_cell(self, process: str, key: CellKey, histogram: Histogram) -> None:
        place = (key.second, self._key_id(tuple(key[1:])), process)
        found = self._database.execute(
            "SELECT histogram FROM cells WHERE second = ? AND key = ? AND process = ?", place
        ).fetchone()
        if found is not None:
            merged = Histogram.from_bytes(found[0])
            merged.merge(histogram)
            histogram = merged
        self._database.execute("INSERT OR REPLACE INTO cells VALUES (?, ?, ?, ?)", (*place, histogram.to_bytes()))

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
        rows = []
        for claim in delta.claims:
            values = [getattr(claim, name) for name in CLAIM_COLUMNS]
            for name in SEAT_LISTS:
                at = CLAIM_COLUMNS.index(name)
                values[at] = json.dumps(values[at])
            rows.append((delta.process, *values))
        self._database.executemany(_insert("claims", CLAIM_COLUMNS), rows)

    def _add_calls(self, delta: Delta) -> None:
        rows = [(delta.process, *(getattr(call, name) for name in CALL_COLUMNS)) for call in delta.calls]
        self._database.executemany(_insert("calls", CALL_COLUMNS), rows)
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


def _create(path: Path) -> sqlite3.Connection:
    if path.exists():
        raise FileExistsError(f"{path} exists already: a run file is written once; name another folder")
    try:
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        database.execute("PRAGMA journal_mode = DELETE")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA cache_spill = OFF")
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        database.execute("BEGIN")
        for table in TABLES:
            database.execute(table)
        database.execute("INSERT INTO meta VALUES ('schema_version', ?)", (json.dumps(SCHEMA_VERSION),))
        database.execute("COMMIT")
    except sqlite3.Error as failure:
        raise OSError(f"{path} cannot be written: {failure}; name another folder with --out") from failure
    return database


def _insert(table: str, columns: tuple[str, ...]) -> str:
    marks = ", ".join("?" * (len(columns) + 1))
    names = ", ".join(f'"{column}"' for column in columns)
    return f"INSERT INTO {table} (process, {names}) VALUES ({marks})"  # noqa: S608 - names of our own


def _process_row(info: ProcessInfo) -> _Statement:
    return ("INSERT OR REPLACE INTO processes VALUES (?, ?)", (info.process, json.dumps(asdict(info))))
