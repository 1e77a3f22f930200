"""A folder of small run files, one after another in time: for the tests of histories."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from tacorush.evidence.recorder import Recorder
from tacorush.evidence.records import ProcessInfo
from tacorush.evidence.writer import RunFileWriter
from tests.unit.told_claims import T0_NS
from tests.unit.written_run import CREATE, JOIN, MS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SLO = """objectives:
  - {name: P95 of all calls, metric: response_ms, expression: p(95)<40}
  - {name: P95 of holding seats, metric: response_ms, expression: p(95)<60, where: {method: CreateReservation}}
  - {name: Error rate, metric: errors, expression: rate<0.1}
"""
DAY_NS = 24 * 3600 * 10**9


def run_file(path: Path, day: int, slower: float = 1.0, errors: int = 0, **meta: Any) -> Path:
    """A run of ten seconds with 600 calls, `errors` of them in error, `slower` times as slow as usual."""
    path.parent.mkdir(parents=True, exist_ok=True)
    chance, t0_ns = random.Random(day), T0_NS + day * DAY_NS
    recorder = Recorder("local", t0_ns, lambda: t0_ns + 9500 * MS)
    level = chance.gauss(1.0, 0.05) * slower
    for number in range(600):
        sent = t0_ns + number * 16 * MS
        took = round(level * chance.lognormvariate(2.0, 0.4) * MS)
        outcome, code = ("failed", "INTERNAL") if number % 600 < errors else ("ok", "OK")
        method = CREATE if number % 2 else JOIN
        recorder.call(method, "buyer", number, outcome, code, sent, sent, sent + took, "", "")
        if number % 10 == 0:
            recorder.arrival(number // 60, planned=1, started=1)
    writer = RunFileWriter(path, every_s=0.01)
    usual = {"run_id": f"r{day}", "scenario": "flow", "t0_ns": t0_ns, "duration_s": 10, "mode": "open", "rate": 6.0}
    for name, value in (usual | {"slo": "slo/small.yaml", "slo_text": SLO} | meta).items():
        writer.meta(name, value)
    writer.put(recorder.close(final=True))
    writer.process(ProcessInfo("local", "local", "here", 1, final=True))
    if "ended" not in meta:
        writer.finish({"how": "completed", "at_ns": t0_ns + 11 * 10**9, "reason": ""})
    writer.close()
    return path


def folder_of_runs(folder: Path, slower: Iterable[float], **meta: Any) -> Path:
    """A folder with a run directory for each factor, a day apart."""
    for day, factor in enumerate(slower):
        run_file(folder / f"run-{day:02}" / "run.sqlite", day, factor, **meta)
    return folder
