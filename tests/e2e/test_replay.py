"""A replayed spike, driven for real: planned exactly, and achieved as an independent server counts it."""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from contracts.messages import queue_pb2
from tacorush.evidence.runfile import RunFile
from tests.e2e.whole_runs import run, skip_when_the_generator_lagged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.processes import Processes

SPIKE = (40, 40, 44, 390, 400, 173, 60, 0, 41, 12)
EDGE_NS = 20_000_000
"""How far from a second's boundary a count may be taken."""
pytestmark = pytest.mark.timeout(240)


class Counter(grpc.GenericRpcHandler):
    """Answers GetQueueStats and remembers when it was asked; knows no other method."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.asked_ns: list[int] = []

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any] | None:
        if handler_call_details.method != "/gateway.v1.QueueService/GetQueueStats":
            return None
        with self._lock:
            self.asked_ns.append(time.time_ns())
        return grpc.unary_unary_rpc_method_handler(
            lambda _request, _context: queue_pb2.GetQueueStatsResponse().SerializeToString()
        )

    def by(self, at_ns: int, since_ns: int) -> int:
        """How often it was asked from one instant until another."""
        stamps = sorted(self.asked_ns)
        return bisect_right(stamps, at_ns) - bisect_right(stamps, since_ns - EDGE_NS)


@contextmanager
def counting() -> Iterator[tuple[Counter, str]]:
    """A server of the counter, with its address."""
    counter = Counter()
    server = grpc.server(ThreadPoolExecutor(4), handlers=[counter])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield counter, f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


def traffic(path: Path) -> Path:
    path.write_text("start_s,count\n" + "".join(f"{second},{count}\n" for second, count in enumerate(SPIKE)))
    return path


@pytest.mark.parametrize("processes_", [1, 2])
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
    so_far = 0
    for second, count in enumerate(SPIKE, 1):
        so_far += count
        least, most = (counter.by(t0_ns + second * 10**9 + off_ns, t0_ns) for off_ns in (-EDGE_NS, EDGE_NS))
        allowed = max(2, so_far // 100)
        assert least - allowed <= so_far <= most + allowed, (second, least, so_far, most)


def test_a_run_imported_is_the_traffic_that_it_replayed(processes: Processes, tmp_path: Path) -> None:
    """Round trip: traffic.csv, run, run file, traffic.csv."""
    file = traffic(tmp_path / "traffic.csv")
    code, _, printed = run(processes, tmp_path / "run", "ping", "--replay", str(file), "--duration=4s")
    assert code in (0, 3), printed
    imported = processes.start("import", ["tacorush", "traffic", "import", str(tmp_path / "run"), "-o", "-"])
    assert imported.wait() == 0
    rows = [line for line in imported.output().splitlines() if line[:1].isdigit() and "," in line]
    assert [row for row in rows if row.partition(",")[0].isdigit()] == [f"{n},{SPIKE[n]}" for n in range(4)]
