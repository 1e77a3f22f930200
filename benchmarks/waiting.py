"""The memory of one generator process while 10,000 users wait in the queue: a crowd far larger than is let in."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import CALLING, LIMIT_S, ROOT, on_core, serving
from benchmarks.table import Table

USERS = 10_000
FAKES = ("-m", "tacorush.cli", "fakes", "--port=0", "--platform=documented", "--events=1", "--seats=50000")
"""One event: it lets 500 in at once and then 50 a second."""
RATE, DURATION_S = 1000, 12
SCENARIO = """\
description: far more people than are let in, who wait
platform: documented
slo: production
rate: 1000
duration: 12s
mix:
  buyer: 100
people:
  poll_s: 5
  patience_s: 15
"""
LOOK_S = 0.25


def measure() -> Table:
    """Drives the crowd once by each transport that can hold it."""
    table = Table("waiting")
    table.rows.append(_driven("wire"))
    return table


def _driven(transport: str) -> dict[str, float | str]:
    with serving(*FAKES, f"--server={transport}") as fakes, TemporaryDirectory() as folder:
        scenario = Path(folder, "waiting.yaml")
        scenario.write_text(SCENARIO)
        words = ["-m", "tacorush.cli", "run", str(scenario), f"--target={fakes.address}", f"--out={folder}/run"]
        words += [f"--transport={transport}", f"--max-in-flight={2 * USERS}"]
        process = subprocess.Popen(
            on_core(CALLING, [sys.executable, *words]), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
        )
        try:
            memory_mb = _peak(process)
        finally:
            process.terminate()
            process.wait()
        report = json.loads(Path(folder, "run", "report.json").read_text())
    return {
        "transport": transport,
        # Nobody's patience ends before the last has come, so all but those who were let in stand in the queue then.
        "waiting_at_once": report["totals"]["journeys"] - report["totals"]["orders"],
        "memory_mb": memory_mb,
        "arrivals_dropped": report["generator"]["arrivals_dropped"],
        "lag_p99_ms": report["generator"]["lag_ms"]["p99"],
        "cpu_us_per_rpc": report["generator"]["cpu_us_per_rpc"],
    }


def _peak(process: subprocess.Popen[bytes]) -> float:
    """Follows a run to its end; returns the most memory that a child of it had resident, in MB of a million bytes."""
    most = 0.0
    end = time.monotonic() + LIMIT_S
    while process.poll() is None and time.monotonic() < end:
        most = max([most, *_children_mb(process.pid)])
        time.sleep(LOOK_S)
    return most


def _children_mb(parent: int) -> list[float]:
    """The peak so far of each living child (proc(5): VmHWM, in KiB)."""
    peaks = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):  # it has ended meanwhile
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            if int(fields["PPid"]) == parent and "VmHWM" in fields:
                peaks.append(int(fields["VmHWM"].split()[0]) * 1024 / 1e6)
    return peaks
