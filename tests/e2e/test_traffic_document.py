"""docs/traffic.md is run as it stands: every command, in order, and what each of them says."""

from __future__ import annotations

import gzip
import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scenarios.scenario import load
from scenarios.traffic import csv_file
from tests.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "traffic.md"
LOG = ROOT / "tests" / "unit" / "samples" / "combined.log"
pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Processes]:
    """Starts processes in a folder with an access log."""
    (tmp_path / "access.log.gz").write_bytes(gzip.compress(LOG.read_bytes()))
    with Processes(tmp_path) as started:
        yield started


def shown() -> list[tuple[list[str], str]]:
    """Every command of the page, and what stands under it."""
    blocks = re.findall(r"```console\n\$ (.*)\n((?:.*\n)*?)```", PAGE.read_text())
    return [(shlex.split(command), output) for command, output in blocks]


def test_the_commands_of_the_page_do_what_it_shows(elsewhere: Processes, tmp_path: Path) -> None:
    """An ellipsis stands for what differs from run to run."""
    assert len(shown()) == 6
    environment = {"PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    for words, expected in shown():
        more = ["--metrics-port=0"] if words[1] == "run" else []
        started = elsewhere.start(words[1], [*words, *more], environment)
        assert started.wait(120) in ((0, 3) if more else (0,)), started.output()
        pattern = re.escape(expected.rstrip("\n")).replace("…", "(?:.|\n)*")
        assert re.match(pattern, started.output()), (started.output(), expected)
    assert csv_file.read(tmp_path / "achieved.csv").total <= csv_file.read(tmp_path / "six.csv").total


def test_the_scenario_of_the_page_is_one(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n((?:.*\n)*?)```", PAGE.read_text())
    (table,) = re.findall(r"```text\n((?:.*\n)*?)```", PAGE.read_text())
    (tmp_path / "january.yaml").write_text(text)
    (tmp_path / "six.csv").write_text(table)
    scenario = load(tmp_path / "january.yaml")
    assert (scenario.name, scenario.rate, scenario.duration) == ("january", 20, 3)
