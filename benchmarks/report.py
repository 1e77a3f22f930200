"""What it costs to judge and render a run file of 100,000,000 calls over an hour: seconds and memory.

The file is made with the real writer, each second of it by merging: pools of histograms of 250 answers each, of every
method, kind of journey and clock, of which ten are merged into each cell of buyers. So cells have as many buckets as
those of a run of 30,000 calls a second. It holds no claims: what these cost is the audit's benchmark. A process of its
own then judges the file and makes all pages: by the objectives of production, which are about the whole, and by
objectives about parts of it.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.table import Table
from tacorush.evidence.histogram import Histogram
from tacorush.evidence.records import ArrivalSecond, CellKey, Delta, KeptCall, ProcessInfo
from tacorush.evidence.writer import RunFileWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[1]
SLO = ROOT / "slo" / "production.yaml"
PARTS = """objectives:
  - {name: P95, metric: response_ms, expression: p(95)<500}
  - {name: Five minutes, metric: response_ms, expression: p(95)<500, every: "5m, at most 1 window of 10 may miss"}
  - {name: Confirming, metric: response_ms, expression: p(99)<500, where: {method: ConfirmReservation}, warmup: 60s}
  - {name: Errors in ten seconds, metric: errors, expression: rate<0.01, every: 10s}
  - {name: P95 of buyers, metric: response_ms, expression: p(95)<500, where: {journey: buyer}}
  - {name: Recovery, metric: response_ms, recovers: p(95)<500 within 60s after 1800s}
"""
SECONDS, CALLS = 3600, 100_000_000
POOL, ANSWERS, MERGED = 64, 250, 10
MOST_QUEUED = 20
T0_NS = 1_780_000_000 * 10**9
MS = 10**6
METHODS: Mapping[str, float] = {
    "gateway.v1.QueueService/JoinQueue": 4.0,
    "gateway.v1.QueueService/GetQueueStatus": 1.5,
    "gateway.v1.QueueService/RequestAdmission": 2.0,
    "reservation.v1.InventoryService/CheckAvailability": 3.0,
    "reservation.v1.ReservationService/CreateReservation": 9.0,
    "payment.v1.PaymentService/CreatePaymentIntent": 6.0,
    "payment.v1.PaymentService/ProcessPayment": 30.0,
    "payment.v1.PaymentService/GetPaymentStatus": 4.0,
    "reservation.v1.ReservationService/ConfirmReservation": 12.0,
    "reservation.v1.ReservationService/GetReservation": 3.0,
}
"""Method to the median of its answers in ms; they spread by a factor of 1.65 (log-normal)."""
KINDS = ("canceller", "card-retrier", "double-clicker", "extender", "refresher")
"""Kinds beside the buyers, each with a twenty-fifth of their calls."""


def measure() -> Table:
    """Makes the file, judges and renders it."""
    table = Table("report")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.sqlite"
        calls = write(path)
        parts = Path(folder) / "parts.yaml"
        parts.write_text(PARTS)
        for slo in (SLO, parts):
            command = [sys.executable, "-m", "benchmarks.report_process", str(path), str(slo)]
            told = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
            row = {"objectives": slo.stem, "calls": calls, "file_mb": round(path.stat().st_size / 1e6)}
            table.rows.append(row | json.loads(told))
    return table


def write(path: Path, seconds: int = SECONDS, calls: int = CALLS) -> int:
    """Writes a run file of so many seconds and at least so many calls; returns how many it holds."""
    writer = RunFileWriter(path, every_s=0.01)
    facts = {"schema_version": 3, "run_id": "bench", "scenario": "flow", "seed": 1, "target": "127.0.0.1:1"}
    facts |= {"t0_ns": T0_NS, "duration_s": seconds, "mode": "open", "planned_total": seconds * 2000, "time_scale": 1.0}
    for name, value in facts.items():
        writer.meta(name, value)
    told = 0
    for number, delta in enumerate(deltas(seconds, calls / seconds), start=1):
        writer.put(delta)
        told += sum(tally.count for key, tally in delta.cells.items() if key.clock == "service" and "/" in key.measure)
        while number - writer.acknowledged().get("local", 0) > MOST_QUEUED:
            time.sleep(0.001)
    writer.process(ProcessInfo("local", "local", "here", 1, cpu_seconds=3000.0, final=True))
    writer.finish({"how": "completed", "at_ns": T0_NS + (seconds + 1) * 10**9, "reason": ""})
    return told


def deltas(seconds: int, calls_a_second: float) -> Iterator[Delta]:
    """Yields what the one process saw of each second."""
    chance = np.random.default_rng(1)
    pools = {method: [_answers(chance, median_ms) for _ in range(POOL)] for method, median_ms in METHODS.items()}
    shares = 1 + len(KINDS) / 25
    merged = math.ceil(calls_a_second / len(METHODS) / shares / ANSWERS)
    small = {
        method: [_answers(chance, ms, ANSWERS * merged // 25) for _ in range(POOL)] for method, ms in METHODS.items()
    }
    for second in range(seconds):
        cells: dict[CellKey, Histogram] = {}
        for method, pool in pools.items():
            for kind, chosen in (("buyer", chance.integers(POOL, size=merged)), *((kind, None) for kind in KINDS)):
                for clock in ("response", "service"):
                    tally = Histogram()
                    if chosen is None:
                        tally.merge(small[method][int(chance.integers(POOL))])
                    else:
                        tally.merge(*(pool[at] for at in chosen))
                    cells[CellKey(second, method, kind, "ok", "OK", clock)] = tally
        lag = Histogram([MS // 5] * 100)
        cells[CellKey(second, "generator.lag", "", "", "", "service")] = lag
        cells[CellKey(second, "journey.total", "buyer", "ticket", "paying", "response")] = Histogram([90 * MS] * 2000)
        calls = [_kept(second, number, method) for number, method in enumerate(METHODS)] if second < 100 else []
        arrivals = [ArrivalSecond(second, planned=2000, started=2000)]
        yield Delta("local", second + 1, cells, calls=calls, arrivals=arrivals)


def _answers(chance: np.random.Generator, median_ms: float, amount: int = ANSWERS) -> Histogram:
    tally = Histogram()
    tally.add_many(np.exp(chance.normal(np.log(median_ms * MS), 0.5, amount)).astype(np.int64))
    return tally


def _kept(second: int, number: int, method: str) -> KeptCall:
    sent = T0_NS + second * 10**9
    return KeptCall(method, second, "buyer", "ok", "OK", "", sent, sent, sent + (400 + number) * MS, "slow", "")
