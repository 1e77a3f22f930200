"""Whatever cannot be done is one line that names what, where and the way out: exit code 2, no traceback, no load."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tacorush.cli.__main__ import main
from tests.e2e.pairs import NIGHTLY_BY_SERVER, NIGHTLY_BY_TRANSPORT
from tests.processes import free_port

if TYPE_CHECKING:
    from tests.processes import Processes


def refused(processes: Processes, words: list[str], shown: int = 0) -> str:
    """Runs a command that must be refused; returns its one line, with the `shown` lines of the file below it."""
    started = processes.start("tacorush", ["tacorush", *words])
    assert started.wait() == 2, started.output()
    lines = started.output().splitlines()
    assert len(lines) == 1 + shown, started.output()
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rn"], "there is no command 'rn'; did you mean `tacorush run`?"),
        (["run", "flwo"], "did you mean flow?"),
        (["run", "flow", "--rate", "0"], "argument --rate: 0 is not above 0; see `tacorush run --help`"),
        (["run", "flow", "--rat", "5"], "there is no option --rat, did you mean --rate?"),
        (["run", "flow", "--duration", "soon"], "'soon' is no duration: write 30s, 5m or 1h30m"),
        (
            ["run", "flow", "--slo", "productoin"],
            "there are no objectives productoin: name a file, or one of bots, ci, production, services, smoke",
        ),
        (["run", "missing/scenario.yaml"], "missing/scenario.yaml: cannot be read: no such file or directory"),
        (["run", "flow", "--target", "1.2.3.4:5", "--platform", "open"], "--platform starts the bundled platform"),
        (["run", "flow", "--processes", "100000"], "--processes 100000: more than"),
        (["run"], "the following arguments are required: SCENARIO"),
        (["gate", "no-such-run"], "there is no run no-such-run: name a run directory"),
        (["report", "tests"], "tests holds no run.sqlite: it is no run directory"),
        (["fakes", "--port", "99999"], "'99999' is no port: a whole number from 0 to 65535"),
        (["fakes", "--port", "0", "--incident", "oversel"], "oversel"),
        (["fakes", "--port", "0", "--latency", "slow"], "latency 'slow' is none of none, constant:20ms, lognormal"),
    ],
)
def test_a_slip_on_the_command_line_is_one_line(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    """Argument errors leave by SystemExit, as argparse has it; all others by the exit code."""
    try:
        code: object = main(words)
    except SystemExit as left:
        code = left.code
    lines = capsys.readouterr().err.splitlines()
    assert (code, len(lines)) == (2, 1), lines
    assert said in lines[0]


def test_a_scenario_with_a_wrong_key_names_file_line_and_field(processes: Processes, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("description: mine\nrate: 5\nduration: 5s\nmixx: {buyer: 1}\n")
    line = refused(processes, ["run", str(path)])
    assert f"{path}, line 4" in line
    assert "mixx" in line
    assert "mix" in line.split("did you mean")[1]


def test_objectives_with_a_wrong_word_name_file_and_line(processes: Processes, tmp_path: Path) -> None:
    path = tmp_path / "slo.yaml"
    path.write_text("objectives:\n  - name: a\n    metric: respnse_ms\n    expression: p(95)<500\n")
    told = refused(processes, ["run", "flow", "--slo", str(path)], shown=2)
    assert f"{path}, line 3, column 13: " in told
    assert "did you mean response_ms?" in told
    assert told.splitlines()[1:] == ["        metric: respnse_ms", "                ^^^^^^^^^^"]


def test_an_output_folder_that_cannot_be_made_is_named(processes: Processes, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert "name another with --out" in refused(processes, ["run", "flow", "--out", str(tmp_path / "file" / "run")])
    assert "is a file; name a folder with --out" in refused(processes, ["run", "flow", "--out", str(tmp_path / "file")])


def test_a_folder_that_holds_a_run_is_not_written_over(processes: Processes, tmp_path: Path) -> None:
    (tmp_path / "run.sqlite").write_text("evidence")
    line = refused(processes, ["run", "flow", "--out", str(tmp_path)])
    assert "holds a run already; name another folder with --out, or add --overwrite" in line
    assert (tmp_path / "run.sqlite").read_text() == "evidence"


@NIGHTLY_BY_SERVER
def test_a_port_that_is_taken_is_named(processes: Processes) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert str(port) in refused(processes, ["fakes", "--port", str(port)])


@NIGHTLY_BY_TRANSPORT
def test_a_dead_target_is_told_before_any_load(processes: Processes, tmp_path: Path) -> None:
    """Nothing listens: the sentence names the address and helps; no run is left behind."""
    address = f"127.0.0.1:{free_port()}"
    line = refused(processes, ["run", "flow", "--target", address, "--out", str(tmp_path / "run"), "--metrics-port=0"])
    assert address in line
    assert "tacorush fakes" in line
    assert not (tmp_path / "run").exists()


def test_a_target_elsewhere_is_refused_unless_a_targets_file_allows_load(processes: Processes, tmp_path: Path) -> None:
    """Nothing is sent: the sentence says what to write where."""
    line = refused(
        processes, ["run", "flow", "--target", "192.0.2.1:50051", "--out", str(tmp_path / "run"), "--metrics-port=0"]
    )
    assert "192.0.2.1" in line
    assert "allow_load: true" in line
    assert "max_rate" in line
