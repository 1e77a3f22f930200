"""What the audit costs at a hundred thousand, a million and ten million claims: seconds, memory, rule by rule.

A run file is made for each size and mix of `benchmarks.audited_claims`, with the real writer. A process of its own then
reads it and applies each rule. `suspects_s` is the rule's look at the columns of all claims, `check_s` its weighing of
those that are left, `us_per_suspect` what weighing costs where every claim is suspected (at the smallest size), which
bounds it: no rule takes longer than suspects_s + claims × us_per_suspect.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.audited_claims import PURCHASES, T0_NS, VISITS, claims
from benchmarks.table import Table
from tacorush.evidence.packed_claims import PackedClaims
from tacorush.evidence.records import Delta
from tacorush.evidence.writer import RunFileWriter

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[1]
SIZES = (100_000, 1_000_000, 10_000_000)
MIXES = (PURCHASES, VISITS)
A_DELTA = 10_000
MOST_QUEUED = 20
"""Deltas that wait for the disk: making them is quicker."""


def measure(mixes: Sequence[str] = MIXES) -> Table:
    """Measures every size; the ratios say by how much each cost grows from the middle size to the largest."""
    table = Table("audit")
    with tempfile.TemporaryDirectory() as folder:
        for mix in mixes:
            whole: list[float] = []
            for size in SIZES:
                path = Path(folder) / f"{mix}-{size}.sqlite"
                write(path, mix, size)
                rows = _child(path, size)
                path.unlink()
                table.rows += [{"mix": mix, **row} for row in rows]
                whole.append(rows[0]["all_s"])
            table.ratios[f"growth_for_ten_times_the_claims_of_{mix}"] = whole[-1] / whole[-2]
    return table


def _child(path: Path, size: int) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "benchmarks.audit_process", str(path), "weigh" if size == SIZES[0] else "judge"]
    told = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    rows: list[dict[str, Any]] = json.loads(told.splitlines()[-1])
    return rows


def write(path: Path, mix: str, size: int) -> None:
    """Writes a run file of about so many claims."""
    writer = RunFileWriter(path, every_s=0.05)
    writer.meta("run_id", "benchmark")
    sequence, packed = 0, PackedClaims()
    for claim in claims(mix, size):
        packed.append(claim)
        if len(packed) == A_DELTA:
            sequence += 1
            writer.put(Delta("local", sequence, claims=packed))
            packed = PackedClaims()
            while writer.acknowledged().get("local", 0) < sequence - MOST_QUEUED:
                time.sleep(0.01)
    writer.put(Delta("local", sequence + 1, claims=packed))
    writer.finish({"how": "completed", "at_ns": T0_NS}, patience_s=120)
