"""How late journeys begin: STARTS a second of `ping`, each with a call, against the platform on a core of its own.

The generator has one core. While that has anything left, the median start should stay below 2 ms late and the 99th
percentile below 20 ms; the row says what was left, and what the run itself concluded.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.processes import CALLING, LIMIT_S, ROOT, on_core, serving
from benchmarks.table import Table

STARTS = (1_000, 5_000, 10_000)
"""Journeys a second."""
DURATION_S = 10
FAKES = ("-m", "tacorush.cli", "fakes", "--port=0", "--platform=open", "--events=8")


def measure() -> Table:
    """Drives each pace."""
    table = Table("starts")
    table.rows += [_driven(pace) for pace in STARTS]
    most = table.rows[-1]
    table.ratios[f"core_used_at_{STARTS[-1]}"] = most["generator_cores"]
    return table


def _driven(pace: int) -> dict[str, Any]:
    with serving(*FAKES) as fakes, TemporaryDirectory() as out:
        words = ["-m", "tacorush.cli", "run", "ping", f"--rate={pace}", f"--duration={DURATION_S}s"]
        command = on_core(CALLING, [sys.executable, *words, f"--target={fakes.address}", f"--out={out}/run"])
        subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL, timeout=LIMIT_S)
        report = json.loads(Path(out, "run", "report.json").read_text())
    generator = report["generator"]
    return {
        "starts_per_s": pace,
        "start_delay_p50_ms": generator["start_delay_ms"]["p50"],
        "start_delay_p99_ms": generator["start_delay_ms"]["p99"],
        "arrivals_late": generator["arrivals_late"],
        "arrivals_dropped": generator["arrivals_dropped"],
        "generator_cores": generator["cpu_seconds"] / DURATION_S,
        "verdict": report["verdict"],
    }
