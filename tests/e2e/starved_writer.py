"""A process that writes a run file onto a disk that is full for a while: no file may grow beyond a limit.

python -m tests.e2e.starved_writer FILE plain|gevent LIMIT

LIMIT is in bytes, or `now`: what the file has when the disk becomes full.
"""

from __future__ import annotations

import resource
import sys
import threading
import time
from pathlib import Path

PATH, PATCHED, LIMIT = sys.argv[1:]
if PATCHED == "gevent":
    from gevent import monkey

    monkey.patch_all()

from tacorush.evidence.records import Claim, Delta  # noqa: E402
from tacorush.evidence.writer import RunFileWriter  # noqa: E402


def delta(sequence: int) -> Delta:
    """A hundred claims: more than fits into the pages that are there."""
    return Delta("w1", sequence, claims=[Claim("hold", "m" * 100, n, "buyer") for n in range(100)])


def main() -> None:
    """Fills the disk, and ends the run while another thread, or greenlet, waits for word of it and makes room."""
    told: list[str] = []
    writer = RunFileWriter(Path(PATH), on_error=told.append, every_s=0.02)
    writer.put(delta(1))
    while not writer.acknowledged():
        time.sleep(0.002)
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)

    def make_room() -> None:
        while not told:
            time.sleep(0.002)
        sys.stdout.write(f"acknowledged {writer.acknowledged()['w1']}\ntold {told[0]}\n")
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)

    limit = Path(PATH).stat().st_size if LIMIT == "now" else int(LIMIT)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, unlimited[1]))
    for sequence in range(2, 6):
        writer.put(delta(sequence))
    threading.Thread(target=make_room).start()
    writer.finish({"how": "completed"})


main()
