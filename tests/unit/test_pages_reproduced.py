"""A run of each verdict, rendered by processes whose hashes, places and time zones differ: the same bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reports.judgement import judge
from reports.pages.write import write_pages
from tests.unit.test_judgement import stored

ROOT = Path(__file__).parents[2]
FILES = ("report.html", "report.md", "report.json", "junit.xml")
SLO = "objectives:\n  - {{name: P95, metric: response_ms, expression: p({0})<{1}}}\n"
RUNS = {"PASS": ("95", "500"), "FAIL": ("95", "1"), "INCONCLUSIVE": ("99.9", "500")}
"""Verdict to the percentile and the limit that come to it: for p(99.9) the run has too few samples."""
RENDER = """
import hashlib, json, sys
from reports.judgement import judge
from reports.pages.write import pages
print(json.dumps({name: hashlib.sha256(text.encode()).hexdigest() for name, text in pages(judge(sys.argv[1])).items()}))
"""


def rendered_elsewhere(path: Path, seed: str, zone: str, folder: Path) -> dict[str, str]:
    """The digests of all pages, made by a process of its own."""
    settings = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", RENDER, str(path)], cwd=folder, env=settings, check=True, stdout=subprocess.PIPE
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("verdict", RUNS)
def test_a_run_of_each_verdict_has_the_same_pages_wherever_it_is_rendered(tmp_path: Path, verdict: str) -> None:
    path = stored(tmp_path / "run.sqlite", slo="x.yaml", slo_text=SLO.format(*RUNS[verdict]))
    assert judge(path).verdict == verdict
    one = rendered_elsewhere(path, "1", "UTC", ROOT)
    assert set(one) == set(FILES)
    assert rendered_elsewhere(path, "2", "Asia/Seoul", tmp_path) == one


def test_pages_that_were_deleted_come_again_byte_for_byte(tmp_path: Path) -> None:
    path = stored(tmp_path / "run.sqlite", slo="x.yaml", slo_text=SLO.format("95", "500"))
    write_pages(tmp_path, judge(path))
    before = {name: (tmp_path / name).read_bytes() for name in FILES}
    for name in FILES:
        (tmp_path / name).unlink()
    write_pages(tmp_path, judge(path))
    assert {name: (tmp_path / name).read_bytes() for name in FILES} == before
