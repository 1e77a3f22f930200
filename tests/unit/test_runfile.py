"""The run file: what was put in comes out, once, whoever sent it how often."""

from __future__ import annotations

import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest

from tacorush.evidence.histogram import Histogram
from tacorush.evidence.recorder import KEPT
from tacorush.evidence.records import ArrivalSecond, CellKey, Claim, Delta, KeptCall, ProcessInfo
from tacorush.evidence.runfile import RunFile, RunFileError
from tacorush.evidence.writer import EvidenceLostError, RunFileWriter
from tests.processes import until

if TYPE_CHECKING:
    from pathlib import Path

KEY = CellKey(3, "a.B/C", "buyer", "ok", "OK", "response")
EVERY_S = 0.02


def delta(process: str, sequence: int, **parts: object) -> Delta:
    return Delta(process, sequence, **parts)  # type: ignore[arg-type]


def written(path: Path, *deltas: Delta) -> RunFile:
    writer = RunFileWriter(path, every_s=EVERY_S)
    for each in deltas:
        writer.put(each)
    writer.finish({"how": "completed"})
    return RunFile(path)


def test_cells_of_one_key_and_process_merge_and_processes_stay_apart(tmp_path: Path) -> None:
    run = written(
        tmp_path / "run.sqlite",
        delta("w1", 1, cells={KEY: Histogram([5_000])}),
        delta("w1", 2, cells={KEY: Histogram([7_000, 9_000])}),
        delta("w2", 1, cells={KEY: Histogram([1_000])}),
    )
    assert [(key, histogram.sum) for key, histogram in run.cells()] == [(KEY, 21_000), (KEY, 1_000)]


def test_a_delta_that_comes_twice_changes_nothing(tmp_path: Path) -> None:
    twice = delta(
        "w1", 1,
        cells={KEY: Histogram([5_000])},
        claims=[Claim("hold", "m", 1, "buyer")],
        calls=[KeptCall("m", 1, "buyer", "ok", "OK", "", 0, 1, 2, "slow")],
        arrivals=[ArrivalSecond(0, 1, 1, 0, 0, "ff")],
        counters={"x": 1.0},
    )  # fmt: skip
    once, both = written(tmp_path / "1.sqlite", twice), written(tmp_path / "2.sqlite", twice, twice)
    for run in (once, both):
        assert [histogram.count for _, histogram in run.cells()] == [1]
        assert (len(list(run.claims())), len(list(run.calls())), run.counters()) == (1, 1, {"x": 1.0})
        assert list(run.arrivals()) == [ArrivalSecond(0, 1, 1, 0, 0, f"{255:016x}")]


def test_claims_come_back_whole_and_those_of_each_process_in_the_order_told(tmp_path: Path) -> None:
    late = Claim("sale", "m", 2, "buyer", event="e", seats=("A-1", "B'\"2"), wanted=("A-1",), order="ord", sent_ns=9)
    early = Claim("hold", "m", 1, "buyer", amount=-5, expires_ns=2**60, sent_ns=3, attempt=2)
    run = written(tmp_path / "run.sqlite", delta("w1", 1, claims=[late]), delta("w2", 1, claims=[early]))
    assert list(run.claims()) == [late, early]
    assert (run.claims().sizes(), repr(run.claims())) == ([1, 1], f"<StoredClaims 2 in {run.path}>")


def test_of_each_method_the_slowest_calls_of_all_processes_stay(tmp_path: Path) -> None:
    def calls(first: int) -> list[KeptCall]:
        return [KeptCall("m", n, "b", "ok", "OK", "", 0, 0, n, "slow") for n in range(first, first + KEPT)]

    run = written(tmp_path / "run.sqlite", delta("w1", 1, calls=calls(50)), delta("w2", 1, calls=calls(100)))
    kept = [call.answered_ns for call in run.calls()]
    assert kept == sorted([*range(50, 150), *range(100, 200)], reverse=True)[:KEPT]


