"""The bundled platform as a child of a run: started with room enough for the plan, waited for until it accepts."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import deque
from typing import IO, TYPE_CHECKING

from tacorush.cli.failures import UsageError

if TYPE_CHECKING:
    import argparse

    from scenarios.plan import Plan
    from tacorush.cli.children import Children


def start_fakes(children: Children, plan: Plan, options: argparse.Namespace) -> str:
    """Starts fakes that offer what the plan needs and returns their address; raises UsageError when they cannot run."""
    venue = plan.venue()
    given = {
        "port": 0,
        "platform": options.platform or plan.scenario.platform,
        "events": venue.events,
        "seats": venue.seats,
        "time-scale": options.time_scale,
        "server": options.server,
        "seed": options.seed,
    }
    words = [sys.executable, "-m", "tacorush.cli", "fakes"]
    words += [f"--{name}={value}" for name, value in given.items() if value is not None]
    child = children.start(words, {"PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE)
    assert child.stdout is not None
    address = _address(child.stdout)
    if address is None:
        raise UsageError(f"the bundled platform did not start (exit code {child.wait()}, its own words are above)")
    threading.Thread(target=deque, args=(child.stdout, 0), daemon=True).start()
    return address


def _address(lines: IO[str]) -> str | None:
    for line in lines:
        word, _, rest = line.strip().partition(" ")
        if word == "ready":
            return rest.split()[0]
    return None
