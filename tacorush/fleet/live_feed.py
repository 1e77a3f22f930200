"""The figures of the run that is on, as lines of JSON from a process of its own that looks at the run file.

Nothing is judged here: whatever is computed in this process makes journeys late. It reads a line a second and keeps the
last. The process that says them steps back behind any that drives, and leaves when nobody reads.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Protocol

import gevent
from gevent.subprocess import DEVNULL, PIPE, Popen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

NICE = 10
"""By so much it steps back behind what drives."""
WAIT_S = 0.2
"""How often the file of a run that begins is looked for."""
NO_RUN = "{}"
"""What is told before the first run."""


class LiveView(Protocol):
    """What is shown of a run: handed in, for the reports make it."""

    def page(self) -> str:
        """The live page; it asks for `live.json` beside it."""
        ...

    def words(self, run_file: Path) -> list[str]:
        """The command that says a line of JSON at each look at a run, the last with its verdict."""
        ...


class LiveFeed:
    """The last line about the run that is on, or that was."""

    def __init__(self, words: Callable[[Path], list[str]]) -> None:
        self._words = words
        self.line = NO_RUN
        self._follower: gevent.Greenlet[..., None] | None = None
        self._process: Popen[str] | None = None

    def __repr__(self) -> str:
        return f"<LiveFeed {len(self.line)} letters>"

    def follow(self, run_file: Path) -> None:
        """A run begins whose file is there soon: from now on it is told of this one."""
        self.stop()
        self.line = NO_RUN
        self._follower = gevent.spawn(self._follow, run_file)

    def stop(self) -> None:
        """Hears of the run no more."""
        if self._follower is not None:
            self._follower.kill()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def told(self) -> Mapping[str, Any]:
        """The last line, read; empty before the first run."""
        found: Mapping[str, Any] = json.loads(self.line)
        return found

    def _follow(self, run_file: Path) -> None:
        while not run_file.exists():
            gevent.sleep(WAIT_S)
        # In a session of its own: Ctrl-C on a terminal ends the run in order, and this tells of its verdict.
        process = Popen(self._words(run_file), stdin=DEVNULL, stdout=PIPE, text=True, start_new_session=True)
        self._process = process
        os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
        assert process.stdout is not None, "a pipe was asked for"
        for line in process.stdout:
            self.line = line
        process.wait()
