"""Runs as a person starts them with plain Locust: each call is counted once, the last second included."""

from __future__ import annotations

import csv
import json
import os
import signal
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.e2e import fleet_runs
from tests.e2e.fleet_runs import forks, start_fakes, start_locust
from tests.e2e.pairs import NIGHTLY_BY_PAIR, Pair, PairedProcesses
from tests.e2e.whole_runs import wait_until_under_way
from tests.processes import free_port, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.processes import Processes


pytestmark = NIGHTLY_BY_PAIR


@pytest.fixture
def processes(tmp_path: Path, pair: Pair) -> Iterator[Processes]:
    with PairedProcesses(tmp_path, pair) as started:
        yield started


def check_complete(folder: Path, address: str) -> None:
    """The run ended in order, and our count of calls is the platform's own."""
    assert fleet_runs.ended(folder) == "completed"
    assert fleet_runs.recorded(folder) == fleet_runs.served(address)
    assert all(member.final and not member.lost for member in fleet_runs.members(folder))


def test_users_in_a_closed_loop_leave_a_run_file_and_locusts_csv(processes: Processes, tmp_path: Path) -> None:
    """Locust's own flags work, its CSV holds every call of the run, and so does ours."""
    address = start_fakes(processes)
    locust = start_locust(
        processes, "locust", "--headless", "-u5", "-r5", "-t2s", "--csv=out", f"--target={address}", "--out=run"
    )
    assert locust.wait() == 0, locust.output()
    check_complete(tmp_path / "run", address)
    counts = fleet_runs.arrivals(tmp_path / "run")
    assert counts["planned"] == counts["started"] > 0
    with (tmp_path / "out_stats.csv").open() as file:
        total = next(row for row in csv.DictReader(file) if row["Name"] == "Aggregated")
    assert int(total["Request Count"]) == fleet_runs.recorded(tmp_path / "run")
    assert "a stall thins out the load and hides itself" in locust.output()


def test_an_open_loop_drives_the_plan_and_ignores_users_with_a_line(processes: Processes, tmp_path: Path) -> None:
    """100 arrivals are planned and come, whatever -u says, and the plan ends the run before -t would."""
    address = start_fakes(processes)
    locust = start_locust(
        processes, "locust", "--headless", "-u50", "-t60s", "--rate=50", "--duration=2s", f"--target={address}",
        "--out=run",
    )  # fmt: skip
    assert locust.wait() == 0, locust.output()
    check_complete(tmp_path / "run", address)
    counts = fleet_runs.arrivals(tmp_path / "run")
    assert (counts["planned"], counts["started"] + counts["dropped"]) == (100, 100)
    assert "-u and -r are ignored" in locust.output()


def test_two_forked_processes_drive_one_plan(processes: Processes, tmp_path: Path) -> None:
    """Their stripes are the plan together: no arrival is missing and none comes twice."""
    address = start_fakes(processes)
    locust = start_locust(
        processes, "locust", "--headless", *forks(2),
        "--rate=50", "--duration=2s", f"--target={address}", "--out=run",
    )  # fmt: skip
    assert locust.wait() == 0, locust.output()
    check_complete(tmp_path / "run", address)
    assert fleet_runs.arrivals(tmp_path / "run")["planned"] == 100
    assert sorted(member.role for member in fleet_runs.members(tmp_path / "run")) == ["master", "worker", "worker"]


def start_three(processes: Processes, address: str, *options: str) -> list[object]:
    """A master and two workers, each started by hand."""
    port = free_port()
    workers = [start_locust(processes, f"worker-{number}", "--worker", f"--master-port={port}") for number in (1, 2)]
    master = start_locust(
        processes, "master", "--headless", "--master", f"--master-bind-port={port}", "--expect-workers=2",
        f"--target={address}", "--out=run", *options,
    )  # fmt: skip
    return [master, *workers]


def test_a_master_and_two_workers_started_by_hand_count_every_call_once(processes: Processes, tmp_path: Path) -> None:
    """Open loop over three processes; the workers end by themselves when the master is done."""
    address = start_fakes(processes)
    three = start_three(processes, address, "--rate=50", "--duration=2s")
    for process in three:
        assert process.wait() == 0, process.output()  # type: ignore[attr-defined]
    check_complete(tmp_path / "run", address)
    assert fleet_runs.arrivals(tmp_path / "run")["planned"] == 100


@pytest.mark.nightly
def test_users_on_two_workers_count_every_call_once(processes: Processes, tmp_path: Path) -> None:
    """A closed loop over three processes: Locust gives users to workers, the evidence comes home whole."""
    address = start_fakes(processes)
    three = start_three(processes, address, "-u6", "-r6", "-t2s")
    assert three[0].wait() == 0, three[0].output()  # type: ignore[attr-defined]
    check_complete(tmp_path / "run", address)
    assert fleet_runs.arrivals(tmp_path / "run")["started"] > 0


def test_the_run_time_of_the_web_page_does_not_cut_the_end_off(processes: Processes, tmp_path: Path) -> None:
    """The page counts from the click, the plan from T0, which is later: the run is complete, not interrupted."""
    address, port = start_fakes(processes), free_port()
    locust = start_locust(
        processes, "locust", "--web-host=127.0.0.1", f"--web-port={port}", "--rate=30", f"--target={address}",
        "--out=run",
    )  # fmt: skip
    locust.wait_for_line("Starting web interface")
    asked = urllib.parse.urlencode({"user_count": 1, "spawn_rate": 1, "run_time": "2s"}).encode()
    until(lambda: swarmed(f"http://127.0.0.1:{port}/swarm", asked), "the page takes the order")
    until(lambda: (tmp_path / "run" / "run.sqlite").exists(), "the run begins")
    until(lambda: fleet_runs.ended(tmp_path / "run") is not None, "the run ends")
    assert fleet_runs.ended(tmp_path / "run") == "completed"
    assert fleet_runs.arrivals(tmp_path / "run")["planned"] == 60
    locust.process.send_signal(signal.SIGINT)
    assert locust.wait() == 0, locust.output()
    assert "Traceback" not in locust.output()


