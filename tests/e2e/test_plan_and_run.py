"""What `tacorush plan` foretells is what `tacorush run` then does: the same people make the same calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tacorush.cli.__main__ import main
from tests.e2e.whole_runs import run, skip_when_the_generator_lagged

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.processes import Processes

DRIVEN = ("flow", "--rate=40", "--duration=6s", "--seed=5")


def test_a_run_makes_the_calls_that_its_plan_foretold_by_method_and_ending(
    processes: Processes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On `open` nothing depends on timing, so that counts are equal; a shorter answer than assumed changes none."""
    assert main(["plan", *DRIVEN, "--people=1000", "--json"]) == 0
    foretold = json.loads(capsys.readouterr().out)
    _, report, _ = run(processes, tmp_path / "run", *DRIVEN)
    skip_when_the_generator_lagged(report)
    made = {name: sum(row["outcomes"].values()) for name, row in report["latency_ms"]["methods"].items()}
    assert foretold["assumed"]["one_person_in"] == 1
    assert made == {name: row["calls"] for name, row in foretold["methods"].items()}
    assert sum(made.values()) == foretold["calls"]
    assert report["totals"]["orders"] == foretold["endings"]["ticket"]
    assert report["totals"]["planned"] == foretold["arrivals"]
