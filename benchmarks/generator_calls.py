"""What the generator spends around a call, without any wire: planning, journeys, judging, evidence, run file, looks.

The real crowd, crew, recorder and writer drive `flow` in one gevent process against a channel that answers by itself;
the channel's own cost is measured apart and taken off. Each row adds one part to the row before it, in a process of its
own (importing Locust patches a process), so what a part costs is the difference between two rows. All of it is CPU of
the whole process, the thread that writes the file included; of RUNS runs the cheapest counts, for whatever else a
machine does makes a run dearer and none cheaper.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.table import Table

ROOT = Path(__file__).parents[1]
JOURNEYS_PER_S = 2_000
DURATION_S = 6
RUNS = 3
PARTS = ("journeys", "recorder", "crew", "file", "tally", "locust", "live line")
"""From the inside out; `journeys` alone leaves its evidence to a book that forgets."""
ACROSS = "worker to master"
"""Row that has all parts, and packs every delta as a worker does and unpacks it as a master does."""
WAITERS = "waiting"
"""Row in which everybody stands in the queue until the end; its figure is memory."""
WAITING = 10_000
"""How many they are."""
AT_ONCE, AFTER_A_TURN = "at once", "after a turn"
"""When the channel answers: within the call, or when other greenlets have had their turn."""


def measure() -> Table:
    """Measures every part at one pace, the whole also with a turn of the loop for each call, and memory."""
    table = Table("generator_calls")
    before = 0.0
    for until in (*PARTS, ACROSS):
        row = _row(until, AT_ONCE, JOURNEYS_PER_S)
        row["added_us_per_call"] = row["us_per_call"] - before
        before = row["us_per_call"]
        table.rows.append(row)
    table.rows.append(_row(PARTS[-1], AFTER_A_TURN, JOURNEYS_PER_S))
    table.rows.append(_row(WAITERS, AFTER_A_TURN, WAITING // DURATION_S))
    whole, journeys = table.rows[len(PARTS) - 1], table.rows[0]
    table.ratios["whole_to_journeys_alone"] = whole["us_per_call"] / journeys["us_per_call"]
    return table


def _row(until: str, answers: str, rate: int) -> dict[str, Any]:
    return min((_child(until, answers, rate) for _ in range(RUNS)), key=lambda row: float(row["us_per_call"]))


def _child(until: str, answers: str, rate: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.generator_process", until, answers, str(rate)]
    told = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    row: dict[str, Any] = json.loads(told.splitlines()[-1])
    return row
