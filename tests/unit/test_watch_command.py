"""`tacorush watch`: looks at a run until its end, at most once a second, and has the verdict of `tacorush gate`."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from reports.judgement import judge
from tacorush.cli import watch
from tacorush.cli.__main__ import main
from tacorush.cli.failures import EXIT_INCONCLUSIVE, EXIT_OF_VERDICT
from tacorush.cli.looking import EVERY_S, SHARE, Looking
from tacorush.evidence.writer import RunFileWriter
from tests.unit.pages_sample import MS, T0_NS
from tests.unit.test_pages_run_file import written

if TYPE_CHECKING:
    from pathlib import Path


class Hands:
    """A clock and a meter of CPU that are set by hand."""

    def __init__(self) -> None:
        self.now_ns, self.cpu_s, self.costs_s = T0_NS + 3000 * MS, 0.0, 0.0

    def clock(self) -> int:
        return self.now_ns

    def spent(self) -> float:
        """Each look asks before and after."""
        self.cpu_s += self.costs_s
        return self.cpu_s


def test_a_look_is_due_once_a_second(tmp_path: Path) -> None:
    hands = Hands()
    looking = Looking(written(tmp_path / "run.sqlite", ended=False), hands.clock, hands.spent)
    assert looking.due_s() == 0
    assert looking.look() is not None
    assert looking.due_s() == EVERY_S
    hands.now_ns += 400 * MS
    assert looking.due_s() == pytest.approx(EVERY_S - 0.4)
    looking.close()


def test_a_look_that_costs_much_is_seldom(tmp_path: Path) -> None:
    """So that looking takes no more than its share of one processor."""
    hands = Hands()
    hands.costs_s = 0.5
    looking = Looking(written(tmp_path / "run.sqlite", ended=False), hands.clock, hands.spent)
    looking.look()
    assert looking.due_s() == pytest.approx(0.5 / SHARE)
    looking.close()


def test_a_run_file_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    hands = Hands()
    looking = Looking(tmp_path / "run.sqlite", hands.clock, hands.spent)
    assert looking.look() is None
    written(tmp_path / "run.sqlite", ended=False)
    assert looking.look() is not None
    assert not looking.ended
    looking.close()


def test_a_run_file_that_does_not_say_yet_which_run_it_is_shows_nothing(tmp_path: Path) -> None:
    """A frame without a name would flash up at the start of every run."""
    hands, writer = Hands(), RunFileWriter(tmp_path / "run.sqlite", every_s=0.01)
    looking = Looking(tmp_path / "run.sqlite", hands.clock, hands.spent)
    assert looking.look() is None
    writer.meta("run_id", "r1")
    writer.close()
    assert looking.look() is not None
    looking.close()


def test_each_line_of_json_is_a_look_and_the_last_has_the_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "run.sqlite")
    judgement = judge(path)
    assert main(["watch", str(path), "--json"]) == EXIT_OF_VERDICT[judgement.verdict]
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["outcome"] is None for row in rows] == [True, False]
    assert rows[-1]["outcome"]["verdict"] == judgement.verdict
    assert rows[-1]["outcome"]["reasons"] == judgement.summary["reasons"]
    assert (rows[0]["stage"], rows[0]["tiles"][0]["value"]) == ("ended", "100/s")


def test_in_a_log_lines_are_seldom_and_the_verdict_follows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "run.sqlite")
    main(["watch", str(tmp_path)])
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("ended  3 s of 3 s  Arrivals 100/s  P50 ")
    assert rest[0].startswith(("✓ ", "✕ ", "? "))
    hands = Hands()
    seldom = watch.Seldom(hands.clock)
    looking = Looking(path, hands.clock, hands.spent)
    now = looking.look()
    assert now is not None
    told = []
    for _ in range(10):
        told.append(bool(seldom.line(now)))
        hands.now_ns += 1000 * MS
    assert told == [True, False, False, False, False] * 2
    looking.close()


def test_a_run_whose_writer_was_killed_is_not_watched_for_ever(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its file stays as it is, and does not say that the run ended: the verdict says so."""
    path = written(tmp_path / "run.sqlite", ended=False)
    os.utime(path, ns=(T0_NS, T0_NS))
    seconds = iter(range(3, 100))
    pauses: list[float] = []
    code = watch.main([str(path)], lambda: T0_NS + next(seconds) * 10**9, pauses.append)
    assert code == EXIT_INCONCLUSIVE
    assert "The run was killed" in capsys.readouterr().out
    assert 0 < len(pauses) < 30


def test_what_is_no_run_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", str(tmp_path / "nothing")]) == 2
    assert "there is no run" in capsys.readouterr().err
