"""A run file of our own: what a run had planned, or what it started, by second after its T0."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.traffic.formats.format import Head, Reading, Wanted
from scenarios.traffic.record import SECOND_NS, TrafficError
from scenarios.traffic.source import STDIN
from tacorush.evidence.runfile import RunFile, RunFileError
from tacorush.evidence.schema import APPLICATION_ID

if TYPE_CHECKING:
    from scenarios.traffic.source import Source

METRICS = ("planned", "started")
_SQLITE = b"SQLite format 3\0"
_ID_AT = slice(68, 72)
"""Where SQLite keeps the application id, most significant byte first."""


class RunFileTraffic:
    """Arrivals of one run."""

    name = "run"
    says = "a run file of Tacorush, or a run directory"
    takes = frozenset({"metric"})

    def recognise(self, head: Head) -> str:
        """By SQLite's first bytes and our application id."""
        ours = head.data.startswith(_SQLITE) and head.data[_ID_AT] == APPLICATION_ID.to_bytes(4, "big")
        return "it is an SQLite file with Tacorush's application id" if ours else ""

    def read(self, source: Source, wanted: Wanted) -> Reading:
        """Counts the arrivals of every second."""
        metric = wanted.metric or METRICS[0]
        if metric not in METRICS:
            raise TrafficError(f"{source.name}: --metric: found {metric}; allowed: {' or '.join(METRICS)}")
        if source.path == STDIN:
            raise TrafficError("standard input: a run file cannot be read from a pipe; name the file")
        try:
            with RunFile(Path(source.path)) as run:
                return _counted(run, wanted, metric)
        except RunFileError as failure:
            raise TrafficError(str(failure)) from None


def _counted(run: RunFile, wanted: Wanted, metric: str) -> Reading:
    t0_ns = int(run.meta.get("t0_ns") or 0)
    tally = wanted.tally(SECOND_NS, t0_ns)
    duration_s = max(int(run.meta.get("duration_s") or 0), 1)
    tally.spread(t0_ns, t0_ns + duration_s * SECOND_NS, 0)
    planned = started = 0
    for second in run.arrivals():
        tally.add(t0_ns + second.second * SECOND_NS, getattr(second, metric))
        planned, started = planned + second.planned, started + second.started
    reading = Reading(tally, f"arrivals as they were {metric}", dated=t0_ns > 0)
    reading.notes.append(f"of {planned:,} arrivals planned {started:,} were started")
    if run.ended is None:
        reading.notes.append("the run was killed or goes on: what came later is not in it")
    return reading
