"""What a call costs its server: ours and grpcio's, with an empty handler and with the fakes' JoinQueue behind it.

Only the server's CPU is counted. h2load, where it is installed, calls with one body again and again; to the fakes that
is one user who joins again and again. So JoinQueue is measured by our own client too, with a user of its own a call.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks import peers
from benchmarks.processes import Server, serving, spent, told
from benchmarks.table import Table
from contracts.messages import queue_pb2

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 3
CONNECTIONS, STREAMS = 4, 100
"""Connections, and calls in flight on each."""
CALLS = {"wire": 100_000, "grpcio": 15_000}
"""Calls a round, by server: some seconds each."""
FAKES = "-m tacorush.cli fakes --port=0 --platform=open --server={server}"
COMMANDS = {"empty": "-m benchmarks.serve {server}", "join_queue": FAKES}
"""What stands behind the wire, to the command that starts it."""
REQUEST = queue_pb2.JoinQueueRequest(event_id="evt_2025_1001", user_id="user_1", session_id="s")
PATH = "/gateway.v1.QueueService/JoinQueue"


@dataclass(frozen=True, slots=True)
class Trial:
    """One server under one load."""

    server: str
    handler: str
    load: str


def measure() -> Table:
    """Measures the servers in turns, each anew in every turn."""
    table = Table("server")
    trials = [Trial(server, handler, load) for handler, load in _loads() for server in CALLS]
    turns: dict[Trial, list[tuple[float, float]]] = {trial: [] for trial in trials}
    for _ in range(ROUNDS):
        for trial in trials:
            turns[trial].append(_measured(trial))
    cost = {}
    for trial, figures in turns.items():
        cost[trial] = median(cpu_us for cpu_us, _ in figures)
        table.rows.append(
            {
                "server": trial.server,
                "handler": trial.handler,
                "load": trial.load,
                "cpu_us_per_rpc": cost[trial],
                "rpcs_per_s": median(rpcs for _, rpcs in figures),
            }
        )
    for handler, load in _loads():
        ratio = cost[Trial("wire", handler, load)] / cost[Trial("grpcio", handler, load)]
        table.ratios[f"wire_to_grpcio_{handler}_{load}"] = ratio
    return table


def _loads() -> list[tuple[str, str]]:
    """Handler and load of each comparison."""
    loads = [("empty", "channel"), ("join_queue", "channel")]
    if peers.found("h2load") is not None:
        loads = [("empty", "h2load"), ("join_queue", "h2load"), *loads]
    return loads


def _measured(trial: Trial) -> tuple[float, float]:
    """CPU of the server a call, in microseconds, and calls a second; after a tenth as many calls to warm up."""
    load, calls = LOADS[trial.load], CALLS[trial.server]
    with serving(*COMMANDS[trial.handler].format(server=trial.server).split()) as server:
        load(server, calls // 10)
        before = server.cpu_s()
        rpcs_per_s = load(server, calls)
        return (server.cpu_s() - before) / calls * 1e6, rpcs_per_s


def _h2load(server: Server, calls: int) -> float:
    program = peers.found("h2load")
    assert program is not None
    message = REQUEST.SerializeToString()
    with TemporaryDirectory() as folder:
        body = Path(folder, "body")
        body.write_bytes(b"\0" + len(message).to_bytes(4, "big") + message)
        words = [program, f"-n{calls}", f"-c{CONNECTIONS}", f"-m{STREAMS}", f"--data={body}"]
        words += ["-H", "content-type: application/grpc", "-H", "te: trailers", f"http://{server.address}{PATH}"]
        _, printed = spent(words)
    seen = re.search(r", ([0-9.]+) req/s", printed)
    if seen is None or f" {calls} succeeded, 0 failed, 0 errored" not in printed:
        raise RuntimeError(f"h2load: not all of {calls} calls were answered:\n{printed[-1000:]}")
    return float(seen[1])


def _channel(server: Server, calls: int) -> float:
    words = ["-m", "benchmarks.call", "wire", server.address, f"--in-flight={CONNECTIONS * STREAMS}", "--fresh"]
    return float(told(*words, f"--calls={calls}", "--cold")["rpcs_per_s"])


LOADS: dict[str, Callable[[Server, int], float]] = {"h2load": _h2load, "channel": _channel}
"""Makes this many calls; returns how many a second were answered."""
