"""A copy of the file alone, taken while a commit's pages are being written, is refused or whole: never misread.

SQLite writes the pages of a commit in the order of their numbers. So each prefix of the pages that a commit changed,
laid over the file as it was before, is one state that a copy, or a kill, can leave.
"""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tacorush.evidence.histogram import Histogram
from tacorush.evidence.records import ArrivalSecond, CellKey, Claim, Delta
from tacorush.evidence.runfile import RunFile, RunFileError
from tacorush.evidence.writer import RunFileWriter
from tests.processes import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = 4096


class Content(NamedTuple):
    """What a reader sees of a run."""

    deltas: int
    calls: int
    claims: int
    arrivals: int
    counter: float
    ended: bool


class Copier:
    """Copies the file after every commit, before anybody is told of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.copies: list[Path] = []

    def __call__(self, point: str) -> None:
        if point == "after":
            self.copies.append(self.path.with_suffix(f".{len(self.copies)}"))
            shutil.copy(self.path, self.copies[-1])


def delta(sequence: int, size: int) -> Delta:
    cells = {
        CellKey(sequence, f"m{n}", "buyer", "ok", "OK", "response"): Histogram(range(1_000, 40_000, 100))
        for n in range(size)
    }
    claims = [Claim("hold", "m" * 50, n, "buyer", sent_ns=n) for n in range(5 * size)]
    return Delta("w1", sequence, cells, claims, arrivals=[ArrivalSecond(sequence, planned=5)], counters={"sent": 1})


def committed_states(path: Path, size: int) -> list[Path]:
    copier = Copier(path)
    writer = RunFileWriter(path, fault=copier, every_s=0.01)
    for sequence in range(1, 9):
        writer.put(delta(sequence, size))
        until(lambda upto=sequence: writer.acknowledged().get("w1", 0) == upto, "an acknowledgement")  # type: ignore[misc]
    writer.put(delta(9, size))
    writer.finish({"how": "completed"})
    return copier.copies


def halves(before: bytes, after: bytes) -> Iterator[bytes]:
    """Every state between two commits: the first k changed pages of the later over the earlier."""
    changed = [at for at in range(0, len(after), PAGE) if before[at : at + PAGE] != after[at : at + PAGE]]
    for k in range(1, len(changed)):
        half = bytearray(before)
        for at in changed[:k]:
            half.extend(bytes(max(0, at + PAGE - len(half))))
            half[at : at + PAGE] = after[at : at + PAGE]
        yield bytes(half)


def content(path: Path) -> Content:
    with RunFile(path) as run:
        return Content(
            sum(run.sequences().values()),
            sum(histogram.count for _, histogram in run.cells()),
            sum(1 for _ in run.claims()),
            sum(row.planned for row in run.arrivals()),
            run.counters().get("sent", 0),
            run.ended is not None,
        )


@pytest.mark.parametrize("size", [1, 12])
def test_half_a_commit_is_refused_or_reads_as_a_whole_one(tmp_path: Path, size: int) -> None:
    """Small commits, which change pages in place, and large ones, which also make the file longer."""
    states = committed_states(tmp_path / "run.sqlite", size)
    torn, refusals = tmp_path / "torn.sqlite", list[str]()
    for earlier, later in itertools.pairwise(states):
        whole = {content(earlier), content(later)}
        for half in halves(earlier.read_bytes(), later.read_bytes()):
            torn.write_bytes(half)
            try:
                assert content(torn) in whole
            except RunFileError as failure:
                refusals.append(str(failure))
    assert len(refusals) > len(states)
    assert all("copy its -journal file beside it too" in said or "cannot be read" in said for said in refusals)
    assert content(states[-1]) == Content(9, 9 * size * 390, 9 * size * 5, 45, 9, True)


def test_half_a_commit_with_its_journal_reads_as_before_it(tmp_path: Path) -> None:
    """A writer that was killed leaves both: the reader rolls back to the last commit. Alone, the file is refused."""
    path = tmp_path / "run.sqlite"
    committed_states(path, size=1)
    before = content(path)
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA cache_size = 1")
    database.execute("BEGIN")
    for n in range(6):
        more = "INSERT INTO claims SELECT process, sequence + ?, count, checksum, packed FROM claims"
        database.execute(more, (1000 << n,))
    both, alone = tmp_path / "both.sqlite", tmp_path / "alone.sqlite"
    for copy in (both, alone):
        shutil.copy(path, copy)
    shutil.copy(f"{path}-journal", f"{both}-journal")
    database.execute("ROLLBACK")
    assert both.read_bytes() != path.read_bytes()
    assert content(both) == before
    with pytest.raises(RunFileError, match=r"damaged|cannot be read"):
        RunFile(alone)
