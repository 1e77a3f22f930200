"""Cells merged by steps and over kinds: no figure of the whole run changes, and who asks for seconds gets seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.report import write
from reports.calls import CLOCKS, Calls
from reports.grain import step_s
from reports.judgement import judge_evidence
from reports.objectives.file import load
from reports.objectives.objective import Objective
from reports.pages.gather import gather
from tacorush.evidence.histogram import Histogram, LayoutError
from tacorush.evidence.merged_cells import ANY_KIND, merged_cells
from tacorush.evidence.records import PREFLIGHT, CellKey
from tacorush.evidence.runfile import RunFile
from tacorush.evidence.stepped_runfile import SteppedRunFile

KEYS = {
    1: ("a.B/C", "buyer", "ok", "OK", "service"),
    2: ("a.B/C", "leaver", "ok", "OK", "service"),
    3: ("a.B/C", PREFLIGHT, "ok", "OK", "service"),
    4: ("journey.total", "leaver", "left", "browsing", "response"),
}
SLO = load("slo/production.yaml")


@pytest.fixture(scope="module")
def run_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("run") / "run.sqlite"
    write(path, seconds=60, calls=150_000)
    return path


def test_cells_of_a_step_merge_over_kinds_and_processes_as_histograms_do() -> None:
    """Pre-flight, which is no load, and the times of journeys keep their kinds."""
    one, other, third = Histogram([5_000, 9_000_000]), Histogram([5_000] * 300), Histogram([7_000])
    rows = [
        (-1, 3, one), (0, 1, one), (0, 1, other), (3, 2, third), (4, 3, other), (4, 4, one), (5, 1, third), (9, 4, one),
    ]  # fmt: skip
    found = list(merged_cells([(second, key, tally.to_bytes()) for second, key, tally in rows], KEYS, 5))
    whole = Histogram()
    whole.merge(one, other, third)
    expected = [
        (CellKey(-5, *KEYS[3]), one),
        (CellKey(0, "a.B/C", ANY_KIND, "ok", "OK", "service"), whole),
        (CellKey(0, *KEYS[3]), other),
        (CellKey(0, *KEYS[4]), one),
        (CellKey(5, "a.B/C", ANY_KIND, "ok", "OK", "service"), third),
        (CellKey(5, *KEYS[4]), one),
    ]
    assert [key for key, _ in found] == [key for key, _ in expected]
    assert [histogram for _, histogram in found] == [histogram for _, histogram in expected]


@given(st.lists(st.lists(st.integers(0, 10**14), max_size=30), min_size=1, max_size=6))
def test_the_sum_of_written_histograms_is_what_merging_them_gives(many: list[list[int]]) -> None:
    histograms = [Histogram(values) for values in many]
    whole = Histogram()
    whole.merge(*histograms)
    assert Histogram.sum_of_bytes([histogram.to_bytes() for histogram in histograms]) == whole


def test_large_counts_add_up_exactly_and_bytes_that_are_none_are_refused() -> None:
    octets = Histogram([5_000]).to_bytes()
    huge = octets[:-8] + (2**40).to_bytes(8, "little")
    assert Histogram.sum_of_bytes([huge, octets]).count == 2**40 + 1
    for wrong in (octets[:-1], b"", b"\x09" + octets[1:]):
        with pytest.raises(LayoutError):
            Histogram.sum_of_bytes([octets, wrong])


def test_no_figure_of_the_whole_run_changes(run_file: Path) -> None:
    with RunFile(run_file) as run:
        fine, coarse = Calls.of(run), Calls.of(SteppedRunFile(run, 10))
        assert len(coarse.cells) < len(fine.cells) / 10
        assert coarse.outcomes == fine.outcomes
        assert list(coarse.by_method) == list(fine.by_method)
        for name, calls in fine.by_method.items():
            for clock in CLOCKS:
                exact, merged = calls.latency(clock), coarse.by_method[name].latency(clock)
                assert np.array_equal(exact.values, merged.values)
                assert np.array_equal(exact.counts, merged.counts)
                assert (exact.total_ns, exact.longest_ns) == (merged.total_ns, merged.longest_ns)


def test_a_run_read_in_steps_is_judged_and_drawn_alike(run_file: Path) -> None:
    with RunFile(run_file) as run:
        fine, coarse = judge_evidence(run, SLO), judge_evidence(SteppedRunFile(run, 10), SLO)
        for name in ("verdict", "totals", "rate", "latency_ms", "generator"):
            assert coarse.summary[name] == fine.summary[name], name
        for one, other in zip(fine.summary["objectives"], coarse.summary["objectives"], strict=True):
            assert {**one, "interval": [], "reason": ""} == {**other, "interval": [], "reason": ""}
        drawn = gather(run, coarse.run.figures, coarse.history.table, coarse.summary)
        assert drawn.series.starts == tuple(range(0, 60, 10))
        total = sum(rate for rates in drawn.series.outcomes.values() for rate in rates) * drawn.series.width_s
        assert round(total) == fine.summary["totals"]["rpcs"]


def objective(**more: Any) -> Objective:
    return Objective.model_validate(
        {"name": "P95", "metric": "response_ms", "expression": "p(95)<500", "where": {}, **more}
    )


@pytest.mark.parametrize(
    ("duration_s", "step"), [(60, 1), (900, 1), (1000, 5), (1800, 10), (3600, 20), (3601, 1), (86_400, 600)]
)
def test_a_step_divides_the_duration_and_short_runs_have_none(duration_s: float, step: int) -> None:
    assert step_s([objective()], duration_s) == step


def test_kinds_of_journeys_are_kept_for_an_objective_that_asks_for_one() -> None:
    assert step_s([objective(where={"method": "JoinQueue"})], 3600) == 20
    assert step_s([objective(), objective(where={"journey": "buyer"})], 3600) == 1


def test_the_objectives_that_come_along_leave_a_long_run_to_be_read_in_steps() -> None:
    assert step_s(SLO, 3600) == 20


@pytest.mark.parametrize(
    "more",
    [
        {"every": "10s"}, {"during": "peak"}, {"from": 30}, {"to": 60}, {"warmup": 5}, {"by": "seconds"},
        {"expression": None, "recovers": "p(95)<500 within 60s after peak"}, {"where": {"phase": "peak"}},
    ],
)  # fmt: skip
def test_an_objective_about_a_part_of_the_run_is_judged_second_by_second(more: dict[str, Any]) -> None:
    assert step_s([objective(), objective(**more)], 3600) == 1


def test_a_warm_up_of_nothing_and_a_confidence_leave_an_objective_one_of_the_whole() -> None:
    assert step_s([objective(warmup=0, confidence=0.99, by="calls")], 3600) == 20
