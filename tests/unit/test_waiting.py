"""How `tacorush run` waits for its generator: turns of the screen in between, Ctrl-C once in order, twice at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tacorush.cli.run import blind, wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENDS_IN_ORDER = "import signal, sys; signal.signal(2, lambda *_: sys.exit(7)); print('up', flush=True); signal.pause()"
HANGS = "import signal, time; signal.signal(2, signal.SIG_IGN); print('up', flush=True)\nwhile True: time.sleep(9)"


def child(program: str) -> subprocess.Popen[str]:
    """A generator that is up."""
    words = [sys.executable, "-c", program]
    started = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert started.stdout is not None
    assert started.stdout.readline() == "up\n"
    return started


@pytest.fixture(autouse=True)
def usual_interrupts() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupting(times: int) -> Callable[[], float]:
    """Turns of a screen in the first of which somebody presses Ctrl-C."""
    turns = iter(range(1_000_000))

    def turn() -> float:
        if next(turns) < times:
            os.kill(os.getpid(), signal.SIGINT)
        return 0.01

    return turn


def test_the_code_is_the_generators_own() -> None:
    ended = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"], text=True)
    assert wait(ended, lambda: True, blind) == 3


def test_ctrl_c_once_asks_the_generator_to_end_in_order() -> None:
    assert wait(child(ENDS_IN_ORDER), lambda: True, interrupting(1)) == 7


def test_ctrl_c_twice_ends_a_generator_that_does_not_listen() -> None:
    assert wait(child(HANGS), lambda: True, interrupting(2)) == -signal.SIGKILL


def test_a_generator_that_still_gets_up_is_just_ended() -> None:
    """It would answer Ctrl-C with a traceback."""
    assert wait(child(HANGS), lambda: False, interrupting(1)) == -signal.SIGTERM


def test_the_screen_has_its_turns_while_the_generator_drives() -> None:
    generator = child(ENDS_IN_ORDER)
    turns: list[int] = []

    def turn() -> float:
        turns.append(len(turns))
        if len(turns) == 5:
            generator.send_signal(signal.SIGINT)
        return 0.001

    assert wait(generator, lambda: True, turn) == 7
    assert len(turns) >= 5
