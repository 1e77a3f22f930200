"""What a call costs its client: ours, grpcio on gevent, and, where they are installed, ghz and k6.

All call one and the same server, which answers JoinQueue at once from a core of its own; only the client's CPU is
counted. Each is measured in processes of its own, in turns, and the median of the turns is told. Ours and grpcio leave
out what they need to start; of the foreign programs a short run is subtracted from a long one, which comes to the same.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks import peers
from benchmarks.processes import ROOT, serving, spent, told
from benchmarks.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 3
IN_FLIGHT = 100
MANY = 10_000
"""As many in flight must not make a call dearer."""
CONNECTIONS = 4
SERVER = "wire"
PROTO = ROOT / "contracts" / "proto"
MESSAGE = {"event_id": "evt_2025_1001", "user_id": "user_1", "session_id": "s"}
K6_SCRIPT = """\
import grpc from 'k6/net/grpc';
const client = new grpc.Client();
client.load(['%(proto)s'], 'gateway/v1/queue.proto');
export const options = { scenarios: { join: {
  executor: 'shared-iterations', vus: %(in_flight)d, iterations: __ENV.CALLS, maxDuration: '10m' } } };
let connected = false;
export default () => {
  if (!connected) { client.connect('%(address)s', { plaintext: true }); connected = true; }
  const answer = client.invoke('gateway.v1.QueueService/JoinQueue', %(message)s);
  if (answer.status !== grpc.StatusOK) { throw new Error(`status ${answer.status}`); }
};
"""


@dataclass(frozen=True, slots=True)
class Contender:
    """One client to measure."""

    name: str
    in_flight: int
    connections: int
    measure: Callable[[str], dict[str, float]]
    """Calls the server at an address; returns `cpu_us_per_rpc` and `rpcs_per_s`."""


def measure() -> Table:
    """Measures the clients in turns."""
    table = Table("client")
    contenders = [*_own(), *_foreign()]
    turns: dict[Contender, list[dict[str, float]]] = {contender: [] for contender in contenders}
    with serving("-m", "benchmarks.serve", SERVER) as server:
        for _ in range(ROUNDS):
            for contender in contenders:
                turns[contender].append(contender.measure(server.address))
        table.rows += [_row(contender, figures) for contender, figures in turns.items()]
        table.rows.append(
            {"client": "wire", "waiting": MANY}
            | told("-m", "benchmarks.call", "wire", server.address, f"--in-flight={MANY}", "--wait")
        )
    _compare(table, {contender: median(each["cpu_us_per_rpc"] for each in turn) for contender, turn in turns.items()})
    return table


def _compare(table: Table, cost: dict[Contender, float]) -> None:
    own = {contender.in_flight: us for contender, us in cost.items() if contender.name == "wire"}
    for contender, us in cost.items():
        if contender.name != "wire":
            table.ratios[f"wire_to_{contender.name}"] = own[IN_FLIGHT] / us
    table.ratios[f"wire_at_{MANY}_in_flight_to_{IN_FLIGHT}"] = own[MANY] / own[IN_FLIGHT]


def _row(contender: Contender, figures: list[dict[str, float]]) -> dict[str, float | str]:
    row: dict[str, float | str] = {
        "client": contender.name,
        "in_flight": contender.in_flight,
        "connections": contender.connections,
    }
    for column in ("cpu_us_per_rpc", "rpcs_per_s"):
        row[column] = median(figure[column] for figure in figures)
    return row


def _own() -> list[Contender]:
    return [
        _channel("wire", IN_FLIGHT, 100_000),
        _channel("grpcio", IN_FLIGHT, 15_000),
        _channel("wire", MANY, 200_000),
    ]


def _channel(name: str, in_flight: int, calls: int) -> Contender:
    words = [f"--in-flight={in_flight}", f"--calls={calls}"]

    def measure(address: str) -> dict[str, float]:
        return told("-m", "benchmarks.call", name, address, *words)

    return Contender(name, in_flight, CONNECTIONS, measure)


def _foreign() -> list[Contender]:
    made = []
    ghz, k6 = peers.found("ghz"), peers.found("k6")
    if ghz is not None:
        made.append(Contender("ghz", IN_FLIGHT, CONNECTIONS, lambda address: _ghz(ghz, address)))
    if k6 is not None:  # each of its users has a connection of its own
        made.append(Contender("k6", IN_FLIGHT, IN_FLIGHT, lambda address: _k6(k6, address)))
    return made


def _ghz(program: str, address: str) -> dict[str, float]:
    words = [program, "--insecure", f"--proto={PROTO}/gateway/v1/queue.proto", f"--import-paths={PROTO}", "--cpus=1"]
    words += ["--call=gateway.v1.QueueService.JoinQueue", f"--data={json.dumps(MESSAGE)}"]
    words += [f"--concurrency={IN_FLIGHT}", f"--connections={CONNECTIONS}"]

    def run(calls: int) -> tuple[float, float]:
        used, printed = spent([*words, f"--total={calls}", address])
        if not re.search(rf"\[OK\] +{calls} responses", printed):
            raise RuntimeError(f"ghz: not all of {calls} calls were answered:\n{printed[-500:]}")
        return used.cpu_s, used.wall_s

    return _slope(run, 10_000, 60_000)


def _k6(program: str, address: str) -> dict[str, float]:
    words = [program, "run", "--quiet", "--no-usage-report", "--no-thresholds", "--address="]

    def run(calls: int) -> tuple[float, float]:
        with TemporaryDirectory() as folder:
            script = Path(folder, "join.js")
            blanks = {"proto": PROTO, "in_flight": IN_FLIGHT, "address": address, "message": json.dumps(MESSAGE)}
            script.write_text(K6_SCRIPT % blanks)
            used, printed = spent([*words, str(script)], {"CALLS": str(calls), "GOMAXPROCS": "1"})
        if "level=error" in printed:
            raise RuntimeError(f"k6: {printed[-500:]}")
        return used.cpu_s, used.wall_s

    return _slope(run, 2_000, 22_000)


def _slope(run: Callable[[int], tuple[float, float]], few: int, many: int) -> dict[str, float]:
    """What one more call costs: a run of `many` less one of `few`, so that the start is in neither."""
    (few_cpu_s, few_wall_s), (many_cpu_s, many_wall_s) = run(few), run(many)
    calls = many - few
    return {
        "cpu_us_per_rpc": (many_cpu_s - few_cpu_s) / calls * 1e6,
        "rpcs_per_s": calls / (many_wall_s - few_wall_s),
    }
