"""Following a run file while it is written: what is new, what grew, and a writer that keeps the file to itself."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from tacorush.evidence.histogram import Histogram
from tacorush.evidence.records import ArrivalSecond, CellKey, Claim, Delta
from tacorush.evidence.runfile import RunFileError
from tacorush.evidence.tail import Tail
from tacorush.evidence.writer import RunFileWriter

if TYPE_CHECKING:
    from pathlib import Path

KEY = CellKey(0, "q.Q/Join", "buyer", "ok", "OK", "response")


def delta(sequence: int, second: int, *times: int, process: str = "local") -> Delta:
    """One delta with calls of one second, an arrival and a claim in it."""
    claims = [Claim("join", KEY.measure, sequence, "buyer")]
    arrivals = [ArrivalSecond(second, planned=1, started=1)]
    return Delta(process, sequence, {KEY._replace(second=second): Histogram(times)}, claims, arrivals=arrivals)


def write(path: Path, *deltas: Delta) -> RunFileWriter:
    """A run file with these deltas committed, whose writer is still there."""
    writer = RunFileWriter(path, every_s=0.01)
    writer.meta("run_id", "r1")
    for each in deltas:
        writer.put(each)
    writer.close()
    return writer


def add(path: Path, each: Delta) -> None:
    """Writes a delta into a file that is there, as its writer does."""
    from tacorush.evidence.intake import Intake

    database = sqlite3.connect(path)
    Intake(database).apply(each)
    database.commit()
    database.close()


def test_a_look_brings_what_it_asks_for_and_claims_once(tmp_path: Path) -> None:
    """Seconds before the asked one stay where they are; the claims of a delta come at one look alone."""
    path = tmp_path / "run.sqlite"
    write(path, delta(1, 0, 10), delta(2, 1, 10, 20))
    tail = Tail(path)
    first = tail.look()
    assert first is not None
    assert [(key.second, cell.count) for key, cell in first.cells] == [(0, 1), (1, 2)]
    assert (first.meta["run_id"], len(first.claims), len(first.arrivals)) == ("r1", 2, 2)
    add(path, delta(3, 2, 30))
    second = tail.look(since=2)
    assert second is not None
    assert [(key.second, cell.count) for key, cell in second.cells] == [(2, 1)]
    assert [count for _, count in second.claims] == [1]


def test_a_second_that_grew_comes_whole(tmp_path: Path) -> None:
    """A later delta of it is merged into its cells, and other processes stand beside."""
    path = tmp_path / "run.sqlite"
    write(path, delta(1, 0, 10))
    tail = Tail(path)
    tail.look()
    add(path, delta(2, 0, 20))
    add(path, delta(1, 0, 30, process="other"))
    news = tail.look(since=0)
    assert news is not None
    assert sorted(cell.count for _, cell in news.cells) == [1, 2]


def test_while_the_writer_keeps_the_file_to_itself_there_is_no_news(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    write(path, delta(1, 0, 10))
    tail = Tail(path, patience_s=0.01)
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    assert tail.look() is None
    writer.execute("COMMIT")
    assert tail.look() is not None
    tail.close()


def test_what_is_no_run_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.sqlite").write_bytes(b"")
    with pytest.raises(RunFileError, match="is no run file of Tacorush"):
        Tail(tmp_path / "run.sqlite")
