"""Calls in Locust's own statistics, so that its web page, its tables and its CSV show them.

One Locust event a call would cost more than the call's own bookkeeping, and reports of workers come every 3 s and lose
their tail. So workers report nothing to Locust; whoever keeps the run file (the one process, or the master) adds each
delta to Locust's statistics in bulk, second by second, the last one included. Locust rounds latencies to two digits:
these figures are for looking at, the report's are the ones that count.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from locust.stats import StatsEntry, StatsError, bucket_response_time

from tacorush.fleet.tally import BAD

if TYPE_CHECKING:
    from locust.stats import RequestStats

    from tacorush.evidence.histogram import Histogram
    from tacorush.evidence.records import CellKey, Delta

KIND = "gRPC"
"""What Locust's column Type says."""


def feed(statistics: RequestStats, delta: Delta, t0_ns: int) -> None:
    """Adds the calls of one delta. Entries are looked up anew each time: Locust replaces them when a run begins."""
    heard: defaultdict[tuple[str, int], list[Histogram]] = defaultdict(list)
    bad: Counter[tuple[str, int]] = Counter()
    t0_s = t0_ns // 1_000_000_000
    for key, histogram in delta.cells.items():
        if "/" not in key.measure or key.clock != "response" or not histogram.count:
            continue
        place = (key.measure, t0_s + key.second)
        heard[place].append(histogram)
        if key.outcome in BAD:
            bad[place] += histogram.count
            _error(statistics, key, histogram.count, float(place[1]))
    for (method, second), histograms in heard.items():
        entry = _entry(statistics, method, second, _sum_of(histograms), bad[method, second])
        statistics.entries[(method, KIND)].extend(entry)
        statistics.total.extend(entry)


def _sum_of(histograms: list[Histogram]) -> Histogram:
    total = type(histograms[0])()
    total.merge(*histograms)
    return total


def _entry(statistics: RequestStats, method: str, second: int, histogram: Histogram, bad: int) -> StatsEntry:
    entry = StatsEntry(statistics, method, KIND)
    entry.start_time = float(second)
    entry.last_request_timestamp = float(second)
    entry.num_requests = histogram.count
    entry.num_reqs_per_sec[second] = histogram.count
    entry.total_response_time = round(histogram.sum / 1e6)
    entry.min_response_time = round(histogram.min / 1e6)
    entry.max_response_time = round(histogram.max / 1e6)
    for value_ns, count in histogram.bins():
        entry.response_times[_rounded(value_ns)] += count
    if bad:
        entry.num_failures = bad
        entry.num_fail_per_sec[second] = bad
    return entry


@lru_cache(maxsize=1 << 14)
def _rounded(value_ns: int) -> int:
    """Milliseconds as Locust keeps them; a histogram reports no more values than are remembered here."""
    rounded: int = bucket_response_time(value_ns / 1e6)
    return rounded


def _error(statistics: RequestStats, key: CellKey, count: int, seen: float) -> None:
    name = StatsError.create_key(KIND, key.measure, key.code)
    error = statistics.errors.get(name)
    if error is None:
        error = statistics.errors[name] = StatsError(KIND, key.measure, key.code, 0, seen, seen)
    error.occurrences += count
    error.last_seen = max(error.last_seen or seen, seen)
