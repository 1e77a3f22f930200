"""Foreign tools are found wherever their install commands, or anybody's, put them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks import peers

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """The three places, empty."""
    made = {name: tmp_path / name for name in ("path", "gobin", "local")}
    for folder in made.values():
        folder.mkdir()
    monkeypatch.setenv("PATH", str(made["path"]))
    monkeypatch.setenv("GOBIN", str(made["gobin"]))
    monkeypatch.setattr(peers, "LOCAL", made["local"])
    return made


def put(folder: Path, tool: str, mode: int = 0o755) -> str:
    program = folder / tool
    program.parent.mkdir(exist_ok=True)
    program.touch()
    program.chmod(mode)
    return str(program)


@pytest.mark.parametrize("tool", ["ghz", "interop/client"])
@pytest.mark.parametrize("place", ["path", "gobin", "local"])
def test_a_tool_is_found_in_each_of_the_places(places: dict[str, Path], place: str, tool: str) -> None:
    assert peers.found(tool) is None
    program = put(places[place], tool)
    assert peers.found(tool) == program


def test_the_first_place_wins_and_what_cannot_be_run_is_passed_over(places: dict[str, Path]) -> None:
    put(places["path"], "k6", 0o644)
    last = put(places["local"], "k6")
    assert peers.found("k6") == last
    second = put(places["gobin"], "k6")
    assert peers.found("k6") == second


def test_each_tool_has_a_command_that_installs_it(capsys: pytest.CaptureFixture[str], places: dict[str, Path]) -> None:
    assert peers.main() == 0
    assert capsys.readouterr().out.splitlines() == list(peers.INSTALL.values())
