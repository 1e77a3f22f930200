"""Importing the locustfile opens nothing: forks that come after it must not share a socket or a database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import os, threading
import locust  # its own descriptors are its own matter
def state():
    open_now = {name: os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")
                if os.path.exists(f"/proc/self/fd/{name}")}
    return open_now, len(os.listdir("/proc/self/task")), threading.active_count()
before = state()
import locustfile
after = state()
print("same" if before == after else f"{before} {after}")
print(sorted(name for name, value in vars(locustfile).items()
             if isinstance(value, type) and issubclass(value, locust.User) and not value.abstract))
"""


def test_importing_the_locustfile_opens_no_descriptor_and_starts_no_thread() -> None:
    """And it offers exactly one class of users."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == ["same", "['Buyer']"], done.stderr
