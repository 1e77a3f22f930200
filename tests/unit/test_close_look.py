"""Objectives about parts of a long run: by a close look beside its steps they come to what every second comes to."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.report import write
from reports.close_look import close_look
from reports.judgement import judge, judge_evidence
from reports.objectives.file import read
from reports.remembered import AT_ONCE, Counted, Packed, Remembered, added
from tacorush.evidence.histogram import Histogram
from tacorush.evidence.runfile import RunFile
from tacorush.evidence.stepped_runfile import SteppedRunFile


@pytest.fixture(scope="module")
def run_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("run") / "run.sqlite"
    write(path, seconds=60, calls=150_000)
    return path


LATENCY = {"metric": "response_ms", "expression": "p(95)<20"}
CASES: list[dict[str, Any]] = [
    {**LATENCY, "every": "7s, at most 1 window of 10 may miss"},
    {**LATENCY, "from": "13s", "to": "47s", "where": {"method": "ConfirmReservation"}},
    {**LATENCY, "warmup": "11s", "where": {"journey": "refresher"}},
    {**LATENCY, "where": {"journey": "buyer", "service": "PaymentService"}},
    {"metric": "response_ms", "recovers": "p(95)<20 within 20s after 17s"},
    {"metric": "service_ms", "expression": "avg<9", "from": "3s"},
    {"metric": "errors", "expression": "rate<0.01", "every": "10s"},
    {"metric": "availability", "expression": "rate>=0.999", "by": "seconds"},
    {"metric": "journeys", "expression": "rate>=0.9", "where": {"journey": "buyer", "outcome": "ticket"}},
    {"metric": "achieved_rate", "expression": "rate>=0.99", "from": "30s"},
]


def objectives(*rows: dict[str, Any]) -> Any:
    named = [{"name": f"asked {number}", **row} for number, row in enumerate(rows)]
    return read(yaml.safe_dump({"objectives": named}), "here")


@pytest.mark.parametrize("rows", [*([row] for row in CASES), CASES], ids=[*map(str, range(len(CASES))), "all"])
def test_a_close_look_comes_to_what_every_second_comes_to(run_file: Path, rows: list[dict[str, Any]]) -> None:
    """Verdict, figure, interval, samples and windows of each; alone, and beside all others."""
    asked = objectives(*rows)
    with RunFile(run_file) as run:
        exact = judge_evidence(Remembered(run), asked).run.results
        stepped = Remembered(SteppedRunFile(run, 10))
        close = judge_evidence(stepped, asked, close=partial(close_look, run)).run.results
    for one, other in zip(exact, close, strict=True):
        assert (one.verdict, one.measured, one.windows) == (other.verdict, other.measured, other.windows)
        # Which method was worst is told among those that some objective covers.
        assert one.reason.partition("; worst")[0] == other.reason.partition("; worst")[0]


def test_a_close_look_holds_no_more_than_what_is_asked(run_file: Path) -> None:
    """Of one method's response times 60 cells, kinds merged; of errors no times at all."""
    asked = objectives({**LATENCY, "every": "10s", "where": {"method": "ConfirmReservation"}})
    with RunFile(run_file) as run:
        figures = judge_evidence(Remembered(SteppedRunFile(run, 10)), asked).run.figures
        calls = close_look(run, asked, figures).calls
        counts = close_look(
            run, objectives({"metric": "errors", "expression": "rate<0.01", "from": "5s"}), figures
        ).calls
    assert [cell.key.second for cell in calls.cells] == list(range(60))
    assert {cell.key.clock for cell in calls.cells} == {"response"}
    assert all(isinstance(cell.tally, Counted) for cell in counts.cells)
    with pytest.raises(TypeError, match="only counted"):
        counts.latency("service")


def test_a_long_run_is_judged_so(tmp_path: Path) -> None:
    """Of 1,000 s, read in steps of 5 s, each window of 10 s is told; the objective about the whole keeps its steps."""
    path = tmp_path / "run.sqlite"
    write(path, seconds=1000, calls=10_000)
    slo = tmp_path / "mine.yaml"
    rows = [{"name": "whole", **LATENCY}, {"name": "windows", **LATENCY, "every": "10s"}]
    slo.write_text(yaml.safe_dump({"objectives": rows}))
    judgement = judge(path, slo)
    whole, windows = judgement.run.results
    assert judgement.run.figures.step_s == 5
    assert (whole.name, windows.name) == ("whole", "windows")
    assert windows.windows is not None
    assert windows.windows.total == 100


def test_many_histograms_add_up_in_parts_to_what_they_are_together() -> None:
    some = [Packed(Histogram([1_000 * number, 5_000_000])) for number in range(2 * AT_ONCE + 1)]
    values, counts = added(some)
    assert counts.sum() == 2 * len(some)
    assert counts[-1] == len([number for number in range(len(some)) if number * 1_000 >= 4_999_000]) + len(some)
    assert list(values) == sorted(values)
