"""The processes that a command starts, and the promise that none of them outlives it.

Each child gets the read end of one pipe whose write end only the parent holds. However the parent goes, by SIGKILL
too, the system closes that end, the children read end-of-file and leave. Children run in sessions of their own, so
that Ctrl-C in a terminal reaches the parent alone, which then asks them to stop in the right order.
"""

from __future__ import annotations

import os
import signal
import subprocess
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LIFELINE = "TACORUSH_LIFELINE"
"""Environment variable that tells a child the descriptor of its pipe."""


class Children:
    """Starts processes that share one lifeline and stops them, the last started first.

    What they say on stderr goes to the descriptor `stderr`; None: to ours.
    """

    def __init__(self, stderr: int | None = None) -> None:
        self._stderr = stderr
        self._held, self._given = -1, -1
        self._started: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Children:
        self._given, self._held = os.pipe()
        return self

    def __exit__(self, *_: object) -> None:
        for child in reversed(self._started):
            stop(child, grace_s=5.0)
        os.close(self._held)
        os.close(self._given)

    def start(
        self, words: Sequence[str], environment: Mapping[str, str], stdout: int | IO[str] | None = None
    ) -> subprocess.Popen[str]:
        """Starts one child with these variables added to our own environment."""
        child = subprocess.Popen(
            list(words),
            env={**os.environ, **environment, LIFELINE: str(self._given)},
            pass_fds=[self._given],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=self._stderr,
            text=True,
            start_new_session=True,
        )
        self._started.append(child)
        return child


def stop(child: subprocess.Popen[str], grace_s: float) -> int:
    """Asks a child to end (SIGTERM), ends it after `grace_s` seconds (SIGKILL), and returns its exit code."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(grace_s)
        except subprocess.TimeoutExpired:
            # The child leads a session of its own: its forks go with it.
            os.killpg(child.pid, signal.SIGKILL)
    return child.wait()
