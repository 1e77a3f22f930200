"""Observations: what the target's own monitoring said of the time of a run, kept in the run file beside the evidence.

They are one fact of the run, `observed`, so that they change no table and take part in no verdict, and pages can be
made again when the monitoring has long forgotten. Their size is bounded: so many queries, so many series of each, so
many points of each series. An observation that failed says why; it never replaces one that did not.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

OBSERVED = "observed"
"""The name of the fact."""
MOST_QUERIES = 12
MOST_SERIES = 6
"""Of one query; the others are counted."""
MOST_POINTS = 240
"""Of one series: as many as a chart over time has steps."""
PATIENCE_S = 10.0
"""How long observations wait for whoever writes or reads the run file."""


class NotStoredError(OSError):
    """The run file cannot take observations in: says why."""


@dataclass(frozen=True, slots=True)
class ObservedSeries:
    """One series of a query: its labels, and its value at every step."""

    labels: Mapping[str, str]
    values: tuple[float | None, ...]
    """None where there was none, or none that is a number."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One query and what came of it; the first point stands at T0."""

    name: str
    expr: str
    unit: str
    panel: str
    """The chart that it is drawn in."""
    source: str
    """Who was asked."""
    asked_ns: int
    """When, in Unix nanoseconds."""
    step_s: int
    """From one point to the next."""
    series: tuple[ObservedSeries, ...] = ()
    left_out: int = 0
    """Series beyond the most, all with lower peaks."""
    missing: str = ""
    """Why there is no series; empty when there is one."""

    def pack(self) -> dict[str, Any]:
        """Returns plain values."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        rows = [{"labels": dict(each.labels), "values": list(each.values)} for each in self.series]
        return {**plain, "series": rows}


def unpacked(meta: Mapping[str, Any]) -> tuple[Observation, ...]:
    """Returns the observations among the facts of a run; none when nothing was observed."""
    return tuple(
        Observation(
            **{**row, "series": tuple(ObservedSeries(each["labels"], tuple(each["values"])) for each in row["series"])}
        )
        for row in meta.get(OBSERVED) or ()
    )


def kept(earlier: Iterable[Observation], later: Iterable[Observation]) -> tuple[Observation, ...]:
    """Returns the later observations; one that failed gives way to what the same query brought earlier."""
    before = {(each.name, each.expr): each for each in earlier if not each.missing}
    return tuple(
        replace(before[each.name, each.expr], unit=each.unit, panel=each.panel)
        if each.missing and (each.name, each.expr) in before
        else each
        for each in later
    )


def store(path: Path, observations: Iterable[Observation]) -> None:
    """Writes observations into a run file, in place of those that it had; raises NotStoredError."""
    text = json.dumps([each.pack() for each in observations], allow_nan=False)
    try:
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", PATIENCE_S, isolation_level=None, uri=True)
        try:
            database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (OBSERVED, text))
        finally:
            database.close()
    except sqlite3.Error as failure:
        raise NotStoredError(f"{path} cannot take in what was observed: {failure}") from failure
