"""A replayed spike, driven for real: planned exactly, and achieved as an independent server counts it."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import pytest

from tacorush.evidence.runfile import RunFile
from tests.e2e.counting_server import counting, follows
from tests.e2e.whole_runs import run, skip_when_the_generator_lagged

if TYPE_CHECKING:
    from pathlib import Path

    from tests.processes import Processes

SPIKE = (40, 40, 44, 390, 400, 173, 60, 0, 41, 12)
pytestmark = pytest.mark.timeout(240)


def traffic(path: Path) -> Path:
    path.write_text("start_s,count\n" + "".join(f"{second},{count}\n" for second, count in enumerate(SPIKE)))
    return path


@pytest.mark.parametrize("processes_", [pytest.param(1, marks=pytest.mark.nightly), 2])
def test_a_replayed_spike_is_planned_exactly_and_achieved_within_1_percent(
    processes: Processes, tmp_path: Path, processes_: int
) -> None:
    """Counted at each second's boundary by a server that only counts."""
    file = traffic(tmp_path / "traffic.csv")
    with counting() as (counter, address):
        words = ("--replay", str(file), "--target", address, f"--processes={processes_}")
        _, report, printed = run(processes, tmp_path / "run", "ping", *words)
    with RunFile(tmp_path / "run" / "run.sqlite") as found:
        t0_ns, arrivals = found.meta["t0_ns"], list(found.arrivals())
        assert found.meta["arrivals"]["counts"] == list(SPIKE)
    planned = [sum(row.planned for row in arrivals if row.second == second) for second in range(len(SPIKE))]
    assert planned == list(SPIKE), printed
    assert report["totals"]["planned"] == sum(SPIKE)
    skip_when_the_generator_lagged(report)
    follows(counter, t0_ns, list(accumulate(SPIKE)))


def test_a_run_imported_is_the_traffic_that_it_replayed(processes: Processes, tmp_path: Path) -> None:
    """Round trip: traffic.csv, run, run file, traffic.csv."""
    file = traffic(tmp_path / "traffic.csv")
    code, _, printed = run(processes, tmp_path / "run", "ping", "--replay", str(file), "--duration=4s")
    assert code in (0, 3), printed
    imported = processes.start("import", ["tacorush", "traffic", "import", str(tmp_path / "run"), "-o", "-"])
    assert imported.wait() == 0
    rows = [line for line in imported.output().splitlines() if line[:1].isdigit() and "," in line]
    assert [row for row in rows if row.partition(",")[0].isdigit()] == [f"{n},{SPIKE[n]}" for n in range(4)]
