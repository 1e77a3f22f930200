"""From a run's evidence to what the pages show of it beside the summary: the run over time, curves, journeys, calls.

Which calls a figure covers and how a quantile is taken is decided in `reports.calls` and `reports.distribution`, not
here. A run too long to draw second by second is drawn in steps of whole seconds, as few as needed for `MOST_STEPS`.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from reports.calls import RESPONSE, SERVICE, Calls
from reports.distribution import MS, Distribution
from reports.figures import JOURNEY_TOTAL, LAG
from reports.pages.material import OUTCOMES, Material, Percentile, Series, Step, Times
from tacorush.evidence.records import PREFLIGHT, READBACK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reports.calls import Cell
    from reports.evidence_view import Evidence
    from tacorush.evidence.records import ArrivalSecond, CellKey, Claim, KeptCall

MOST_STEPS = 240
"""How many steps a chart over time has at most."""

_QUANTILES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
_BARS_PER_DECADE = 10
_POINTS_PER_NINE = 20
_PAYS = frozenset({"charge", "read"})


def gather(evidence: Evidence, summary: Mapping[str, Any]) -> Material:
    """Returns what the pages show of a run; `summary` is its report.json."""
    calls = Calls.of(evidence).of_journeys
    own = [(key, tally) for key, tally in evidence.cells() if "/" not in key.measure]
    kept = list(evidence.calls())
    response = calls.latency(RESPONSE)
    return Material(
        summary=summary,
        meta=evidence.meta,
        series=_series(calls, list(evidence.arrivals()), own, math.ceil(summary["duration_s"])),
        response=times(response),
        service=times(calls.latency(SERVICE)),
        funnel=_funnel(calls, evidence.claims(), own, summary["totals"]["journeys"]),
        endings=_endings(own),
        slow=slowest(kept),
        failed=sorted((call for call in kept if call.why == "failed"), key=lambda call: (call.sent_ns, call.trace)),
        processes=sorted(evidence.processes(), key=lambda process: process.process),
    )


def times(distribution: Distribution) -> Times:
    """Turns a distribution into a curve of percentiles and the bars of a histogram on a logarithmic axis."""
    if not distribution.count:
        return Times((), (), ())
    deepest = math.log10(distribution.count)
    steps = range(_POINTS_PER_NINE // 4, int(deepest * _POINTS_PER_NINE) + 1)
    ranks = [1 - 10 ** (-step / _POINTS_PER_NINE) for step in steps]
    found = [(rank, distribution.quantile(rank)) for rank in ranks]
    edges, counts = _bars(distribution)
    return Times(
        percentiles=tuple(
            (rank, figure.value) for rank, figure in found if figure.value is not None and not figure.censored
        ),
        edges=edges,
        counts=counts,
        censored=distribution.censored,
        deadline_ms=int(distribution.bounds[-1]) / MS if distribution.censored else None,
    )


def slowest(calls: Iterable[KeptCall]) -> list[KeptCall]:
    """The slow calls of journeys by their response time, the slowest first."""
    slow = [call for call in calls if call.why == "slow" and call.kind not in (PREFLIGHT, READBACK)]
    return sorted(slow, key=lambda call: (call.due_ns - call.answered_ns, call.sent_ns, call.trace))


def _bars(distribution: Distribution) -> tuple[tuple[float, ...], tuple[int, ...]]:
    if not distribution.answered:
        return (), ()
    logs = np.log10(np.maximum(distribution.values / MS, 1e-6)) * _BARS_PER_DECADE
    first, last = math.floor(logs[0]), math.floor(logs[-1]) + 1
    places = np.clip(np.floor(logs).astype(int) - first, 0, last - first - 1)
    counts = np.bincount(places, weights=distribution.counts, minlength=last - first)
    edges = tuple(10 ** (step / _BARS_PER_DECADE) for step in range(first, last + 1))
    return edges, tuple(int(amount) for amount in counts)


def _series(
    calls: Calls, arrivals: Sequence[ArrivalSecond], own: Sequence[tuple[CellKey, Any]], duration_s: int
) -> Series:
    seen = [cell.key.second for cell in calls.counted] + [row.second for row in arrivals]
    if not seen:
        nothing = {name: Percentile((), ()) for name, _ in _QUANTILES}
        return Series((), 1, (), (), (), (), {}, nothing, nothing)
    first, end = min(0, *seen), max(duration_s, max(seen) + 1)
    width = math.ceil((end - first) / MOST_STEPS)
    starts = range(first, end, width)
    counted = {name: _arrivals(arrivals, name, starts) for name in ("planned", "started", "late", "dropped")}
    return Series(
        starts=tuple(starts),
        width_s=width,
        outcomes=_outcomes(calls, starts),
        response=_percentiles(calls, RESPONSE, starts),
        service=_percentiles(calls, SERVICE, starts),
        lag_ms=_lag(own, starts),
        **counted,
    )


def _rates(amounts: Mapping[int, int], starts: range) -> tuple[float, ...]:
    """Amounts by step as rates a second."""
    return tuple(amounts.get(step, 0) / starts.step for step in range(len(starts)))


def _step(second: int, starts: range) -> int:
    return (second - starts.start) // starts.step


def _arrivals(arrivals: Sequence[ArrivalSecond], name: str, starts: range) -> tuple[float, ...]:
    amounts: Counter[int] = Counter()
    for row in arrivals:
        amounts[_step(row.second, starts)] += getattr(row, name)
    return _rates(amounts, starts)


def _outcomes(calls: Calls, starts: range) -> dict[str, tuple[float, ...]]:
    amounts: dict[str, Counter[int]] = {name: Counter() for name in OUTCOMES}
    for cell in calls.counted:
        amounts[cell.key.outcome][_step(cell.key.second, starts)] += cell.tally.count
    return {name: _rates(amounts[name], starts) for name in OUTCOMES}


def _percentiles(calls: Calls, clock: str, starts: range) -> dict[str, Percentile]:
    answered, gave_up = (_by_step(cells, starts) for cells in calls.timed(clock))
    steps = [Distribution.of(answered.get(step, ()), gave_up.get(step, ())) for step in range(len(starts))]
    figures = {name: [step.quantile(q) for step in steps] for name, q in _QUANTILES}
    return {
        name: Percentile(tuple(figure.value for figure in found), tuple(figure.censored for figure in found))
        for name, found in figures.items()
    }


def _by_step(cells: Iterable[Cell], starts: range) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for cell in cells:
        found[_step(cell.key.second, starts)].append(cell.tally)
    return found


def _lag(own: Sequence[tuple[CellKey, Any]], starts: range) -> tuple[float | None, ...]:
    largest: dict[int, int] = {}
    for key, tally in own:
        if key.measure == LAG:
            step = _step(key.second, starts)
            largest[step] = max(largest.get(step, 0), tally.max)
    return tuple(largest[step] / MS if step in largest else None for step in range(len(starts)))


def _endings(own: Sequence[tuple[CellKey, Any]]) -> dict[str, int]:
    """Journeys by how they ended; every journey has one total time."""
    counted: Counter[str] = Counter()
    for key, tally in own:
        if key.measure == JOURNEY_TOTAL:
            counted[key.outcome] += tally.count
    return dict(sorted(counted.items()))


def _funnel(
    calls: Calls, claims: Iterable[Claim], own: Sequence[tuple[CellKey, Any]], journeys: int
) -> tuple[Step, ...]:
    """How many journeys reached each station; a run whose scenario joins no queue has the first alone."""
    began = Step("Began", journeys)
    if not any(name.endswith("/JoinQueue") for name in calls.by_method):
        return (began,)
    reached: dict[str, set[int]] = {"hold": set(), "paid": set(), "sale": set()}
    for claim in claims:
        station = _station(claim)
        if station and claim.journey >= 0:
            reached[station].add(claim.journey)
    admitted = sum(tally.count for key, tally in own if key.measure == "journey.admission_wait")
    return (
        began,
        Step("Admitted", admitted),
        Step("Held seats", len(reached["hold"])),
        Step("Paid", len(reached["paid"])),
        Step("Got the ticket", len(reached["sale"])),
    )


def _station(claim: Claim) -> str:
    """The station of the way to a ticket that a claim proves to be reached; empty for none."""
    if claim.action in ("hold", "sale"):
        return claim.action if claim.effect == "happened" else ""
    return "paid" if claim.action in _PAYS and claim.status == "COMPLETED" else ""
