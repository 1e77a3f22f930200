"""`--observe` and `--queries`, as `run` and `report` take them: what is asked about a run, and put into its run file.

Whatever the monitoring does, a run stays what it was: what is missing is written down with its reason, and said.
"""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tacorush.cli.failures import UsageError
from tacorush.cli.observing import fetch, queries
from tacorush.cli.observing.prometheus import AddressError, Prometheus, Window, checked_address
from tacorush.evidence.observed import kept, store, unpacked
from tacorush.evidence.runfile import RunFile

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from tacorush.cli.observing.queries import Query
    from tacorush.cli.parsing import Parser
    from tacorush.evidence.observed import Observation

AUTHORIZATION = "TACORUSH_OBSERVE_AUTHORIZATION"
"""The environment variable that holds what the header Authorization says: a secret, so no option."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Who is asked what."""

    prometheus: Prometheus
    queries: tuple[Query, ...]


def take_inquiry(parser: Parser) -> None:
    """Adds the options."""
    parser.add_argument(
        "--observe", metavar="URL", help="Prometheus that watches the target: what it saw is drawn in the report"
    )
    parser.add_argument("--queries", metavar="FILE", help="what it is asked, such as deploy/observe.yaml")


def inquiry(options: argparse.Namespace, clock: Callable[[], int] = time.time_ns) -> Inquiry | None:
    """Reads the options, `clock` gives Unix nanoseconds; None when nothing is to be asked. Raises UsageError."""
    if not options.observe and not options.queries:
        return None
    if not options.observe:
        raise UsageError("--queries says what to ask, and nobody is named: add --observe http://HOST:9090")
    if not options.queries:
        raise UsageError("--observe says whom to ask, and not what: add --queries FILE (such as deploy/observe.yaml)")
    try:
        address, asked = checked_address(options.observe), queries.load(Path(options.queries))
    except AddressError as failure:
        raise UsageError(f"--observe: {failure}") from None
    except queries.QueriesError as failure:
        raise UsageError(str(failure)) from None
    secret = os.environ.get(AUTHORIZATION, "")
    if not secret.isprintable() or not secret.isascii():
        raise UsageError(f"{AUTHORIZATION} holds what no header can say, such as the end of a line: set it anew")
    return Inquiry(Prometheus(address, fetch.get, clock, secret), asked)


def observe(run_file: Path, asked: Inquiry) -> list[str]:
    """Asks about the time of a run, writes what came of it into its run file, and returns what there is to say.

    Raises ValueError for a file that is no run, and OSError for one that cannot be written.
    """
    with RunFile(run_file) as run:
        window, earlier = window_of(run), unpacked(run.meta)
    if window is None:
        return ["nothing was observed: the run never began to drive"]
    found = kept(earlier, asked.prometheus.ask(asked.queries, window))
    store(run_file, found)
    return _missing(found)


def _missing(found: Iterable[Observation]) -> list[str]:
    """What is missing and why, a line for each reason: a Prometheus that is down has one for all queries."""
    missing: dict[str, list[str]] = {}
    for each in found:
        if each.missing:
            missing.setdefault(each.missing, []).append(each.name)
    return [f"not observed: {', '.join(names)}: {why}" for why, names in missing.items()]


def window_of(run: RunFile) -> Window | None:
    """The time that a run took, from T0 to its end, or to the last that is known of it; None when it never began."""
    t0_ns = int(run.meta.get("t0_ns") or 0)
    if not t0_ns:
        return None
    ended = run.ended or {}
    last = max((row.second + 1 for row in run.arrivals()), default=0)
    length_s = math.ceil((int(ended["at_ns"]) - t0_ns) / 1e9) if ended.get("at_ns") else last
    return Window(t0_ns, max(1, length_s, last))
