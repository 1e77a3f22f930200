"""Calls in Locust's own statistics, so that its web page, its tables and its CSV show them.

One Locust event a call would cost more than the call's own bookkeeping, and reports of workers come every 3 s and lose
their tail. So workers report nothing to Locust; whoever keeps the run file (the one process, or the master) adds each
delta to Locust's statistics in bulk, second by second, the last one included. Locust rounds latencies to two digits:
these figures are for looking at, the report's are the ones that count.
"""

from __future__ import annotations

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
    for key, histogram in delta.cells.items():
        if "/" not in key.measure or key.clock != "response" or not histogram.count:
            continue
        entry = _entry(statistics, key, histogram, t0_ns)
        statistics.entries[(key.measure, KIND)].extend(entry)
        statistics.total.extend(entry)
        if key.outcome in BAD:
            _error(statistics, key, histogram.count, entry.start_time)


def _entry(statistics: RequestStats, key: CellKey, histogram: Histogram, t0_ns: int) -> StatsEntry:
    second = t0_ns // 1_000_000_000 + key.second
    entry = StatsEntry(statistics, key.measure, KIND)
    entry.start_time = float(second)
    entry.last_request_timestamp = float(second)
    entry.num_requests = histogram.count
    entry.num_reqs_per_sec[second] = histogram.count
    entry.total_response_time = round(histogram.sum / 1e6)
    entry.min_response_time = round(histogram.min / 1e6)
    entry.max_response_time = round(histogram.max / 1e6)
    for value_ns, count in histogram.bins():
        entry.response_times[bucket_response_time(value_ns / 1e6)] += count
    if key.outcome in BAD:
        entry.num_failures = histogram.count
        entry.num_fail_per_sec[second] = histogram.count
    return entry


def _error(statistics: RequestStats, key: CellKey, count: int, seen: float) -> None:
    name = StatsError.create_key(KIND, key.measure, key.code)
    error = statistics.errors.get(name)
    if error is None:
        error = statistics.errors[name] = StatsError(KIND, key.measure, key.code, 0, seen, seen)
    error.occurrences += count
    error.last_seen = max(error.last_seen or seen, seen)
