"""A process that writes a run file as a run does, and dies by SIGKILL at a fault point of its n-th commit.

python -m tests.e2e.killable_writer FILE SENDERS plain|gevent POINT|never COMMIT
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

PATH, SENDERS, PATCHED, POINT, COMMIT = sys.argv[1:]
if PATCHED == "gevent":
    from gevent import monkey

    monkey.patch_all()

from tacorush.evidence.histogram import Histogram  # noqa: E402
from tacorush.evidence.records import CellKey, Claim, Delta  # noqa: E402
from tacorush.evidence.writer import RunFileWriter  # noqa: E402


class Fault:
    """Counts commits and ends the process where it was told to."""

    def __init__(self) -> None:
        self.commits = 0

    def __call__(self, point: str) -> None:
        self.commits += point == "before"
        if point == POINT and self.commits == int(COMMIT):
            os.kill(os.getpid(), signal.SIGKILL)


def delta(process: str, sequence: int) -> Delta:
    """Three calls and two claims."""
    key = CellKey(sequence, "a.B/C", "buyer", "ok", "OK", "response")
    claims = [Claim("hold", "m" * 100, sequence, "buyer", seats=(f"{process}-{sequence}-{n}",)) for n in (1, 2)]
    return Delta(process, sequence, {key: Histogram([5_000, 6_000, 7_000])}, claims)


def main() -> None:
    """Puts a delta of each sender again and again, and prints every acknowledgement."""
    writer = RunFileWriter(Path(PATH), fault=Fault(), every_s=0.01)
    writer.meta("run_id", "killed")
    told: dict[str, int] = {}
    for sequence in range(1, 10_000):
        for process in SENDERS.split(","):
            writer.put(delta(process, sequence))
        for process, number in writer.acknowledged().items():
            if told.get(process) != number:
                told[process] = number
                sys.stdout.write(f"acknowledged {process} {number}\n")
                sys.stdout.flush()
        time.sleep(0.002)


main()
