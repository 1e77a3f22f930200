"""The whole recorded journey against the fakes: CPU a call of the generator and of the fakes, apart, and what one
generator process can drive at most.

Everything is on: two times a call, outcomes, claims, the run file. The transports are driven side by side at a pace
that both bear, and ours at one that grpcio does not bear, where batching makes a call cheaper. With PROTOTYPE_DIR in
the environment, the folder of a throwaway `flow_server.py` and `flow_client.py`, that is driven beside.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from benchmarks.processes import CALLING, LIMIT_S, ROOT, SERVING, on_core, serving, spent
from benchmarks.table import Table
from contracts.generate import PROTO_ROOT, proto_files

COMMON_PACE, QUICK_PACE = 100, 2000
"""Journeys a second."""
LADDER = (2000, 2500, 3000, 3500)
"""Paces at which the most is looked for; it stops at the first that is not held."""
P95_MS = 500.0
"""A pace is held when no arrival was dropped and the response time's P95 lies below."""
DURATION_S, RUNG_S = 20, 10
FAKES = ("-m", "tacorush.cli", "fakes", "--port=0", "--platform=open", "--events=8", "--seats=20000")
PROTOTYPE = "PROTOTYPE_DIR"
PROTOTYPE_PORT = 50071


class Pair(NamedTuple):
    """What carries the calls."""

    transport: str
    server: str


def measure() -> Table:
    """Drives each pair at the common pace, ours at the quick one, then looks for the most that ours holds."""
    table = Table("flow")
    wire, grpcio, both = Pair("wire", "wire"), Pair("grpcio", "wire"), Pair("grpcio", "grpcio")
    common = {pair: _driven(pair, COMMON_PACE, DURATION_S) for pair in (wire, grpcio, both)}
    quick = _driven(wire, QUICK_PACE, DURATION_S)
    table.rows += [*common.values(), quick]
    cost = "generator_us_per_rpc"
    table.ratios["wire_to_grpcio_generator_same_pace"] = common[wire][cost] / common[grpcio][cost]
    table.ratios[f"wire_at_{QUICK_PACE}_to_grpcio_at_{COMMON_PACE}_generator"] = quick[cost] / common[grpcio][cost]
    table.ratios["wire_to_grpcio_fakes_same_pace"] = common[wire]["fakes_us_per_rpc"] / common[both]["fakes_us_per_rpc"]
    if os.environ.get(PROTOTYPE):
        table.rows.append(_prototype(Path(os.environ[PROTOTYPE]), QUICK_PACE, DURATION_S))
        table.ratios[f"wire_to_prototype_generator_at_{QUICK_PACE}"] = quick[cost] / table.rows[-1][cost]
    table.rows.append(_most(wire))
    return table


def _driven(pair: Pair, pace: int, duration_s: int) -> dict[str, Any]:
    """One run against fakes of its own."""
    with serving(*FAKES, f"--server={pair.server}") as fakes, TemporaryDirectory() as out:
        words = ["-m", "tacorush.cli", "run", "flow", f"--rate={pace}", f"--duration={duration_s}s"]
        words += [f"--target={fakes.address}", f"--transport={pair.transport}", f"--out={out}/run"]
        before = fakes.cpu_s()
        command = on_core(CALLING, [sys.executable, *words])
        subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL, timeout=LIMIT_S)
        used_s = fakes.cpu_s() - before
        report = json.loads(Path(out, "run", "report.json").read_text())
    generator = report["generator"]
    return {
        **pair._asdict(),
        "journeys_per_s": pace,
        "rpcs_per_s": report["rate"]["rpcs_per_s"],
        "generator_us_per_rpc": generator["cpu_us_per_rpc"],
        "fakes_us_per_rpc": used_s / report["totals"]["rpcs"] * 1e6,
        "p95_ms": report["latency_ms"]["overall"]["response"]["p95"],
        "lag_p99_ms": generator["lag_ms"]["p99"],
        "arrivals_late": generator["arrivals_late"],
        "arrivals_dropped": generator["arrivals_dropped"],
        "verdict": report["verdict"],
    }


def _most(pair: Pair) -> dict[str, Any]:
    """The row of the highest pace that was held, with the pace that was not, if there was one."""
    best: dict[str, Any] = {**pair._asdict(), "journeys_per_s": 0, "rpcs_per_s": 0.0}
    for pace in LADDER:
        row = _driven(pair, pace, RUNG_S)
        if row["arrivals_dropped"] or row["p95_ms"] >= P95_MS:
            return {"most": True, **best, "not_held_journeys_per_s": pace}
        best = row
    return {"most": True, **best, "not_held_journeys_per_s": None}


def _prototype(folder: Path, pace: int, duration_s: int) -> dict[str, Any]:
    """Drives the prototype; its client prints what a call took, its server is measured from outside."""
    with TemporaryDirectory() as work:
        made = Path(work, "gen")
        made.mkdir()
        compiler = [sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTO_ROOT}", f"--python_out={made}"]
        subprocess.run([*compiler, *proto_files()], check=True)
        port = str(PROTOTYPE_PORT)
        command = on_core(SERVING, [sys.executable, str(folder / "flow_server.py"), port])
        server = subprocess.Popen(command, cwd=work, stdout=subprocess.DEVNULL)
        try:
            _listens(PROTOTYPE_PORT)
            client = [sys.executable, str(folder / "flow_client.py"), port, str(pace), str(duration_s)]
            _, printed = spent(client, folder=Path(work))
        finally:
            server.terminate()
            server.wait()
    seen = re.search(r"rpc/s=([0-9.]+) cpu/rpc=([0-9.]+) us .* p95=([0-9.]+)", printed)
    if seen is None:
        raise RuntimeError(f"the prototype printed no figures: {printed[-500:]}")
    rpcs_per_s, cost, p95_ms = map(float, seen.groups())
    return {
        **Pair("prototype", "prototype")._asdict(),
        "journeys_per_s": pace,
        "rpcs_per_s": rpcs_per_s,
        "generator_us_per_rpc": cost,
        "p95_ms": p95_ms,
    }


def _listens(port: int) -> None:
    """Returns once something accepts connections there; raises RuntimeError after 10 s."""
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"nothing listens on port {port}")
