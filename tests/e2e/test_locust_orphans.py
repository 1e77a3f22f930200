"""Nobody goes on loading when the one who started it is gone, however it went."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.e2e import fleet_runs
from tests.e2e.fleet_runs import ROOT, forks, group_of, start_fakes, start_locust
from tests.e2e.pairs import NIGHTLY_BY_PAIR, Pair, PairedProcesses
from tests.e2e.whole_runs import wait_until_under_way
from tests.processes import free_port, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.processes import Processes

pytestmark = NIGHTLY_BY_PAIR
GONE_S = 5.0
"""By then all are gone."""


@pytest.fixture
def processes(tmp_path: Path, pair: Pair) -> Iterator[Processes]:
    with PairedProcesses(tmp_path, pair) as started:
        yield started


def test_forks_die_with_a_killed_master(processes: Processes, tmp_path: Path) -> None:
    """SIGKILL gives the master no chance to tell anybody: the workers see it by themselves."""
    address = start_fakes(processes)
    locust = start_locust(
        processes, "locust", "--headless", *forks(2),
        "--rate=20", "--duration=60s", f"--target={address}", "--out=run",
    )  # fmt: skip
    wait_until_under_way(locust, tmp_path / "run")
    assert len(group_of(locust.process.pid)) == 3
    locust.process.kill()
    until(lambda: not group_of(locust.process.pid), "the forks are gone", GONE_S)
    assert fleet_runs.ended(tmp_path / "run") is None
    assert fleet_runs.recorded(tmp_path / "run") > 0


def test_all_die_when_the_lifeline_ends(processes: Processes, tmp_path: Path) -> None:
    """The parent of a run holds one end of a pipe; when it is killed, master and forks are gone within 5 s."""
    address = start_fakes(processes)
    script = (
        "import os, subprocess, sys, time\n"
        "read, write = os.pipe()\n"
        "child = subprocess.Popen(sys.argv[1:], pass_fds=[read], start_new_session=True,\n"
        "                         env={**os.environ, 'TACORUSH_LIFELINE': str(read)})\n"
        "print('child', child.pid, flush=True)\n"
        "child.wait()\n"
    )
    words = [
        "locust", "-f", str(ROOT / "locustfile.py"), "--headless", "--metrics-port=0", *forks(2),
        "--rate=20", "--duration=60s", f"--target={address}", "--out=run",
    ]  # fmt: skip
    parent = processes.start("parent", ["python", "-c", script, *words], {"PYTHONUNBUFFERED": "1"})
    child = int(parent.wait_for_line("child").split()[1])
    try:
        wait_until_under_way(parent, tmp_path / "run")
        assert len(group_of(child)) == 3
        parent.process.kill()
        until(lambda: not group_of(child), "master and forks are gone", GONE_S)
    finally:
        if group_of(child):
            os.killpg(child, signal.SIGKILL)


def test_a_worker_leaves_5_s_after_its_master_fell_silent(processes: Processes, tmp_path: Path) -> None:
    """A worker on another machine sees no parent die: its lease runs out."""
    address = start_fakes(processes)
    port = free_port()
    worker = start_locust(processes, "worker", "--worker", f"--master-port={port}")
    master = start_locust(
        processes, "master", "--headless", "--master", f"--master-bind-port={port}",
        "--rate=20", "--duration=60s", f"--target={address}", "--out=run",
    )  # fmt: skip
    wait_until_under_way(master, tmp_path / "run")
    master.process.kill()
    assert worker.wait() == 3, worker.output()
    assert "the master has been silent for 5 s; this worker stops its load and leaves" in worker.output()


def test_a_killed_worker_is_lost_and_the_run_goes_on_to_its_end(processes: Processes, tmp_path: Path) -> None:
    """The file names who was lost, so that no verdict rests on the rest."""
    address = start_fakes(processes)
    port = free_port()
    workers = [start_locust(processes, f"worker-{n}", "--worker", f"--master-port={port}") for n in (1, 2)]
    master = start_locust(
        processes, "master", "--headless", "--master", f"--master-bind-port={port}", "--expect-workers=2",
        "--rate=20", "--duration=6s", f"--target={address}", "--out=run",
    )  # fmt: skip
    wait_until_under_way(master, tmp_path / "run")
    workers[0].process.kill()
    assert master.wait() == 0, master.output()
    lost = [member for member in fleet_runs.members(tmp_path / "run") if member.lost]
    assert [member.pid for member in lost] == [workers[0].process.pid]
    assert fleet_runs.ended(tmp_path / "run") == "completed"
