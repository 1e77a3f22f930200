"""`tacorush run` on a terminal: the screen while it drives, and Ctrl-C once, which ends it in order with a verdict."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e import fleet_runs
from tests.e2e.whole_runs import QUICK
from tests.processes import until

if TYPE_CHECKING:
    from collections.abc import Iterator


def heeding_interrupts() -> None:
    """As a person's shell starts a command; tests that run in the background would hand on that Ctrl-C is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class OnTerminal:
    """A process on a pseudo-terminal, and what it wrote there."""

    def __init__(self, words: list[str], folder: Path) -> None:
        self._ours, theirs = pty.openpty()
        environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        self.process = subprocess.Popen(
            words, cwd=folder, env=environment | {"TERM": "xterm"}, stdin=theirs, stdout=theirs, stderr=theirs,
            start_new_session=True, preexec_fn=heeding_interrupts,
        )  # fmt: skip
        os.close(theirs)
        self._octets = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                octets = os.read(self._ours, 65536)
            except OSError:
                return
            self._octets += octets

    def shown(self) -> str:
        """All that was written so far."""
        return self._octets.decode(errors="replace")

    def wait(self) -> int:
        """Waits for the end; returns the exit code."""
        code = self.process.wait(60)
        self._reader.join(5)
        return code

    def close(self) -> None:
        """Ends it, whatever it does."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self._ours)


@pytest.fixture
def on_terminal(tmp_path: Path) -> Iterator[OnTerminal]:
    command = str(Path(sys.executable).parent / "tacorush")
    pace = ["--rate=20", "--duration=60s", QUICK]
    started = OnTerminal([command, "run", "flow", *pace, "--metrics-port=0", "--out=run"], tmp_path)
    yield started
    started.close()


def test_a_run_shows_its_screen_and_ctrl_c_ends_it_with_a_verdict(on_terminal: OnTerminal, tmp_path: Path) -> None:
    """What its processes say stands beside it whole; the live line of a log is nowhere."""
    until(lambda: "Admitted" in on_terminal.shown(), "the way to a ticket on the screen")
    assert "driving flow, 20 journeys/s, for 60 s" in on_terminal.shown()
    os.kill(on_terminal.process.pid, signal.SIGINT)
    code = on_terminal.wait()
    shown = on_terminal.shown()
    assert (code, fleet_runs.ended(tmp_path / "run")) == (3, "interrupted"), shown
    assert "stopping: journeys under way may end, then the verdict" in shown
    assert "INCONCLUSIVE" in shown[shown.index("stopping:") :]
    assert "journeys  " not in shown
    assert "Traceback" not in shown
