"""Whole runs against a platform that somebody else wrote, healthy and misbehaving: both sides count the same."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.e2e.foreign_counts import DEADLINE, LOST, UNSENT, Sides, agree
from tests.e2e.pairs import NIGHTLY_BY_TRANSPORT
from tests.e2e.whole_runs import run, skip_when_the_generator_lagged
from tests.foreign.platform import DIED

if TYPE_CHECKING:
    from pathlib import Path

    from tests.processes import Processes, Started

pytestmark = [NIGHTLY_BY_TRANSPORT, pytest.mark.timeout(240)]
PARIS = "--event=concert-paris"
FLOW = ("flow", PARIS, "--rate=25", "--duration=4s", "--time-scale=0.2")
HOTSEAT = ("hotseat", PARIS, "--rate=25", "--duration=5s", "--time-scale=0.2")
INTERNAL = "INTERNAL"


def start_platform(processes: Processes, counts: Path, *words: str) -> tuple[Started, str]:
    """Starts the foreign platform on a free port; returns it and its address."""
    command = ["python", "-m", "tests.foreign.platform", "--port=0", f"--counts={counts}", *words]
    started = processes.start("foreign platform", command)
    return started, started.wait_for_line("ready").split()[1]


def drive(processes: Processes, folder: Path, words: tuple[str, ...], *platform: str) -> tuple[int, Sides, str]:
    """Drives one run against a platform of its own and demands that both sides agree; returns what came of it."""
    started, address = start_platform(processes, folder / "counts.json", *platform)
    code, report, printed = run(processes, folder / "run", *words, f"--target={address}")
    if started.process.poll() is None:
        started.process.send_signal(signal.SIGTERM)
    assert started.wait() == (DIED if "--die-after-s" in " ".join(platform) else 0), started.output()
    assert report, printed
    assert "Traceback" not in printed
    sides = Sides.of(folder / "run", folder / "counts.json")
    agree(sides)
    return code, sides, printed


def test_a_healthy_foreign_platform_is_not_blamed(processes: Processes, tmp_path: Path) -> None:
    """Native statuses, HOLD, PROCESSING, no sections, no reflection: nothing of that is an error.

    Nobody lists its events, GetQueueStats is not served: it is asked once, and the documented ones are found.
    """
    words = tuple(word for word in FLOW if word != PARIS)
    code, sides, printed = drive(processes, tmp_path, words, "--documented-events")
    assert sides.theirs["calls"]["gateway.v1.QueueService/GetQueueStats"] == {"UNIMPLEMENTED": 1}
    health = ("gateway.v1.GatewayService/HealthCheck", "common.v1.AdminService/GetSystemHealth")
    assert [sides.theirs["calls"][name] for name in health] == [{"UNIMPLEMENTED": 2}] * 2, (
        "the release, before and after"
    )
    assert sides.report["totals"]["other_rpcs"] == 7 + 4
    assert not sides.report["findings"]
    assert sides.report["totals"]["outcomes"]["failed"] == 0
    assert sides.report["totals"]["outcomes"]["unimplemented"] == 0
    skip_when_the_generator_lagged(sides.report)
    assert code in (0, 3), printed
    assert sides.report["totals"]["orders"] > 80


@pytest.mark.nightly
def test_a_slow_platform_is_measured_as_slow_as_it_is(processes: Processes, tmp_path: Path) -> None:
    _, sides, _ = drive(processes, tmp_path, FLOW, "--delay-ms=120")
    assert sides.theirs["delayed"] > 500
    for name, row in sides.report["latency_ms"]["methods"].items():
        assert row["service"]["p50"] >= 119, name


@pytest.mark.nightly
def test_calls_that_ran_into_their_deadlines_are_unknown_and_did_nothing(processes: Processes, tmp_path: Path) -> None:
    """The platform sees its clients give up before it acts."""
    code, sides, printed = drive(processes, tmp_path, FLOW, "--delay-ms=1500", "--delay-share=0.06")
    assert 0 < sides.theirs["given_up"] <= sides.count(DEADLINE)
    assert sides.report["totals"]["outcomes"]["unknown"] >= sides.theirs["given_up"]
    skip_when_the_generator_lagged(sides.report)
    assert (code, sides.report["verdict"]) == (1, "FAIL"), printed


def test_every_error_that_was_injected_is_a_failed_call(processes: Processes, tmp_path: Path) -> None:
    code, sides, printed = drive(processes, tmp_path, (*FLOW, "--duration=10s"), "--error-share=0.08")
    unknown = sides.report["totals"]["outcomes"]["unknown"]
    assert 0 <= sides.theirs["injected_errors"] - sides.count(INTERNAL) <= unknown
    assert sides.count(INTERNAL) > 20
    assert sides.report["totals"]["outcomes"]["failed"] == sides.count(INTERNAL)
    skip_when_the_generator_lagged(sides.report)
    assert (code, sides.report["verdict"]) == (1, "FAIL"), printed
    assert any("rror rate" in reason for reason in sides.report["reasons"])


def test_lost_answers_are_unknown_until_the_read_back_tells_of_orders_and_holds(
    processes: Processes, tmp_path: Path
) -> None:
    code, sides, printed = drive(processes, tmp_path, FLOW, "--lose-share=0.06")
    assert 0 < sides.theirs["lost_answers"] <= sides.report["totals"]["outcomes"]["unknown"]
    assert sides.theirs["lost_orders"] > 0, "else nothing is proved about them"
    assert not [finding for finding in sides.report["findings"] if finding["certainty"] == "definite"]
    skip_when_the_generator_lagged(sides.report)
    assert code in (1, 3), printed


def test_seats_that_a_foreign_platform_sells_twice_are_found_to_the_last(processes: Processes, tmp_path: Path) -> None:
    """By two generator processes, and though answers are lost."""
    words = (*HOTSEAT, "--processes=2")
    code, sides, printed = drive(
        processes, tmp_path, words, "--seats=100", "--double-sale-share=0.3", "--lose-share=0.04"
    )
    assert sides.theirs["seats_sold_twice"] > 5
    assert (code, sides.report["verdict"]) == (1, "FAIL"), printed
    witness = sides.report["oversell"]["witnesses"][0]
    assert witness["event"] == "concert-paris"
    assert len(set(witness["orders"])) == 2


@pytest.mark.nightly
def test_a_sale_of_too_few_seats_sells_each_once(processes: Processes, tmp_path: Path) -> None:
    words = ("rush", PARIS, "--rate=15", "--duration=5s", "--time-scale=0.2")
    code, sides, printed = drive(processes, tmp_path, words, "--seats=40")
    assert sides.report["totals"]["seats_sold"] == 40
    assert not sides.report["findings"]
    skip_when_the_generator_lagged(sides.report)
    assert code in (0, 3), printed


def test_a_platform_that_dies_leaves_calls_unknown_and_unsent_and_the_report_says_when(
    processes: Processes, tmp_path: Path
) -> None:
    code, sides, printed = drive(processes, tmp_path, FLOW, "--die-after-s=3", "--delay-ms=60")
    assert sides.count(UNSENT, LOST) > 0
    assert code in (1, 3), printed
    assert any("stopped answering" in reason and "second" in reason for reason in sides.report["reasons"]), printed


@pytest.mark.nightly
def test_a_tour_of_half_a_platform_blames_it_for_nothing_but_what_it_lacks(
    processes: Processes, tmp_path: Path
) -> None:
    """Thirty methods are UNIMPLEMENTED; what hangs on them is asked in vain and is no error."""
    words = ("tour", PARIS, "--duration=2s", "--time-scale=0.2")
    code, sides, printed = drive(processes, tmp_path, words)
    outcomes = sides.report["totals"]["outcomes"]
    assert outcomes["unimplemented"] == sides.count("UNIMPLEMENTED", who="tour") > 30
    assert outcomes["failed"] == 0, printed
    assert not any("harness" in reason for reason in sides.report["reasons"])
    assert any("does not serve 30 methods" in reason for reason in sides.report["reasons"]), sides.report["reasons"]
    assert code == 3, printed


@pytest.mark.nightly
def test_a_route_that_is_not_served_is_named(processes: Processes, tmp_path: Path) -> None:
    words = ("flow", PARIS, "--rate=15", "--duration=1s", "--time-scale=0.2", "--route=gateway")
    code, sides, printed = drive(processes, tmp_path, words)
    assert sides.theirs["reservations"] == 0
    assert code == 3, printed
    assert "does not serve 1 method that the scenario needs: GatewayService/CreateReservation" in printed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("flow",), "the target has no event to drive: GetQueueStats lists none"),
        (("flow", "--event=nowhere"), "the target knows no event nowhere (GetInventoryStatus: NOT_FOUND)"),
    ],
)
def test_where_there_is_nothing_to_drive_one_line_says_so_and_no_run_is_left(
    processes: Processes, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    _, address = start_platform(processes, tmp_path / "counts.json")
    code, report, printed = run(processes, tmp_path / "run", *words, f"--target={address}")
    assert (code, report) == (2, {})
    (line,) = printed.splitlines()
    assert said in line
    assert not (tmp_path / "run").exists()
