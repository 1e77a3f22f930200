"""Stdout as a run needs it: nobody who stops reading (`tacorush run … | head`) stops the run or changes its verdict."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TextIO


class Screen:
    """Writes to a stream, each text at once; what nobody reads any longer is dropped."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Shows a text."""
        try:
            self._stream.write(text)
            self._stream.flush()
        except BrokenPipeError:
            # The null device takes all that follows, and what Python still holds, which would fail at its end.
            self._plug(self._stream.fileno())

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


def say(text: str) -> None:
    """Shows a text on stdout, whatever that is at the moment."""
    Screen(sys.stdout).write(text)
