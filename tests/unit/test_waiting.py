"""How the parent of a run passes Ctrl-C on."""

from __future__ import annotations

import signal
from typing import Any, cast

import pytest

from tacorush.cli.run import wait


class Generator:
    """A child during which Ctrl-C is pressed once."""

    def __init__(self) -> None:
        self.told: list[signal.Signals] = []

    def wait(self, _limit_s: float | None = None) -> int:
        if not self.told:
            raise KeyboardInterrupt
        return 5

    def send_signal(self, number: signal.Signals) -> None:
        self.told.append(number)


@pytest.mark.parametrize(("began", "told"), [(True, signal.SIGINT), (False, signal.SIGTERM)])
def test_ctrl_c_ends_a_run_in_order_and_what_has_not_begun_without_ado(began: bool, told: signal.Signals) -> None:
    """A generator that is still importing answers SIGINT with a traceback."""
    child = Generator()
    assert wait(cast("Any", child), lambda: began) == 5
    assert child.told == [told]
