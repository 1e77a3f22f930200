"""Is a quick call measured as quick beside slow ones? Calls of 10 ms beside N of 1 s in flight: ours, and grpcio's.

grpcio on gevent waits for each call in a thread of a pool. With gevent's default of 10 a quick call waits for a thread,
and that waiting is measured as the platform's. The server is the same for all, has a timer for each call, and does
nothing else. A percentile that falls among calls which were never answered is "at least", and `unanswered` counts them.
"""

from __future__ import annotations

from benchmarks.processes import serving, told
from benchmarks.table import Table

SLOW = (10, 100, 1000)
DEFAULT_THREADS = 10
ROOM = 50
"""Threads of a large pool beside those of the slow calls."""
SERVER = "wire"


def measure() -> Table:
    """Measures each client beside each number of slow calls."""
    table = Table("fidelity")
    with serving("-m", "benchmarks.serve", SERVER) as server:
        for slow in SLOW:
            for name, threads in (("wire", 0), ("grpcio", DEFAULT_THREADS), ("grpcio", slow + ROOM)):
                table.rows.append(_row(server.address, name, threads, slow))
    for slow in SLOW:
        ours, default, large = (row["p50_ms"] for row in table.rows if row["slow_in_flight"] == slow)
        table.ratios[f"grpcio_default_pool_to_wire_p50_beside_{slow}"] = default / ours
        table.ratios[f"grpcio_large_pool_to_wire_p50_beside_{slow}"] = large / ours
    return table


def _row(address: str, name: str, threads: int, slow: int) -> dict[str, float | str]:
    seen = told("-m", "benchmarks.beside", name, address, f"--slow={slow}", f"--threads={threads}")
    durations = sorted([*seen["answered_ms"], *seen["waiting_ms"]])
    return {
        "client": name,
        "threads": threads,
        "slow_in_flight": slow,
        "p50_ms": _percentile(durations, 0.50),
        "p95_ms": _percentile(durations, 0.95),
        "calls": len(durations),
        "unanswered": len(seen["waiting_ms"]),
    }


def _percentile(ordered: list[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
