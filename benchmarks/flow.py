"""The whole recorded journey against the fakes: CPU a call of the generator and of the fakes, apart.

Two paces in one run, so that what a call costs is seen beside what the processes cost by themselves.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.table import Table

ROOT = Path(__file__).parents[1]
PACES = (25, 50)
"""Journeys a second."""
DURATION_S = 20


def measure() -> Table:
    """Drives `flow` at each pace against fakes of its own."""
    table = Table("flow")
    for pace in PACES:
        table.rows.append(_driven(pace))
    slow, quick = table.rows
    table.ratios["generator_cpu_per_rpc_at_twice_the_pace"] = (
        quick["generator_us_per_rpc"] / slow["generator_us_per_rpc"]
    )
    table.ratios["generator_to_fakes"] = quick["generator_us_per_rpc"] / quick["fakes_us_per_rpc"]
    return table


def _driven(pace: int) -> dict[str, float | str]:
    command = [sys.executable, "-m", "tacorush.cli"]
    fakes = subprocess.Popen(
        [*command, "fakes", "--port=0", "--platform=open", "--events=4", "--seats=20000"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert fakes.stdout is not None
        address = next(line.split()[1] for line in fakes.stdout if line.startswith("ready"))
        before = _cpu_seconds(fakes.pid)
        with tempfile.TemporaryDirectory() as out:
            drive = [*command, "run", "flow", f"--rate={pace}", f"--duration={DURATION_S}s", f"--target={address}"]
            subprocess.run([*drive, f"--out={out}/run"], cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
            report = json.loads(Path(out, "run", "report.json").read_text())
        used = _cpu_seconds(fakes.pid) - before
    finally:
        fakes.terminate()
        fakes.wait()
    rpcs = report["totals"]["rpcs"]
    return {
        "transport": "grpcio",
        "server": "grpcio",
        "journeys_per_s": pace,
        "rpcs_per_s": report["rate"]["rpcs_per_s"],
        "generator_us_per_rpc": report["generator"]["cpu_us_per_rpc"],
        "fakes_us_per_rpc": used / rpcs * 1e6,
        "p95_ms": report["latency_ms"]["overall"]["response"]["p95"],
        "lag_p99_ms": report["generator"]["lag_ms"]["p99"],
        "verdict": report["verdict"],
    }


def _cpu_seconds(pid: int) -> float:
    """User and system CPU of a process so far (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
