"""Stdout as a run needs it: nobody who stops reading (`tacorush run … | head`) stops the run or changes its verdict."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping


class Screen:
    """Writes to a stream, each text at once; what nobody reads any longer is dropped."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.unread = False
        """Nobody reads any longer."""

    def write(self, text: str) -> None:
        """Shows a text."""
        try:
            self._stream.write(text)
            self._stream.flush()
        except BrokenPipeError:
            # The null device takes all that follows, and what Python still holds, which would fail at its end.
            self._plug(self._stream.fileno())
            self.unread = True

    def isatty(self) -> bool:
        """True when a person may be looking."""
        return self._stream.isatty()

    @staticmethod
    def _plug(descriptor: int) -> None:
        stderr = 2
        alike = os.path.sameopenfile(descriptor, stderr)
        with Path(os.devnull).open("wb") as null:
            os.dup2(null.fileno(), descriptor)
            if alike:
                os.dup2(null.fileno(), stderr)


def coloured(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Says if a stream takes colours: it is a terminal, and nobody asked for none (NO_COLOR, a dumb one)."""
    return stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def take_colours_off(asked: bool) -> None:
    """Where it is asked for, takes colours off whatever this process and its children show, by the usual variable."""
    if asked:
        os.environ["NO_COLOR"] = "1"


def say(text: str) -> None:
    """Shows a text on stdout, whatever that is at the moment."""
    Screen(sys.stdout).write(text)
