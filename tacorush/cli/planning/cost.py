"""What a call costs the generator on this machine, in CPU, and how far that figure can be trusted.

measured here   by a run on this machine that left its report.json in runs/: the latest of this scenario, else of any
calibrated      by a run that was made for the purpose (`--calibrate`): `flow` at the bundled platform, a few seconds
assumed         the figure of docs/measured.md, from another machine
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tacorush.cli.failures import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RUNS = Path("runs")
"""Where `tacorush run` puts its run directories unless it is told otherwise."""
ASSUMED_US = 65.0
"""CPU of a whole recorded call as docs/measured.md has it."""
ENOUGH = 1000
"""Calls from which on a run says something about its cost."""
CALIBRATION_RATE, CALIBRATION_S = 50, 8


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU microseconds of a call, and where the figure comes from."""

    us_per_call: float
    source: str
    """measured, calibrated or assumed."""
    said: str
    """A sentence on where it comes from and how sure it is."""

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def cost_of(scenario: str, runs: Path = RUNS, host: str | None = None) -> Cost:
    """The latest run of this machine that drove this scenario, else any; the documented figure where there is none."""
    host = socket.gethostname() if host is None else host
    found = sorted(_measured(runs, host), key=lambda report: (report["scenario"] == scenario, report["started_at"]))
    if not found:
        return Cost(
            ASSUMED_US,
            "assumed",
            f"assumed, as docs/measured.md has it of another machine ({runs}/ holds no run of this one): good to a "
            "factor of 4 at best; --calibrate measures it",
        )
    report = found[-1]
    own = report["scenario"] == scenario
    sure = "the same calls at another rate" if own else "of other calls: good to a factor of 2 or so"
    calls = report["totals"]["rpcs"]
    return Cost(
        float(report["generator"]["cpu_us_per_rpc"]),
        "measured",
        f"measured here by a run of {report['scenario']} on {report['started_at'][:10]}, {calls:,} calls; {sure}. "
        "At a low rate a call costs more, so that this errs on the safe side",
    )


def _measured(runs: Path, host: str) -> Iterator[Mapping[str, Any]]:
    for path in sorted(runs.glob("*/report.json")):
        try:
            report = json.loads(path.read_text(encoding="utf-8"))
            hosts = {process["host"] for process in report["generator"]["processes"]}
            usable = report["generator"]["cpu_us_per_rpc"] and report["totals"]["rpcs"] >= ENOUGH
            named = str(report["scenario"]) and str(report["started_at"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # no report of ours, or of another release
        if usable and named and hosts == {host}:
            yield report


def calibrate() -> Cost:
    """Drives `flow` at the bundled platform for a few seconds; raises UsageError when that fails."""
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "tacorush.cli", "run", "flow", f"--rate={CALIBRATION_RATE}"]
        words += [f"--duration={CALIBRATION_S}s", f"--out={folder}/run", "--metrics-port=0"]
        subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        try:
            report = json.loads((Path(folder) / "run" / "report.json").read_text(encoding="utf-8"))
            us_per_call = float(report["generator"]["cpu_us_per_rpc"])
        except (OSError, ValueError, KeyError, TypeError):
            raise UsageError(
                f"the calibrating run left no figure; see what `tacorush run flow --duration {CALIBRATION_S}s` says"
            ) from None
    calls = report["totals"]["rpcs"]
    return Cost(
        us_per_call,
        "calibrated",
        f"calibrated just now: {calls:,} calls of flow at {CALIBRATION_RATE} journeys/s against the bundled platform "
        "beside it; at a high rate a call costs less, so that this errs on the safe side",
    )
