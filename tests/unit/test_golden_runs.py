"""A run file of each verdict that was written once is read, judged and rendered as ever."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from reports.judgement import judge
from reports.pages.write import pages
from tacorush.cli.__main__ import main
from tacorush.cli.failures import EXIT_OF_VERDICT
from tests.golden_runs import EXPECTED, RUNS, figures, unpacked

SCHEMA = json.loads((Path(__file__).parents[2] / "reports/schema.json").read_text())


@pytest.mark.parametrize("verdict", RUNS)
def test_a_golden_run_comes_to_the_figures_that_were_written_down(tmp_path: Path, verdict: str) -> None:
    """Verdict, totals, percentiles, and every objective with its interval."""
    judgement = judge(unpacked(verdict, tmp_path))
    assert judgement.verdict == verdict
    assert json.loads(json.dumps(figures(judgement))) == json.loads(EXPECTED.read_text())[verdict]
    jsonschema.validate(judgement.summary, SCHEMA)


@pytest.mark.parametrize("verdict", RUNS)
def test_a_golden_run_is_gated_by_its_exit_code_and_rendered_twice_the_same(tmp_path: Path, verdict: str) -> None:
    path = unpacked(verdict, tmp_path)
    assert main(["gate", str(path)]) == EXIT_OF_VERDICT[verdict]
    assert pages(judge(path)) == pages(judge(path))
