"""What is known of a run while it goes on: running sums over the deltas, for live line, Prometheus and web page.

Nothing here is evidence. The run file is, and the verdict is made from it; this may forget (latencies keep only their
buckets) and may be a second behind. The one thing that it adds is `oversold`: seats for which two orders were seen.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from contracts.outcomes import CENSORED_CODE
from tacorush.evidence.oversold import Oversold
from tacorush.evidence.records import PREFLIGHT

if TYPE_CHECKING:
    from tacorush.evidence.histogram import Histogram
    from tacorush.evidence.records import CellKey, Delta

BOUNDS_S = (
    *(0.005, 0.01, 0.02, 0.05, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.35, 0.5, 0.6, 0.75),
    *(1.0, 2.5, 5.0, 10.0),
)
"""Upper bounds of the buckets in which latencies are kept here: every limit of slo/*.yaml is one, so that the share of
calls within it is exact."""
_BOUNDS_NS = np.array([bound * 1e9 for bound in BOUNDS_S])
MOST_KINDS = 200
"""So many kinds of calls are told apart; the codes of further ones are `OTHER_CODE`, so that a platform that makes up
error codes swells neither this process nor a scrape."""
OTHER_CODE = "OTHER"
RECENT_S = 10
"""Seconds that are kept whole, for the figures of the last one."""
BAD = frozenset({"failed", "unknown"})
"""Outcomes that count as errors."""


class CallKey(NamedTuple):
    """What calls are told apart by."""

    method: str
    outcome: str
    code: str


@dataclass(slots=True)
class Latencies:
    """Calls of one kind: how many in each bucket (the last is above all bounds), and their sum."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    sum_s: float = 0.0

    def add(self, histogram: Histogram) -> None:
        """Adds what a histogram holds."""
        self.sum_s += histogram.sum / 1e9
        values, counts = histogram.buckets()
        places = np.searchsorted(values, _BOUNDS_NS, side="right")
        below = np.concatenate(([0], np.cumsum(counts)))[places].tolist()
        for place, (low, high) in enumerate(pairwise((0, *below, histogram.count))):
            self.buckets[place] += high - low


@dataclass(slots=True)
class Recent:
    """One second, over all methods and processes."""

    calls: int = 0
    bad: int = 0
    latency: Histogram | None = None
    """Of calls that were answered by the platform's rules or waited for in vain; an error told at once is not fast."""


@dataclass(slots=True)
class Tally:
    """Running sums of one run."""

    calls: dict[CallKey, Latencies] = field(default_factory=dict)
    journeys: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Kind and ending to how many."""
    arrivals: Counter[str] = field(default_factory=Counter)
    """planned, started, late, dropped."""
    counters: Counter[str] = field(default_factory=Counter)
    oversold: Oversold = field(default_factory=Oversold)
    recent: dict[int, Recent] = field(default_factory=dict)

    def add(self, delta: Delta) -> None:
        """Adds what one process saw."""
        told: defaultdict[int, list[Histogram]] = defaultdict(list)
        for key, histogram in delta.cells.items():
            if key.measure == "journey.total":
                self.journeys[key.journey, key.outcome] += histogram.count
            elif "/" in key.measure and key.clock == "response":
                self._add_calls(key, histogram, told)
        for number, histograms in told.items():
            self._add_latencies(self.recent[number], histograms)
        self._forget()
        for row in delta.arrivals:
            for name in ("planned", "started", "late", "dropped"):
                self.arrivals[name] += getattr(row, name)
        for name, value in delta.counters.items():
            self.counters[name] += int(value)
        self.oversold.see(delta.seats)

    @property
    def total(self) -> int:
        """Calls so far."""
        return sum(sum(latencies.buckets) for latencies in self.calls.values())

    @property
    def bad(self) -> int:
        """Calls so far that failed or told nothing."""
        return sum(sum(latencies.buckets) for key, latencies in self.calls.items() if key.outcome in BAD)

    def _add_calls(self, key: CellKey, histogram: Histogram, told: dict[int, list[Histogram]]) -> None:
        kind = CallKey(key.measure, key.outcome, key.code)
        if kind not in self.calls and len(self.calls) >= MOST_KINDS:
            kind = kind._replace(code=OTHER_CODE)
        self.calls.setdefault(kind, Latencies()).add(histogram)
        if key.journey == PREFLIGHT:
            return
        second = self.recent.get(key.second)
        if second is None:
            second = self.recent[key.second] = Recent()
        second.calls += histogram.count
        second.bad += histogram.count if key.outcome in BAD else 0
        if key.outcome in BAD and key.code != CENSORED_CODE:
            return
        told[key.second].append(histogram)

    def _forget(self) -> None:
        latest = max(self.recent, default=0)
        for old in [number for number in self.recent if number < latest - RECENT_S]:
            del self.recent[old]

    def _add_latencies(self, second: Recent, histograms: list[Histogram]) -> None:
        if second.latency is None:
            second.latency = type(histograms[0])()
        second.latency.merge(*histograms)
