"""Whole runs against platforms that keep their promises, break them, or die: the verdict says which."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from tacorush.evidence.runfile import RunFile
from tests.e2e.pairs import NIGHTLY_BY_PAIR
from tests.e2e.whole_runs import (
    QUICK,
    run,
    skip_when_the_generator_lagged,
    start_fakes,
    start_run,
    wait_until_under_way,
)
from tests.processes import until

if TYPE_CHECKING:
    from tests.processes import Processes

ROOT = Path(__file__).parents[2]
FLOW = ("flow", "--rate=30", "--duration=10s", QUICK)
"""Long enough that the interval of a share of errors, wide where few seconds are known, is far from its threshold."""
pytestmark = [NIGHTLY_BY_PAIR, pytest.mark.timeout(240)]


def told_no_lie(report: dict[str, Any]) -> None:
    """report.json fits its schema, and its own sums agree."""
    jsonschema.validate(report, json.loads((ROOT / "reports/schema.json").read_text()))
    assert sum(report["totals"]["outcomes"].values()) == report["totals"]["rpcs"]


def test_a_crowd_after_few_seats_passes_on_a_healthy_platform(processes: Processes, tmp_path: Path) -> None:
    """No seat is sold twice though at least 100 were each wanted by many; the run starts its own platform."""
    code, report, printed = run(processes, tmp_path / "run", "hotseat", "--duration=10s", QUICK)
    told_no_lie(report)
    assert report["oversell"]["definite"] == report["oversell"]["possible"] == 0
    assert report["oversell"]["contended_seats"] >= 100
    # On a busy machine a confirmation may run into its deadline, which leaves a possible finding behind.
    assert not [finding for finding in report["findings"] if finding["certainty"] == "definite"]
    skip_when_the_generator_lagged(report)
    assert not report["findings"]
    assert (code, report["verdict"]) == (0, "PASS"), printed


def test_a_platform_that_oversells_fails_with_as_many_seats_as_it_says_it_did(
    processes: Processes, tmp_path: Path
) -> None:
    """The gate rings, and the count is the incident's own."""
    log = tmp_path / "incident.json"
    fakes, address = start_fakes(
        processes, "--events=1", "--seats=150", "--incident=oversell:p=0.2", f"--incident-log={log}"
    )
    words = ("hotseat", "--rate=40", "--duration=6s", QUICK)
    code, report, printed = run(processes, tmp_path / "run", *words, f"--target={address}")
    fakes.process.send_signal(signal.SIGTERM)
    assert fakes.wait() == 0
    truth = json.loads(log.read_text())["oversell"]["seats_sold_twice"]
    told_no_lie(report)
    assert truth > 0
    assert (report["oversell"]["definite"], report["oversell"]["possible"]) == (truth, 0), printed
    assert (code, report["verdict"]) == (1, "FAIL")
    witness = report["oversell"]["witnesses"][0]
    assert witness, "a finding carries its witness"


def test_a_slow_platform_fails_and_the_reason_names_p95(processes: Processes, tmp_path: Path) -> None:
    _, address = start_fakes(processes, "--events=4", "--seats=20000", "--incident=slow")
    code, report, printed = run(processes, tmp_path / "run", *FLOW, f"--target={address}")
    skip_when_the_generator_lagged(report)
    assert (code, report["verdict"]) == (1, "FAIL"), printed
    assert any("P95" in reason and "500 ms" in reason for reason in report["reasons"]), report["reasons"]


@pytest.mark.parametrize("incident", ["errors:p=0.1", "error-inside-ok:p=0.1"])
def test_a_platform_that_errs_fails_on_the_error_rate(processes: Processes, tmp_path: Path, incident: str) -> None:
    """An error inside a message under status OK is no success: both ways of erring count the same."""
    _, address = start_fakes(processes, "--events=4", "--seats=20000", f"--incident={incident}")
    code, report, printed = run(processes, tmp_path / "run", *FLOW, f"--target={address}")
    told_no_lie(report)
    assert report["totals"]["outcomes"]["failed"] > 0.05 * report["totals"]["rpcs"]
    skip_when_the_generator_lagged(report)
    assert (code, report["verdict"]) == (1, "FAIL"), printed
    assert any("rror rate" in reason for reason in report["reasons"]), report["reasons"]


