"""The writer of a run file is killed before, in and after a commit: what it had acknowledged is there."""

from __future__ import annotations

import random
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tacorush.evidence.runfile import RunFile
from tacorush.evidence.writer import FAULT_POINTS
from tests.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
WRITER = "tests.e2e.killable_writer"


@pytest.fixture
def processes() -> Iterator[Processes]:
    with Processes(ROOT) as started:
        yield started


def acknowledged(output: str) -> dict[str, int]:
    """The last acknowledgement of each process that the writer printed."""
    told: dict[str, int] = {}
    for line in output.splitlines():
        if line.startswith("acknowledged "):
            _, process, sequence = line.split()
            told[process] = int(sequence)
    return told


def check_what_is_left(path: Path, told: dict[str, int]) -> None:
    """All that was acknowledged is in, whole and once, and the run does not claim that it had ended."""
    with RunFile(path) as run:
        kept = run.sequences()
        assert run.ended is None
        assert all(kept.get(process, 0) >= sequence for process, sequence in told.items())
        calls = sum(histogram.count for _, histogram in run.cells())
        claims = sum(1 for _ in run.claims())
    # Each delta holds three calls and two claims: none is there in part.
    assert (calls, claims) == (3 * sum(kept.values()), 2 * sum(kept.values()))


@pytest.mark.parametrize("patched", ["plain", "gevent"])
@pytest.mark.parametrize("senders", ["local", "w1,w2"])
@pytest.mark.parametrize("point", FAULT_POINTS)
def test_what_was_acknowledged_is_in_the_file_copied_alone(
    processes: Processes, tmp_path: Path, point: str, senders: str, patched: str
) -> None:
    """One process that writes its own evidence, a master that writes its workers', both with and without gevent."""
    path = tmp_path / "run.sqlite"
    writer = processes.start("writer", [sys.executable, "-m", WRITER, str(path), senders, patched, point, "5"])
    assert writer.wait() == -signal.SIGKILL, writer.output()
    told = acknowledged(writer.output())
    assert told, "nothing was acknowledged before the end"
    alone = shutil.copy(path, tmp_path / "alone.sqlite")
    check_what_is_left(Path(alone), told)
    check_what_is_left(path, told)


@pytest.mark.nightly
def test_a_kill_at_any_moment_loses_nothing_that_was_acknowledged(processes: Processes, tmp_path: Path) -> None:
    """Forty kills at seeded random moments, most of them within a commit's reach."""
    chance = random.Random(5)
    for number in range(40):
        path = tmp_path / f"{number}.sqlite"
        writer = processes.start("writer", [sys.executable, "-m", WRITER, str(path), "w1,w2", "gevent", "never", "0"])
        writer.wait_for_line("acknowledged")
        # The moment of the kill is the chance that is tested; nothing is waited for here.
        time.sleep(chance.uniform(0, 0.2))
        writer.process.kill()
        writer.wait()
        check_what_is_left(path, acknowledged(writer.output()))
