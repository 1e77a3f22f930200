"""Real processes for the tests: started, watched line by line, and ended whatever happens."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

LIMIT_S = 60.0
"""How long a test waits for an event before it calls it missing."""


def free_port() -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def until(condition: Callable[[], bool], what: str, limit_s: float = LIMIT_S) -> None:
    """Waits for a condition; fails with `what` when it has not come true in time."""
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, f"waited {limit_s:.0f} s in vain for: {what}"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """True while a process runs (a zombie has ended)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Started:
    """One process with all that it printed so far."""

    def __init__(self, name: str, process: subprocess.Popen[str]) -> None:
        self.name = name
        self.process = process
        self._lines: list[str] = []
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self._lines.append(line)
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    def output(self) -> str:
        """All lines so far, stdout and stderr as they came."""
        with self._news:
            return "".join(self._lines)

    def wait_for_line(self, part: str, limit_s: float = LIMIT_S) -> str:
        """Waits for a line that contains `part` and returns it; fails when the process ends or time runs out."""
        end = time.monotonic() + limit_s
        with self._news:
            while True:
                for line in self._lines:
                    if part in line:
                        return line.rstrip("\n")
                left = end - time.monotonic()
                ended = not self._reader.is_alive()
                if left <= 0 or ended:
                    raise AssertionError(f"{self.name}: no line with {part!r} in:\n{''.join(self._lines)}")
                self._news.wait(min(left, 0.2))

    def wait(self, limit_s: float = LIMIT_S) -> int:
        """Waits for the end and returns the exit code; fails when time runs out."""
        try:
            code = self.process.wait(limit_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} still runs after {limit_s:.0f} s:\n{self.output()}") from None
        self._reader.join(5)
        return code


class Processes:
    """Starts processes in a folder with the checkout's commands first in PATH; ends all of them at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: list[Started] = []

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        for started in reversed(self._started):
            if started.process.poll() is None:
                # A session of its own: its forks are ended with it.
                os.killpg(started.process.pid, signal.SIGKILL)
            started.process.wait()

    def start(self, name: str, words: Sequence[str], environment: Mapping[str, str] | None = None) -> Started:
        """Starts one process in a session of its own."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        process = subprocess.Popen(
            list(words),
            cwd=self._folder,
            env={**os.environ, "PATH": path, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._started.append(Started(name, process))
        return self._started[-1]
