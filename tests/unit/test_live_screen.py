"""The screen on a pseudo-terminal: frames in their place, words above them, colours only where they are wanted."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import signal
import struct
import termios
import time
from typing import TYPE_CHECKING

import pytest

from tacorush.cli.live_screen import LiveScreen, uninterrupted, wanted
from tacorush.cli.looking import Looking
from tacorush.cli.screen import coloured
from tests.unit.pages_sample import MS, T0_NS
from tests.unit.test_pages_run_file import written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-9][;m]")


class Terminal:
    """A pseudo-terminal of 80 by 30, and what was written to it."""

    def __init__(self) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 80, 0, 0))
        self.stream = io.TextIOWrapper(io.FileIO(theirs, "w"), encoding="utf-8", write_through=True)

    def shown(self) -> str:
        """All that was written; nothing can be written after this."""
        self.stream.close()
        found = b""
        while True:
            try:
                octets = os.read(self._ours, 65536)
            except OSError:
                octets = b""
            if not octets:
                os.close(self._ours)
                return found.decode()
            found += octets


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


def play(terminal: Terminal, path: Path, environment: Mapping[str, str], words: str = "") -> str:
    """What a terminal gets from a screen that takes one turn while somebody says something."""
    looking = Looking(path, lambda: T0_NS + 2000 * MS, time.process_time)
    with LiveScreen(looking, terminal.stream, environment, "the hint") as screen:
        screen.turn()
        os.write(screen.words, words.encode())
    return terminal.shown()


def test_a_frame_is_drawn_and_goes_when_the_run_is_over(tmp_path: Path, terminal: Terminal) -> None:
    """The verdict then stands alone; the cursor, hidden while frames are drawn, is there again."""
    shown = play(terminal, written(tmp_path / "run.sqlite", ended=False), {"TERM": "xterm"})
    assert "driving" in shown
    assert "the hint" in shown
    assert COLOUR.search(shown)
    assert shown.count("\x1b[2K") >= 10
    assert shown.index("\x1b[?25l") < shown.rindex("\x1b[?25h")


def test_what_the_runs_processes_say_stands_above_the_frame(tmp_path: Path, terminal: Terminal) -> None:
    """Line by line and as it is: no markup, no wrapping, and nothing of it is lost at the end."""
    said = "driving flow [bold]at 1.2.3.4[/bold] " + "x" * 100
    shown = play(terminal, written(tmp_path / "run.sqlite", ended=False), {"TERM": "xterm"}, f"{said}\nand more")
    assert said in shown
    assert "and more" in shown


@pytest.mark.parametrize("environment", [{"TERM": "xterm", "NO_COLOR": "1"}])
def test_without_colours_the_frame_has_none(tmp_path: Path, terminal: Terminal, environment: Mapping[str, str]) -> None:
    shown = play(terminal, written(tmp_path / "run.sqlite", ended=False), environment)
    assert "driving" in shown
    assert not COLOUR.search(shown)


def test_only_a_terminal_that_can_be_drawn_on_gets_a_screen(terminal: Terminal) -> None:
    assert wanted(terminal.stream, {"TERM": "xterm"})
    assert not wanted(terminal.stream, {"TERM": "dumb"})
    assert not wanted(terminal.stream, {})
    assert not wanted(io.StringIO(), {"TERM": "xterm"})
    assert coloured(terminal.stream, {"TERM": "xterm"})
    assert not coloured(terminal.stream, {"TERM": "xterm", "NO_COLOR": "1"})
    assert not coloured(io.StringIO(), {"TERM": "xterm"})
    terminal.shown()


@pytest.fixture
def usual_interrupts() -> Iterator[None]:
    """Ctrl-C interrupts, also where the tests were started in the background and would pass it over."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("usual_interrupts")
def test_ctrl_c_waits_until_a_look_is_whole() -> None:
    """What is known of a run is taken in whole or not at all; then the interrupt comes."""
    done: list[str] = []

    def look() -> None:
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            done.append("whole")

    with pytest.raises(KeyboardInterrupt):
        look()
    assert done == ["whole"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
