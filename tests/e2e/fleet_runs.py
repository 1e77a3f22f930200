"""What the tests of whole runs share: fakes to load, Locust as a person starts it, and both sides' counts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import grpc

from contracts.messages import admin_pb2
from tacorush.evidence.runfile import RunFile
from tests.e2e.whole_runs import QUICK
from tests.processes import free_port

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tacorush.evidence.records import ProcessInfo
    from tests.processes import Processes, Started

ROOT = Path(__file__).parents[2]
PARENT_JUDGES = {"TACORUSH_JUDGE": "parent"}
"""Leaves the verdict out: these tests are about the run file."""


def start_fakes(processes: Processes, *options: str) -> str:
    """Starts the bundled platform on a free port and returns its address once it accepts."""
    fakes = processes.start("fakes", ["tacorush", "fakes", "--port=0", "--platform=open", "--seats=20000", *options])
    return fakes.wait_for_line("ready").split()[1]


def start_locust(processes: Processes, name: str, *options: str, **environment: str) -> Started:
    """Starts Locust with the checkout's locustfile; metrics on any free port, people five times as fast as they are."""
    words = ["locust", "-f", str(ROOT / "locustfile.py"), "--only-summary", "--metrics-port=0", QUICK, *options]
    return processes.start(name, words, {**PARENT_JUDGES, "PYTHONUNBUFFERED": "1", **environment})


def forks(number: int) -> list[str]:
    """Options for a master that forks its workers, on a port of its own."""
    port = free_port()
    return [f"--processes={number}", f"--master-bind-port={port}", f"--master-port={port}"]


def served(address: str) -> int:
    """How many calls of the contract the platform says that it has served, this question aside."""
    with grpc.insecure_channel(address) as channel:
        ask = channel.unary_unary(
            "/common.v1.AdminService/GetMetrics",
            request_serializer=admin_pb2.GetMetricsRequest.SerializeToString,
            response_deserializer=admin_pb2.GetMetricsResponse.FromString,
        )
        metrics = ask(admin_pb2.GetMetricsRequest(), timeout=10).metrics
    rows = [row for row in metrics if row.name.endswith("calls_total")]
    return int(sum(row.value for row in rows if row.labels.get("method") != "GetMetrics"))


def recorded(folder: Path) -> int:
    """How many calls the run file holds, those aside that could not be sent."""
    with RunFile(folder / "run.sqlite") as file:
        return sum(
            histogram.count
            for key, histogram in file.cells()
            if "/" in key.measure and key.clock == "service" and key.code != "UNSENT"
        )


def arrivals(folder: Path) -> dict[str, int]:
    """Arrivals of the run file by what became of them."""
    with RunFile(folder / "run.sqlite") as file:
        rows = list(file.arrivals())
    return {name: sum(getattr(row, name) for row in rows) for name in ("planned", "started", "late", "dropped")}


def ended(folder: Path) -> str | None:
    """How the run file says that the run ended; None when it does not."""
    with RunFile(folder / "run.sqlite") as file:
        return None if file.ended is None else str(file.ended["how"])


def members(folder: Path) -> list[ProcessInfo]:
    """The processes of the run file."""
    with RunFile(folder / "run.sqlite") as file:
        return list(file.processes())


def group_of(leader: int) -> Sequence[int]:
    """Every living process of a session."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, _, _, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(session) == leader and state != "Z":
                found.append(int(entry.name))
    return found


def descriptors() -> list[str]:
    """What this process has open."""
    return sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names of links, not paths
