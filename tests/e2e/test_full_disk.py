"""The disk is full for a while in the middle of a run: nothing is acknowledged, nothing is lost."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tacorush.evidence.runfile import RunFile
from tests.processes import Processes

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("patched", ["plain", "gevent"])
@pytest.mark.parametrize("limit", ["now", "600"])
def test_evidence_waits_in_memory_until_the_disk_takes_it(tmp_path: Path, limit: str, patched: str) -> None:
    """No room for the file to grow fails the commit; no room for the journal fails the first statement already.

    Under gevent it is a greenlet that makes room while the end is waited for: the wait does not stop the hub.
    """
    path = tmp_path / "run.sqlite"
    with Processes(ROOT) as processes:
        started = [sys.executable, "-m", "tests.e2e.starved_writer", str(path), patched, limit]
        writer = processes.start("writer", started)
        assert writer.wait() == 0, writer.output()
    assert "acknowledged 1\n" in writer.output()
    assert "the evidence is kept in memory and tried again each second" in writer.output()
    with RunFile(path) as run:
        assert (run.ended, run.sequences()) == ({"how": "completed"}, {"w1": 5})
        assert sum(1 for _ in run.claims()) == 500
