"""What planning costs: planned instants a second of CPU, by profile and spacing; how memory grows over 10,000,000."""

from __future__ import annotations

import resource
import time
from types import MappingProxyType
from typing import TYPE_CHECKING

from benchmarks.table import Table
from scenarios.arrivals import (
    SPACINGS,
    Burst,
    Chain,
    Constant,
    Counts,
    OnSale,
    Scaled,
    Schedule,
    Shifted,
    Sum,
    ramp,
    sine,
    spike,
    step,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scenarios.arrivals import Profile

SEED = 1
LONG, SHORT = 10_000_000, 500_000
DURATION_S = 1000.0

PROFILES: Mapping[str, Callable[[float], Profile]] = MappingProxyType(
    {
        "constant": lambda mean: Constant(mean, DURATION_S),
        "onsale": lambda mean: OnSale(mean, DURATION_S, 10),
        "burst": lambda mean: Burst(mean, DURATION_S, 10, 5),
        "ramp": lambda mean: ramp(0, 2 * mean, DURATION_S),
        "step": lambda mean: step([mean * level / 5.5 for level in range(1, 11)], DURATION_S / 10),
        "spike": lambda mean: spike(mean / 1.9, mean * 10 / 1.9, DURATION_S, 450, 0, 100, 0),
        "sine": lambda mean: sine(mean, DURATION_S, DURATION_S, 0.9, DURATION_S / 2),
        "counts": lambda mean: Counts(0, 1, [round(mean)] * int(DURATION_S)),
        "scaled and shifted": lambda mean: Shifted(Scaled(Constant(mean / 2, DURATION_S - 100), 2), 100),
        "chain of 2": lambda mean: Chain([Constant(mean, DURATION_S / 2), OnSale(mean, DURATION_S / 2, 10)]),
        "sum of straight rates": lambda mean: Sum([Constant(mean / 2, DURATION_S), ramp(0, mean, DURATION_S)]),
        "sum with an onsale": lambda mean: Sum([Constant(mean / 2, DURATION_S), OnSale(mean / 2, DURATION_S, 10)]),
    }
)
"""Name to what makes it from its mean rate."""


def measure() -> Table:
    """Walks every profile once with each spacing, the constant rate over 10,000,000 arrivals."""
    table = Table("plan")
    for name, made in PROFILES.items():
        for spacing in SPACINGS:
            count = LONG if name == "constant" else SHORT
            table.rows.append({"profile": name, "spacing": spacing, **_walked(made(count / DURATION_S), spacing)})
    table.ratios["slowest, of 500,000/s"] = min(row["per_cpu_s"] for row in table.rows) / 500_000
    return table


def _walked(profile: Profile, spacing: str) -> dict[str, float]:
    schedule = Schedule(profile, "poisson" if spacing == "poisson" else "even", SEED)
    before_kb, before_s = _memory_kb(), time.process_time()
    arrivals = 0
    for _ in schedule.arrivals():
        arrivals += 1
    cpu_s = time.process_time() - before_s
    return {"arrivals": arrivals, "per_cpu_s": arrivals / cpu_s, "memory_grew_kb": _memory_kb() - before_kb}


def _memory_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
