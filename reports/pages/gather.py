"""From a judged run to what its pages show beside the summary: the run over time, curves, journeys, sales, calls.

Which calls a figure covers and how a quantile is taken is decided in `reports.calls` and `reports.distribution`, not
here; the evidence is not read a second time, but for what nothing else asks for.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from reports.calls import RESPONSE, SERVICE
from reports.distribution import MS
from reports.figures import JOURNEY_TOTAL
from reports.pages import over_time
from reports.pages.material import Material, Times
from reports.pages.sold import sales
from reports.pages.spans import spans
from reports.pages.way import funnel
from tacorush.evidence.records import PREFLIGHT, READBACK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reports.audit.claim_table import ClaimTable
    from reports.calls import Cell
    from reports.distribution import Distribution
    from reports.evidence_view import Evidence
    from reports.figures import Figures
    from tacorush.evidence.records import KeptCall

_BARS_PER_DECADE = 10
_POINTS_PER_NINE = 20


def gather(evidence: Evidence, figures: Figures, claims: ClaimTable, summary: Mapping[str, Any]) -> Material:
    """Returns what the pages show of a run; `summary` is its report.json."""
    calls = figures.journeys
    arrivals, kept = list(evidence.arrivals()), list(evidence.calls())
    seconds = over_time.seconds_of(calls, arrivals, math.ceil(summary["duration_s"]), figures.step_s)
    queued = any(name.endswith("/JoinQueue") for name in calls.by_method)
    events, sections = sales(claims, figures.meta)
    series = over_time.series(calls, arrivals, figures.own, seconds)
    return Material(
        summary=summary,
        meta=figures.meta,
        series=dataclasses.replace(series, spans=spans(summary, figures.meta, series, figures.step_s)),
        response=times(calls.latency(RESPONSE)),
        service=times(calls.latency(SERVICE)),
        funnel=funnel(claims, figures.own, summary["totals"]["journeys"], queued),
        endings=_endings(figures.own),
        heat=over_time.heat(calls, seconds),
        lines=over_time.lines(calls, seconds),
        seconds=seconds,
        events=events,
        sections=sections,
        slow=slowest(kept),
        failed=sorted((call for call in kept if call.why == "failed"), key=lambda call: (call.sent_ns, call.trace)),
        processes=figures.processes,
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


def _endings(own: Sequence[Cell]) -> dict[str, int]:
    """Journeys by how they ended; every journey has one total time."""
    counted: Counter[str] = Counter()
    for cell in own:
        if cell.key.measure == JOURNEY_TOTAL:
            counted[cell.key.outcome] += cell.tally.count
    return dict(sorted(counted.items()))
