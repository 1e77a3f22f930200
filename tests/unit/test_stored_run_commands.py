"""`tacorush gate` and `report`: which objectives they take; `compare`: which runs; `fakes`: how many seats."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

import pytest

from tacorush.cli.__main__ import main
from tacorush.cli.failures import exit_code
from tests.unit.test_judgement import stored


@pytest.mark.parametrize("command", ["gate", "report"])
def test_a_stored_run_is_judged_by_a_name_too_as_when_it_is_driven(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    run_file = str(stored(tmp_path / "run.sqlite"))
    assert main([command, run_file, "--slo=smoke"]) != 2
    assert main([command, run_file, "--slo=smkoe"]) == 2
    said = capsys.readouterr().err
    assert said.endswith(
        "there are no objectives smkoe: name a file, or one of bots, ci, production, services, smoke\n"
    )


def test_a_run_is_not_compared_with_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By whatever names: one mistyped word would else end in INCONCLUSIVE, or in a PASS from nothing."""
    run_file = stored(tmp_path / "run.sqlite")
    assert main(["compare", str(run_file), str(tmp_path)]) == 2
    assert capsys.readouterr().err.endswith("are one run: name one before a change, and one after it\n")
    assert sorted(tmp_path.iterdir()) == [run_file]


def test_more_seats_than_fit_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fakes", "--port=0", "--seats=100000000000"]) == 2
    assert capsys.readouterr().err == "tacorush fakes: --seats 100000000000: an event holds at most 10,000,000\n"


@pytest.mark.parametrize(("meaning", "code"), [("exit3", 3), ("fail", 1), ("pass", 0)])
def test_whoever_asks_says_what_a_verdict_means_that_proves_nothing(tmp_path: Path, meaning: str, code: int) -> None:
    """The verdict stays what it is; FAIL and PASS are not touched."""
    run_file = str(stored(tmp_path / "run.sqlite"))
    assert main(["gate", run_file, "--slo=production"]) == 3
    assert main(["gate", run_file, "--slo=production", f"--inconclusive={meaning}"]) == code
    assert [exit_code(verdict, meaning) for verdict in ("PASS", "FAIL", "INCONCLUSIVE")] == [0, 1, code]


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        """It is."""
        return True


@pytest.mark.parametrize("command", [("gate", "RUN"), ("compare", "RUN", "NEW"), ("history", "DIR")])
def test_every_command_that_colours_leaves_colours_out_where_it_is_asked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """By the option as by the variable, which the option sets: what is started on the way shall hear of it too."""
    run_file = stored(tmp_path / "run.sqlite")
    new = shutil.copy(run_file, tmp_path / "new.sqlite") if "NEW" in command else ""
    words = [{"RUN": str(run_file), "NEW": str(new), "DIR": str(tmp_path)}.get(word, word) for word in command]
    monkeypatch.setenv("TERM", "xterm")

    def told(*options: str, no_color: str = "") -> str:
        terminal = Terminal()
        monkeypatch.setenv("NO_COLOR", no_color)
        monkeypatch.setattr(sys, "stdout", terminal)
        main([*words, *options])
        return terminal.getvalue()

    assert "\x1b[" in told()
    plain = told("--no-color")
    assert plain
    assert "\x1b" not in plain
    assert told(no_color="1") == plain