def test_meta_processes_and_facts_keep_the_latest_word(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    writer = RunFileWriter(path, every_s=EVERY_S)
    writer.meta("seed", 1)
    writer.meta("seed", 7)
    writer.put(delta("w1", 1, info=ProcessInfo("w1", "worker", "h", 5), extra={"a": 1}))
    writer.put(delta("w1", 2, info=ProcessInfo("w1", "worker", "h", 5, {"python": "3"}, 1.5, True), extra={"a": [2]}))
    writer.finish({"how": "completed", "at_ns": 5})
    run = RunFile(path)
    assert (run.meta["seed"], run.ended) == (7, {"how": "completed", "at_ns": 5})
    assert list(run.processes()) == [ProcessInfo("w1", "worker", "h", 5, {"python": "3"}, 1.5, True)]
    assert (run.extras(), run.sequences()) == ({"w1": {"a": [2]}}, {"w1": 2})


def test_what_is_acknowledged_is_in_the_file_while_the_run_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    writer = RunFileWriter(path, every_s=EVERY_S)
    writer.put(delta("w1", 1, cells={KEY: Histogram([5_000])}))
    until(lambda: writer.acknowledged() == {"w1": 1}, "an acknowledgement")
    shutil.copy(path, tmp_path / "copy.sqlite")
    run = RunFile(tmp_path / "copy.sqlite")
    assert (run.ended, run.sequences()) == (None, {"w1": 1})
    writer.close()


def test_a_commit_that_fails_is_told_and_tried_again_until_it_goes_in(tmp_path: Path) -> None:
    """A reader that holds a lock stands for the full disk: the evidence waits in memory and nothing is lost."""
    path, told = tmp_path / "run.sqlite", list[str]()
    writer = RunFileWriter(path, on_error=told.append, every_s=EVERY_S)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    writer.put(delta("w1", 1, cells={KEY: Histogram([5_000])}))
    writer.put(delta("w1", 2, cells={KEY: Histogram([6_000])}))
    until(lambda: bool(told), "a word about the failed commit")
    assert writer.acknowledged() == {}
    assert "kept in memory and tried again" in told[0]
    blocker.execute("ROLLBACK")
    writer.finish({"how": "completed"})
    assert [histogram.count for _, histogram in RunFile(path).cells()] == [2]


def test_a_file_that_cannot_take_the_end_in_is_no_ended_run(tmp_path: Path) -> None:
    """Nor is it said at the end, when nobody will try again, that the evidence is kept in memory."""
    path, told = tmp_path / "run.sqlite", list[str]()
    writer = RunFileWriter(path, on_error=told.append, every_s=EVERY_S)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    writer.put(delta("w1", 1, cells={KEY: Histogram([5_000])}))
    until(lambda: bool(told), "a word about the failed commit")
    with pytest.raises(EvidenceLostError, match=r"lacks the end of the run .*: database is locked$"):
        writer.finish({"how": "completed"}, patience_s=0.1)
    blocker.close()
    writer.close()


@pytest.mark.parametrize("beyond", [2**64, -(2**63) - 1])
def test_a_piece_that_no_table_can_take_is_told_and_holds_nothing_else_up(tmp_path: Path, beyond: int) -> None:
    """A platform that states a time beyond 64 bits costs that delta and the run's end, no other evidence."""
    path, told = tmp_path / "run.sqlite", list[str]()
    writer = RunFileWriter(path, on_error=told.append, every_s=EVERY_S)
    writer.put(delta("w1", 1, cells={KEY: Histogram([5_000])}))
    writer.put(delta("w2", 7, claims=[Claim("hold", "m", 1, "buyer", expires_ns=beyond)]))
    writer.put(delta("w1", 2, cells={KEY: Histogram([6_000])}))
    with pytest.raises(EvidenceLostError, match="lacks the end of the run, as it could not take delta 7 of w2"):
        writer.finish({"how": "completed"})
    assert len(told) == 1
    assert "cannot take delta 7 of w2: Integer value out of range" in told[0]
    run = RunFile(path)
    assert (run.ended, run.sequences(), list(run.claims())) == (None, {"w1": 2}, [])
    assert [histogram.count for _, histogram in run.cells()] == [2]


def test_a_fact_that_is_no_plain_value_is_refused_where_it_is_said(tmp_path: Path) -> None:
    writer = RunFileWriter(tmp_path / "run.sqlite", every_s=EVERY_S)
    with pytest.raises(TypeError, match="not JSON serializable"):
        writer.meta("target", object())
    writer.finish({"how": "completed"})


def test_evidence_that_comes_after_the_end_is_told(tmp_path: Path) -> None:
    told = list[str]()
    writer = RunFileWriter(tmp_path / "run.sqlite", on_error=told.append, every_s=EVERY_S)
    writer.finish({"how": "completed"})
    assert told == []
    writer.put(delta("w1", 1))
    assert told == [f"{tmp_path / 'run.sqlite'}: evidence came in after the end and is not in the file"]


def test_reprs_say_how_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    writer = RunFileWriter(path, every_s=EVERY_S)
    writer.meta("run_id", "r7")
    writer.put(delta("w1", 1))
    until(lambda: writer.acknowledged() == {"w1": 1}, "an acknowledgement")
    assert repr(RunFile(path)) == f"<RunFile {path} r7 not ended>"
    writer.finish({"how": "completed"})
    assert repr(RunFile(path)) == f"<RunFile {path} r7 ended>"
    assert repr(writer) == f"<RunFileWriter {path} acknowledged {{'w1': 1}}, 0 waiting>"


def test_a_run_file_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    written(path)
    with pytest.raises(FileExistsError, match="a run file is written once; name another folder"):
        RunFileWriter(path)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"cannot be written: .*; name another folder with --out"):
        RunFileWriter(tmp_path / "missing" / "run.sqlite")


def test_what_is_no_run_file_is_refused_with_what_it_is(tmp_path: Path) -> None:
    absent, text, other, newer, empty = (tmp_path / name for name in ("absent", "text", "other", "newer", "empty"))
    empty.touch()
    text.write_text("not a database, but long enough to look at" * 100)
    sqlite3.connect(other).execute("CREATE TABLE t (x)")
    written(newer).close()
    sqlite3.connect(newer, isolation_level=None).execute("PRAGMA user_version = 99")
    for path, said in (
        (absent, "there is no run file"),
        (text, "cannot be read as a run file"),
        (other, "is no run file of Tacorush"),
        (empty, "is no run file of Tacorush"),
        (newer, "has schema version 99, this release reads 4: use the release that wrote it"),
    ):
        with pytest.raises(RunFileError, match=said):
            RunFile(path)


def test_a_torn_copy_is_refused_with_the_way_out(tmp_path: Path) -> None:
    """Pages of the middle zeroed, as a copy taken in the middle of a commit may have them."""
    path = tmp_path / "run.sqlite"
    claims = [Claim("hold", "m" * 200, n, "buyer") for n in range(2_000)]
    written(path, delta("w1", 1, claims=claims)).close()
    data = bytearray(path.read_bytes())
    data[20 * 4096 : 60 * 4096] = bytes(40 * 4096)
    path.write_bytes(data)
    with pytest.raises(RunFileError, match="copy its -journal file beside it too"):
        RunFile(path)
