"""The terminal while a run goes on: one frame that is drawn anew in its place, and above it what anybody says.

The processes that a run starts write into a pipe of ours, line by line, so that nothing else moves the cursor. Where
stdout is no terminal there is no such screen: lines follow each other as in any log.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from tacorush.cli.screen import coloured

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TextIO

    from tacorush.cli.looking import Looking

_INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
ATTENTION_S = 0.25
"""How long a line that somebody says may wait until it is shown."""


def wanted(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Says if there is a terminal that can be drawn on."""
    return stream.isatty() and environment.get("TERM", "dumb") != "dumb"


class LiveScreen:
    """Draws on a terminal. `words` is the descriptor that the run's processes write to instead of it."""

    def __init__(self, looking: Looking, stream: TextIO, environment: Mapping[str, str], hint: str) -> None:
        # Half a second that a run without a terminal need not spend.
        from rich.console import Console
        from rich.live import Live

        self._looking, self._hint = looking, hint
        self._console = Console(file=stream, no_color=not coloured(stream, environment), highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=True, redirect_stderr=False)
        self._said: SimpleQueue[str] = SimpleQueue()
        reading, self.words = os.pipe()
        os.set_inheritable(self.words, True)
        self._reader = threading.Thread(target=self._read, args=(reading,), daemon=True)

    def __enter__(self) -> LiveScreen:
        self._reader.start()
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.words)
        self._reader.join(timeout=2.0)
        self._live.stop()
        self._show_what_was_said()
        self._looking.close()

    def turn(self) -> float:
        """Shows what is new; returns for how many seconds there is nothing to do."""
        with uninterrupted():
            self._show_what_was_said()
            if not self._looking.due_s():
                self._draw()
        return min(ATTENTION_S, max(0.01, self._looking.due_s()))

    def _draw(self) -> None:
        from rich.console import Group

        from tacorush.cli.frame import frame

        now = self._looking.look()
        if now is not None:
            self._live.update(Group(*frame(now, *self._console.size, self._hint)), refresh=True)

    def _show_what_was_said(self) -> None:
        while True:
            try:
                self._console.print(self._said.get_nowait(), markup=False, soft_wrap=True)
            except Empty:
                return

    def _read(self, reading: int) -> None:
        with os.fdopen(reading, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                self._said.put(line.rstrip("\n"))


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Lets Ctrl-C and SIGTERM wait: what is known of a run is taken in whole or not at all."""
    came: list[int] = []
    usual = {number: signal.signal(number, lambda number, _: came.append(number)) for number in _INTERRUPTS}
    try:
        yield
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])
