"""How long a platform took over its answers in a run, method by method: what recorded latency draws from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.latency import Recording
from tacorush.cli import rundir
from tacorush.cli.failures import UsageError
from tacorush.evidence.histogram import Histogram
from tacorush.evidence.runfile import RunFile, RunFileError

if TYPE_CHECKING:
    from collections.abc import Mapping

ANSWERED = frozenset({"ok", "refused"})
"""Outcomes that an answer gave; a call that was given up would only tell how long its caller waited."""


def recordings(run: str) -> Mapping[str, Recording]:
    """The service times of every method that a run called; ValueError says why the run cannot be read."""
    found: dict[str, Histogram] = {}
    try:
        with RunFile(rundir.find(run)) as file:
            for key, histogram in file.cells():
                if key.clock == "service" and key.outcome in ANSWERED and "/" in key.measure:
                    found.setdefault(key.measure, Histogram()).merge(histogram)
    except (UsageError, RunFileError) as failure:
        raise ValueError(str(failure)) from None
    return {method: _recording(histogram) for method, histogram in found.items() if histogram.count}


def _recording(histogram: Histogram) -> Recording:
    values, counts = histogram.buckets()
    return Recording((values / 1e9).tolist(), counts.tolist())