def test_a_platform_that_dies_in_the_middle_never_passes_and_the_report_says_when(
    processes: Processes, tmp_path: Path
) -> None:
    fakes, address = start_fakes(processes, "--events=4", "--seats=20000")
    words = ("flow", "--rate=20", "--duration=6s", QUICK)
    started = start_run(processes, tmp_path / "run", *words, f"--target={address}")
    wait_until_under_way(started, tmp_path / "run")
    fakes.process.kill()
    assert started.wait(180) in (1, 3), started.output()
    report = json.loads((tmp_path / "run/report.json").read_text())
    told_no_lie(report)
    assert report["verdict"] != "PASS"
    assert any("second" in reason for reason in report["reasons"]), report["reasons"]


def test_a_killed_run_still_reports_and_never_passes(processes: Processes, tmp_path: Path) -> None:
    """SIGKILL of the parent: its children are gone within 5 s, the run file renders, the gate does not say PASS."""
    out = tmp_path / "run"
    started = start_run(processes, out, "flow", "--rate=20", "--duration=60s")
    wait_until_under_way(started, out)
    started.process.kill()
    started.wait()
    until(lambda: str(out) not in command_lines(), "no process of the run is left", limit_s=5)
    rendered = processes.start("report", ["tacorush", "report", str(out)])
    gate = processes.start("gate", ["tacorush", "gate", str(out)])
    assert rendered.wait() == 0, rendered.output()
    assert (out / "report.html").stat().st_size > 10_000
    assert gate.wait() in (1, 3), gate.output()
    with RunFile(out / "run.sqlite") as file:
        assert file.ended is None
        assert any(row.started for row in file.arrivals())


def command_lines() -> str:
    """The command lines of all processes that run now."""
    texts = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            texts.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return "\n".join(texts)


def test_ctrl_c_ends_in_order_with_an_inconclusive_verdict(processes: Processes, tmp_path: Path) -> None:
    started = start_run(processes, tmp_path / "run", "flow", "--rate=20", "--duration=60s", QUICK)
    wait_until_under_way(started, tmp_path / "run")
    started.process.send_signal(signal.SIGINT)
    assert started.wait(60) == 3, started.output()
    report = json.loads((tmp_path / "run/report.json").read_text())
    assert report["verdict"] == "INCONCLUSIVE"
    assert any("interrupted" in reason for reason in report["reasons"]), report["reasons"]
    assert "Traceback" not in started.output()


def test_the_same_seed_plans_the_same_and_is_no_repetition_to_the_platform(
    processes: Processes, tmp_path: Path
) -> None:
    """Two runs with --seed 7 against one platform: equal digests, and the second buys as the first did."""
    _, address = start_fakes(processes, "--events=3", "--seats=5000")
    digests, orders = [], []
    for name in ("first", "second"):
        code, report, printed = run(
            processes, tmp_path / name, "flow", "--rate=20", "--duration=3s", "--seed=7", QUICK, f"--target={address}"
        )
        assert code in (0, 3), printed
        orders.append(report["totals"]["orders"])
        with RunFile(tmp_path / name / "run.sqlite") as file:
            digests.append([(row.second, row.planned, row.digest) for row in file.arrivals() if row.planned])
    assert digests[0] == digests[1]
    assert orders[0] == orders[1] > 0


def test_a_tour_drives_each_of_the_50_methods(processes: Processes, tmp_path: Path) -> None:
    code, report, printed = run(processes, tmp_path / "run", "tour", "--duration=2s", QUICK)
    told_no_lie(report)
    skip_when_the_generator_lagged(report)
    assert code == 0, printed
    assert len(report["latency_ms"]["methods"]) == 50
    assert report["totals"]["outcomes"]["unimplemented"] == 0


@pytest.mark.nightly
def test_a_ping_passes(processes: Processes, tmp_path: Path) -> None:
    code, report, printed = run(processes, tmp_path / "run", "ping", "--rate=40", "--duration=10s")
    skip_when_the_generator_lagged(report)
    assert (code, report["verdict"]) == (0, "PASS"), printed


@pytest.mark.nightly
def test_two_processes_count_every_call_once_under_tacorush_run(processes: Processes, tmp_path: Path) -> None:
    code, report, printed = run(processes, tmp_path / "run", "flow", "--rate=20", "--duration=6s", "--processes=2")
    assert code in (0, 3), printed
    assert report["totals"]["planned"] == report["totals"]["journeys"] == 120
    assert report["generator"]["lost_workers"] == 0
    assert sum(process["role"] == "worker" for process in report["generator"]["processes"]) == 2
