"""Processes that a benchmark measures: each on a core of its own where there are two, with the CPU that it used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import peers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[1]
SERVING, CALLING = 0, 1
"""The cores: servers run on one, clients on the other, so that neither takes the other's time."""
LIMIT_S = 600.0
"""How long one measurement may take before it is given up."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server under measurement."""

    address: str
    pid: int

    def cpu_s(self) -> float:
        """User and system CPU so far, in seconds (proc(5), fields 14 and 15; in steps of 10 ms)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Spent:
    """What a program took from start to end."""

    cpu_s: float
    """User and system CPU."""
    wall_s: float


def on_core(core: int, words: Sequence[str]) -> list[str]:
    """The command, held to one core where `taskset` and a second core are there."""
    taskset = peers.found("taskset")
    if taskset is None or (os.cpu_count() or 1) < 2:
        return list(words)
    return [taskset, "-c", str(core), *words]


@contextmanager
def serving(*words: str) -> Iterator[Server]:
    """Starts `python WORDS…`, which says `ready ADDRESS`, and ends it afterwards."""
    process = subprocess.Popen(
        on_core(SERVING, [sys.executable, *words]),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        address = next((line.split()[1] for line in process.stdout if line.startswith("ready")), None)
        if address is None:
            raise RuntimeError(f"{' '.join(words)} ended before it was ready: see its lines above")
        yield Server(address, process.pid)
    finally:
        process.terminate()
        process.wait()


def told(*words: str) -> dict[str, Any]:
    """Runs `python WORDS…` to its end; returns the JSON object that it printed."""
    command = on_core(CALLING, [sys.executable, *words])
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=LIMIT_S)
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


def spent(words: Sequence[str], environment: Mapping[str, str] | None = None, folder: Path = ROOT) -> tuple[Spent, str]:
    """Runs a foreign program to its end; returns what it took and what it printed. Raises RuntimeError when it fails.

    Its output goes to a file, so that nobody has to read along and `wait4` can tell the CPU of this process alone.
    """
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            on_core(CALLING, words),
            cwd=folder,
            stdout=output,
            stderr=output,
            env={**os.environ, **(environment or {})},
        )
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        printed = output.read().decode(errors="replace")
    if process.returncode != 0:
        raise RuntimeError(f"{Path(words[0]).name} failed with {process.returncode}: {printed[-500:]}")
    return Spent(used.ru_utime + used.ru_stime, wall_s), printed
