"""Nobody who stops reading stops a command: its exit code is the one that it would have had."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.test_judgement import STRICT, stored

SAY = "from tacorush.cli.screen import say; say('one\\n'); say('two\\n'); import sys; sys.exit(7)"
GATE = "import sys; from tacorush.cli.__main__ import main; sys.exit(main(sys.argv[1:]))"


def unread(words: list[str], *, stderr_too: bool = False) -> tuple[int, bytes]:
    """Runs a command whose output nobody reads; returns its exit code and what it wrote on stderr."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        stderr = writing if stderr_too else subprocess.PIPE
        done = subprocess.run(
            [sys.executable, "-c", *words], cwd=Path(__file__).parents[2], stdout=writing, stderr=stderr, check=False
        )
    finally:
        os.close(writing)
    return done.returncode, done.stderr or b""


def test_what_nobody_reads_is_dropped_in_silence() -> None:
    assert unread([SAY]) == (7, b"")


def test_stderr_on_the_same_pipe_is_dropped_too() -> None:
    """As in `tacorush run flow 2>&1 | head`: what is written there later must not fail either."""
    later = "from tacorush.cli.screen import say; say('x'); import sys; sys.stderr.write('y'); sys.exit(7)"
    assert unread([later], stderr_too=True) == (7, b"")


@pytest.mark.parametrize("command", ["gate", "report"])
def test_a_verdict_that_nobody_reads_has_its_exit_code(tmp_path: Path, command: str) -> None:
    slo = tmp_path / "slo.yaml"
    slo.write_text(STRICT)
    code = {"gate": 1, "report": 0}[command]
    assert unread([GATE, command, str(stored(tmp_path / "run.sqlite")), "--slo", str(slo)]) == (code, b"")