def swarmed(page: str, form: bytes) -> bool:
    """True once the page has taken the order."""
    try:
        with urllib.request.urlopen(page, form, timeout=10) as answer:
            return bool(json.load(answer)["success"])
    except urllib.error.URLError:
        return False


def test_ctrl_c_ends_a_run_in_order_and_the_file_says_interrupted(processes: Processes, tmp_path: Path) -> None:
    """Journeys inside may end: every call that the platform served is recorded."""
    address = start_fakes(processes)
    locust = start_locust(
        processes, "locust", "--headless", "--rate=20", "--duration=60s", f"--target={address}", "--out=run"
    )
    wait_until_under_way(locust, tmp_path / "run")
    locust.process.send_signal(signal.SIGINT)
    assert locust.wait() == 0, locust.output()
    assert fleet_runs.ended(tmp_path / "run") == "interrupted"
    assert fleet_runs.recorded(tmp_path / "run") == fleet_runs.served(address)


@pytest.mark.nightly
def test_ctrl_c_on_master_and_forks_alike_is_the_masters_to_decide(processes: Processes, tmp_path: Path) -> None:
    """A terminal sends Ctrl-C to the whole group; the workers go on until the master has drained them."""
    address = start_fakes(processes)
    locust = start_locust(
        processes, "locust", "--headless", *forks(2), "--rate=20", "--duration=60s", f"--target={address}", "--out=run"
    )
    wait_until_under_way(locust, tmp_path / "run")
    os.killpg(locust.process.pid, signal.SIGINT)
    assert locust.wait() == 0, locust.output()
    assert fleet_runs.ended(tmp_path / "run") == "interrupted"
    assert fleet_runs.recorded(tmp_path / "run") == fleet_runs.served(address)
    assert all(member.final for member in fleet_runs.members(tmp_path / "run"))


def test_ctrl_c_twice_ends_a_run_at_once(processes: Processes, tmp_path: Path) -> None:
    """Nobody waits for journeys that hang: exit code 3, and the file does not claim an end."""
    address = start_fakes(processes, "--latency=constant:400ms")
    locust = start_locust(
        processes, "locust", "--headless", "--rate=20", "--duration=60s", f"--target={address}", "--out=run"
    )
    wait_until_under_way(locust, tmp_path / "run")
    locust.process.send_signal(signal.SIGINT)
    locust.wait_for_line("stopping")
    locust.process.send_signal(signal.SIGINT)
    assert locust.wait() == 3, locust.output()
    assert fleet_runs.ended(tmp_path / "run") is None


@pytest.mark.nightly
def test_sigterm_ends_a_run_in_order_too(processes: Processes, tmp_path: Path) -> None:
    address = start_fakes(processes)
    locust = start_locust(
        processes, "locust", "--headless", "--rate=20", "--duration=60s", f"--target={address}", "--out=run"
    )
    wait_until_under_way(locust, tmp_path / "run")
    locust.process.send_signal(signal.SIGTERM)
    assert locust.wait() == 0, locust.output()
    assert fleet_runs.ended(tmp_path / "run") == "interrupted"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--target=127.0.0.1:1"], "nothing listens at 127.0.0.1:1"),
        (["--target=192.0.2.1:8080"], "192.0.2.1:8080 may not be loaded"),
        (["--rate=0"], "--rate 0: it must be a number above 0"),
        (["--duration=5 parrots"], "--duration: '5 parrots' is no length of time"),
        (["--scenario=flwo"], "no scenario is called 'flwo'"),
        (["--slo=nice"], "--slo nice: there is no file"),
        (["--max-in-flight=none"], "--max-in-flight none: it must be a whole number from 1"),
    ],
)
def test_what_cannot_be_driven_is_one_line_and_exit_code_2(
    processes: Processes, options: list[str], sentence: str
) -> None:
    """Before any load, and without a traceback."""
    locust = start_locust(processes, "locust", "--headless", "--rate=5", *options)
    assert locust.wait() == 2, locust.output()
    ours = [line for line in locust.output().splitlines() if line.startswith("tacorush: ")]
    assert len(ours) == 1
    assert sentence in ours[0]
    assert "Traceback" not in locust.output()


def test_a_folder_that_holds_a_run_is_kept(processes: Processes, tmp_path: Path) -> None:
    address = start_fakes(processes)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.sqlite").write_text("evidence")
    locust = start_locust(processes, "locust", "--headless", "--rate=5", f"--target={address}", "--out=run")
    assert locust.wait() == 2, locust.output()
    assert "--out run: holds a run already; name another folder, or add --overwrite" in locust.output()
    assert (tmp_path / "run" / "run.sqlite").read_text() == "evidence"


@pytest.mark.nightly
def test_the_metrics_port_gives_way_unless_it_was_asked_for(processes: Processes) -> None:
    """Two runs at once on one machine: the second says where its metrics are; a port asked for is an error."""
    address = start_fakes(processes)
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        locust = processes.start(
            "locust",
            ["locust", "-f", str(fleet_runs.ROOT / "locustfile.py"), "--headless", f"--metrics-port={port}",
             "--rate=5", f"--target={address}"],
        )  # fmt: skip
        assert locust.wait() == 2, locust.output()
    assert f"--metrics-port {port}: cannot listen on 127.0.0.1:{port} (Address already in use)" in locust.output()
