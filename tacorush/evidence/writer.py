"""Writes the run file: all evidence into one SQLite file, one commit a second, on a native thread.

The thread is one of the system's, never a greenlet: a commit waits for the disk, and the hub that drives the load must
not. `put`, `meta` and `process` only queue. What is committed is what `acknowledged` tells, so a sender that keeps its
deltas until then loses nothing when this process dies.

The file alone must be enough. So there is no write-ahead log: a rollback journal guards the commit, pages leave the
cache only in it (`cache_spill` off), and between commits the file is whole. What is copied, or left by a kill, in the
moment when a commit's pages are being written is whole only with its journal; alone it is told by RunFile and refused.

Nothing is lost in silence. A commit that fails (a full disk) is rolled back, told, kept in memory and tried again each
second. A piece that no table can take (a number beyond 64 bits) is told and set aside, and holds nothing else up.
How the run ended is written last, and only when everything else is in: a file that lacks evidence is of no ended run.

`fault` is called at each FAULT_POINT of every commit; tests end the process there.
"""

from __future__ import annotations

import json
import sqlite3
import time
from _queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeAlias

from gevent.monkey import get_original

from tacorush.evidence.intake import Intake, Statement, process_row
from tacorush.evidence.records import Delta
from tacorush.evidence.schema import APPLICATION_ID, SCHEMA_VERSION, TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tacorush.evidence.records import ProcessInfo

COMMIT_EVERY_S = 1.0
FAULT_POINTS = ("before", "in", "after")
"""Before a transaction begins; with all its statements done and none committed; committed and not yet told."""
LOCKED_S = 0.5
"""How long a commit waits for a reader to let go of the file before it counts as failed, and is tried again."""

_Piece: TypeAlias = "Delta | Statement"


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
        self._jobs: SimpleQueue[_Piece | None] = SimpleQueue()
        self._acknowledged: dict[str, int] = {}
        self._ended: str | None = None
        self._set_aside: list[str] = []
        self._last_error = ""
        self._waiting = 0
        self._closing = self._closed = False
        self._database = _create(path)
        self._intake = Intake(self._database)
        get_original("_thread", "start_new_thread")(self._run, ())

    def __repr__(self) -> str:
        return f"<RunFileWriter {self._path} acknowledged {self._acknowledged}, {self._waiting} waiting>"

    def put(self, delta: Delta) -> None:
        """Queues a delta; one that is in already changes nothing. Those of one process come in their order."""
        self._queue(delta)

    def meta(self, name: str, value: Any) -> None:
        """Queues a fact of the run (plain values); a later one of the same name replaces it."""
        self._queue(_meta_row(name, json.dumps(value)))

    def process(self, info: ProcessInfo) -> None:
        """Queues the latest word about a process."""
        self._queue(process_row(info))

    def acknowledged(self) -> Mapping[str, int]:
        """Returns process to the highest number of its deltas that is committed."""
        return dict(self._acknowledged)

    def finish(self, ended: Mapping[str, Any], patience_s: float = 15.0) -> None:
        """Waits until everything is committed, and with it, last, how the run ended.

        Waiting is done with `time.sleep`, which in a process that gevent has patched lets others run. Raises
        EvidenceLostError when the file has not taken everything in after `patience_s` seconds.
        """
        self._ended = json.dumps(dict(ended))
        self._stop(patience_s)
        if self._set_aside:
            lacks = "; ".join(self._set_aside[:3])
            raise EvidenceLostError(f"{self._path} lacks the end of the run, as it could not take {lacks}")
        if not self._closed:
            lacks = f"({self._waiting} pieces of evidence): {self._last_error}"
            raise EvidenceLostError(f"{self._path} lacks the end of the run {lacks}")

    def close(self) -> None:
        """Commits what is queued and closes the file; does nothing once it is closed."""
        self._stop(5.0)

    def _queue(self, piece: _Piece) -> None:
        if self._closed:
            self._on_error(f"{self._path}: evidence came in after the end and is not in the file")
        self._jobs.put(piece)

    def _stop(self, patience_s: float) -> None:
        if not self._closing:
            self._closing = True
            self._jobs.put(None)
        end = time.monotonic() + patience_s
        while not self._closed and time.monotonic() < end:
            time.sleep(0.01)

    def _run(self) -> None:
        batch: list[_Piece] = []
        while True:
            last = self._gather(batch)
            self._waiting = len(batch)
            if (batch or last) and self._commit(batch, last):
                batch.clear()
                self._waiting = 0
                if last:
                    break
        self._database.close()
        self._closed = True

    def _gather(self, batch: list[_Piece]) -> bool:
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

    def _commit(self, batch: list[_Piece], last: bool) -> bool:
        """Commits a batch as one transaction; returns False, with nothing changed in the file, when that failed."""
        at = -1
        try:
            self._fault("before")
            self._database.execute("BEGIN IMMEDIATE")
            for at, piece in enumerate(batch):  # noqa: B007 - which piece failed is asked below
                self._apply(piece)
            at = -1
            if last and self._ended is not None and not self._set_aside:
                self._apply(_meta_row("ended", self._ended))
            self._fault("in")
            self._database.execute("COMMIT")
        except Exception as failure:  # whatever a piece holds, this thread must go on
            self._roll_back()
            if at < 0 or _may_pass(failure):
                self._tell_once(str(failure), "; the evidence is kept in memory and tried again each second")
            else:
                self._set_piece_aside(batch.pop(at), failure)
            return False
        self._fault("after")
        for piece in batch:
            if isinstance(piece, Delta):
                highest = self._acknowledged.get(piece.process, 0)
                self._acknowledged[piece.process] = max(highest, piece.sequence)
        return True

    def _apply(self, piece: _Piece) -> None:
        if isinstance(piece, Delta):
            self._intake.apply(piece)
        else:
            self._database.execute(*piece)

    def _roll_back(self) -> None:
        self._intake.forget()
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")

    def _set_piece_aside(self, piece: _Piece, failure: Exception) -> None:
        what = f"delta {piece.sequence} of {piece.process}" if isinstance(piece, Delta) else repr(piece[1][0])
        self._set_aside.append(f"{what}: {failure}")
        self._on_error(f"{self._path} cannot take {what}: {failure}; the run cannot count as ended in order")

    def _tell_once(self, failure: str, so: str = "") -> None:
        if failure != self._last_error:
            self._last_error = failure
            self._on_error(f"{self._path}: {failure}{so}")


def _may_pass(failure: Exception) -> bool:
    """Is this about the file or the machine (full, locked, torn), and not about what was to be written?"""
    return isinstance(failure, sqlite3.OperationalError | MemoryError) or type(failure) is sqlite3.DatabaseError


def _meta_row(name: str, text: str) -> Statement:
    return ("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, text))


def _create(path: Path) -> sqlite3.Connection:
    if path.exists():
        raise FileExistsError(f"{path} exists already: a run file is written once; name another folder")
    try:
        database = sqlite3.connect(path, LOCKED_S, isolation_level=None, check_same_thread=False)
        database.execute("PRAGMA journal_mode = DELETE")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA cache_spill = OFF")
        database.execute("BEGIN")
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        for table in TABLES:
            database.execute(table)
        database.execute(*_meta_row("schema_version", json.dumps(SCHEMA_VERSION)))
        database.execute("COMMIT")
    except sqlite3.Error as failure:
        raise OSError(f"{path} cannot be written: {failure}; name another folder with --out") from failure
    return database
