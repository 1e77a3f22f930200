"""Webhooks come to one process and payments are made by several: the run knows of all of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.audit.history import History, happened
from tacorush.evidence.runfile import RunFile
from tests.e2e.whole_runs import run, start_fakes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.processes import Processes

FAST = "--time-scale=0.05"


def test_webhooks_are_heard_of_the_payments_of_every_process(processes: Processes, tmp_path: Path) -> None:
    """Two processes drive; each payment that either opened was told once to the one that keeps the run file."""
    _, address = start_fakes(processes, "--events=3", FAST)
    out, drive = tmp_path / "run", ("--rate=10", "--duration=4s", "--processes=2", FAST)
    _, report, printed = run(processes, out, "flow", *drive, "--webhook-listen=127.0.0.1:0", f"--target={address}")
    assert report["findings"] == [], printed
    with RunFile(out / "run.sqlite") as file:
        history = History.of(file.claims())
        workers = {member.process for member in file.processes() if member.role == "worker"}
        paid = {name for name, payment in history.payments.items() if payment.completions}
        told = [claim.intent for claim in history.claims if claim.action == "webhook" and happened(claim)]
    assert len(workers) == 2, printed
    assert len(paid) > 20, printed
    assert paid <= set(told), printed
    assert len(told) == len(set(told)), printed
    assert report["totals"]["orders"] == len(paid), printed
