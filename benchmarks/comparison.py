"""How often two made-up runs are called different that are not, and how often one that is worse is found.

The runs are those of `benchmarks.calibration`: the level of every second follows the level before it (AR(1), with the
coefficient `rho`), latencies are lognormal around it and errors move with it. Here a run has six methods, whose levels
are half one platform's and half their own, so that they rise and fall together as real ones do. Compared are 17
figures: objectives about all calls, and P95 and error rate of each method.

`differ` is the share of pairs of equal runs in which any figure is called worse or better: 0.05 is allowed. `told` is
the share of pairs that come to PASS. Of runs in which one method takes longer by a factor, `found` is the share whose
figure is called worse, `failed` that of FAIL, worse by more than the 10 % tolerated.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.calibration import (
    CALLS_A_SECOND,
    ERROR_LEVEL,
    ERROR_RATE,
    LATENCY_LEVEL,
    SCATTER,
    level_of,
)
from benchmarks.table import Table
from reports.calls import CLOCKS, Calls, Cell
from reports.comparing.tolerance import Tolerance
from reports.comparing.topics import topics
from reports.comparing.weighing import BETTER, WORSE, Pair, Row, weigh
from reports.figures import Figures
from reports.objectives.file import read
from reports.objectives.metric import Sources
from reports.remembered import Packed
from tacorush.evidence.histogram import grouped
from tacorush.evidence.records import CellKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

PAIRS = 200
METHODS = (
    "gateway.v1.QueueService/JoinQueue",
    "gateway.v1.QueueService/RequestAdmission",
    "reservation.v1.InventoryService/CheckAvailability",
    "reservation.v1.ReservationService/CreateReservation",
    "payment.v1.PaymentService/ProcessPayment",
    "reservation.v1.ReservationService/ConfirmReservation",
)
SLOWED = METHODS[3]
OBJECTIVES = read(
    """
objectives:
  - {name: P95 of all calls, metric: response_ms, expression: p(95)<500}
  - {name: P99 of all calls, metric: response_ms, expression: p(99)<900}
  - {name: Mean of all calls, metric: response_ms, expression: avg<200}
  - {name: Error rate, metric: errors, expression: rate<0.05}
  - {name: Median of holding seats, metric: response_ms, expression: med<200, where: {method: CreateReservation}}
""",
    "the benchmark's own",
)
TENTH = Tolerance(0.1)
RHOS, LENGTHS_S, FACTORS = (0.0, 0.3, 0.6), (60, 300, 600), (1.1, 1.2, 1.3, 1.5)
_MEDIAN_NS = 20e6


def made_up(
    chance: np.random.Generator, seconds: int, rho: float, slower: Mapping[str, float] | None = None
) -> Sources:
    """Draws a run; `slower` is by which factor a method takes longer than it else would."""
    platform, cells = level_of(chance, seconds, rho), []
    for place, method in enumerate(METHODS):
        level = math.sqrt(0.5) * (platform + level_of(chance, seconds, rho))
        median_ns = _MEDIAN_NS * (1 + place / 4) * (slower or {}).get(method, 1.0)
        cells += list(_cells(chance, method, level, median_ns))
    return Sources(Figures({"mode": "open", "duration_s": seconds}, Calls(cells)), ())


def weighed(base: Sources, new: Sources) -> list[Row]:
    """Compares two runs in all their figures, a tenth tolerated."""
    asked = topics(OBJECTIVES, OBJECTIVES, [METHODS, METHODS])
    return weigh([Pair(topic, (base, new), TENTH) for topic in asked])


def equal_pairs(seconds: int, rho: float, pairs: int = PAIRS, seed: int = 1) -> Iterator[list[Row]]:
    """Compares pairs of runs of one platform; equal arguments give equal pairs."""
    return worse_pairs(1.0, seconds, rho, pairs, seed)


def worse_pairs(factor: float, seconds: int, rho: float, pairs: int = PAIRS, seed: int = 1) -> Iterator[list[Row]]:
    """Compares pairs of which the new run takes longer by a factor in one method."""
    chance = np.random.default_rng([seed, seconds, round(100 * rho), round(100 * factor)])
    for _ in range(pairs):
        yield weighed(made_up(chance, seconds, rho), made_up(chance, seconds, rho, {SLOWED: factor}))


def differs(rows: list[Row]) -> bool:
    """Any figure is called worse or better."""
    return any(row.word in (WORSE, BETTER) for row in rows)


def found_slower(rows: list[Row]) -> bool:
    """P95 of the method that takes longer is called worse."""
    return any(row.word == WORSE and row.topic.method == SLOWED and row.topic.unit == "ms" for row in rows)


def measure() -> Table:
    """Measures equal pairs and worse ones of every length and dependence."""
    table = Table("comparison")
    for rho in RHOS:
        for seconds in LENGTHS_S:
            equal = list(equal_pairs(seconds, rho))
            told = sum(not any(row.beyond or (row.open and not row.topic.method) for row in rows) for rows in equal)
            row = {"rho": rho, "seconds": seconds, "differ": sum(map(differs, equal)) / PAIRS, "told": told / PAIRS}
            for factor in FACTORS:
                worse = list(worse_pairs(factor, seconds, rho, PAIRS // 2))
                row[f"found_{factor:g}"] = sum(map(found_slower, worse)) / len(worse)
                row[f"failed_{factor:g}"] = sum(any(each.beyond for each in rows) for rows in worse) / len(worse)
            table.rows.append(row)
    table.ratios["most_that_differ"] = max(row["differ"] for row in table.rows)
    return table


def _cells(chance: np.random.Generator, method: str, level: NDArray[np.float64], median_ns: float) -> Iterator[Cell]:
    seconds = len(level)
    at = np.repeat(np.arange(seconds), chance.poisson(CALLS_A_SECOND, seconds))
    times = median_ns * np.exp(LATENCY_LEVEL * level[at] + SCATTER * chance.standard_normal(len(at)))
    wrong = chance.random(len(at)) < ERROR_RATE * np.exp(ERROR_LEVEL * level[at] - ERROR_LEVEL**2 / 2)
    for outcome, code, chosen in (("ok", "OK", ~wrong), ("failed", "INTERNAL", wrong)):
        present, groups = np.unique(at[chosen], return_inverse=True)
        histograms = grouped(times[chosen].astype(np.int64), groups, len(present))
        for second, histogram in zip(present.tolist(), histograms, strict=True):
            tally = Packed(histogram)
            yield from (Cell(CellKey(second, method, "buyer", outcome, code, clock), tally) for clock in CLOCKS)
