"""report.json: what a run proved, as one plain document; `reports/schema.json` pins its shape.

Everything comes from the run file and the objectives, nothing from the clock of whoever judges: the same run gives the
same bytes.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reports.audit.finding import DEFINITE, POSSIBLE, findings
from reports.calls import RESPONSE, SERVICE, Calls
from reports.closed_loop import QUANTILES, hidden
from reports.monitoring import observations
from reports.resampling import shown_at_least
from tacorush.evidence.records import WIRE, WIRE_RPCS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.distribution import Distribution
    from reports.figures import Figures
    from reports.guards import Run
    from reports.objectives.result import Result
    from reports.verdict import Conclusion

SCHEMA_VERSION = 1
OVERSELL_RULE = "double_sale"
"""The rule whose violations are seats with two or more orders."""
MOST_OVERSELL_WITNESSES = 100
_PERCENTILES = (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999))


def summary(run: Run, conclusion: Conclusion) -> dict[str, Any]:
    """Returns the document."""
    figures, meta = run.figures, run.figures.meta
    return {
        "schema_version": SCHEMA_VERSION,
        "scenario": str(meta.get("scenario") or ""),
        "seed": meta.get("seed"),
        "run_id": str(meta.get("run_id") or ""),
        "target": str(meta.get("target") or ""),
        "started_at": _moment(int(meta.get("t0_ns") or 0)),
        "release": _release(meta),
        "duration_s": _whole(figures.duration_s),
        "driven_s": rounded(figures.driven_s),
        "verdict": conclusion.verdict,
        "reasons": list(conclusion.reasons),
        "advice": conclusion.advice,
        "objectives": [_objective(result) for result in run.results],
        "oversell": _oversell(run),
        "findings": _findings(run),
        "totals": _totals(figures),
        "readback": dict(figures.readback) or None,
        "rate": _rate(figures),
        "latency_ms": _latencies(figures.journeys),
        "closed_loop": _closed_loop(figures),
        "generator": _generator(figures),
        "observed": observations(meta),
    }


def _release(meta: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of the release under test: its label, and what its own health calls told."""
    return {
        "label": str(meta.get("release") or ""),
        "versions_before": dict(meta.get("versions_before") or {}),
        "versions_after": dict(meta.get("versions_after") or {}),
    }


def as_json(document: Mapping[str, Any]) -> str:
    """Writes the document; figures that are no numbers raise ValueError."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _objective(result: Result) -> dict[str, Any]:
    measured = result.measured
    return {
        "name": result.name,
        "expression": result.text,
        "metric": result.metric,
        "where": dict(result.where),
        "measured": rounded(measured.value),
        "threshold": _whole(result.threshold),
        "comparison": result.comparison,
        "unit": result.unit,
        "part": result.part,
        "from_s": result.scope.from_s,
        "to_s": result.scope.to_s,
        "confidence": result.confidence,
        "interval": [rounded(end) for end in measured.interval],
        "samples": measured.samples,
        "verdict": result.verdict,
        "censored": measured.censored,
        "power": measured.power,
        "windows": None if result.windows is None else asdict(result.windows),
        "reason": result.reason,
    }


def _oversell(run: Run) -> dict[str, Any]:
    reports = [report for report in run.audit if report.rule.name == OVERSELL_RULE]
    violations = [violation for report in reports for violation in report.violations]
    violations.sort(key=lambda violation: violation.certainty != DEFINITE)
    return {
        "definite": sum(report.count(DEFINITE) for report in reports),
        "possible": sum(report.count(POSSIBLE) for report in reports),
        "contended_seats": run.figures.contended_seats,
        "would_have_shown": rounded(shown_at_least(run.figures.contended_seats)),
        "witnesses": [
            {"certainty": violation.certainty, **violation.witness}
            for violation in violations[:MOST_OVERSELL_WITNESSES]
        ],
    }


def _findings(run: Run) -> list[dict[str, Any]]:
    return [
        {
            "rule": finding.rule,
            "certainty": finding.certainty,
            "severity": finding.severity,
            "message": finding.message,
            "count": finding.count,
            "witness": dict(finding.witness),
            "witnesses": [dict(witness) for witness in finding.witnesses],
        }
        for finding in findings(run.audit)
    ]


def _totals(figures: Figures) -> dict[str, Any]:
    counted = figures.counted
    return {
        "rpcs": counted.count,
        "other_rpcs": figures.other.count,
        "planned": figures.arrivals.planned,
        "journeys": figures.arrivals.started,
        "orders": figures.orders,
        "seats_sold": figures.seats_sold,
        "outcomes": counted.outcomes,
    }


def _rate(figures: Figures) -> dict[str, float | None]:
    def per_second(count: int) -> float | None:
        return rounded(count / figures.driven_s) if figures.driven_s else None

    return {
        "planned_per_s": per_second(figures.arrivals.planned) if figures.open_loop else None,
        "achieved_per_s": per_second(figures.arrivals.started),
        "rpcs_per_s": per_second(figures.rpcs_answered),
    }


def _latencies(calls: Calls) -> dict[str, Any]:
    return {
        "overall": _clocks(calls),
        "methods": {name: {**_clocks(some), "outcomes": some.outcomes} for name, some in calls.by_method.items()},
    }


def _clocks(calls: Calls) -> dict[str, Any]:
    return {"response": _times(calls.latency(RESPONSE)), "service": _times(calls.latency(SERVICE))}


def _closed_loop(figures: Figures) -> dict[str, Any] | None:
    """How much a closed loop hides of this run's stalls; None where there is nothing to tell."""
    found = hidden(
        figures.journeys,
        open_run=figures.open_loop,
        think_s=float(figures.meta.get("think_s") or 0),
        journeys=figures.arrivals.started,
    )
    if found is None:
        return None
    percentiles = {
        name: {
            "response": rounded(found.measured[name]),
            "service": rounded(found.service[name]),
            "other_loop": rounded(found.other[name]),
        }
        for name in QUANTILES
    }
    return {
        "measured_in": "open" if found.open_run else "closed",
        "stalls": [list(stretch) for stretch in found.stalls],
        "longest_s": rounded(found.longest_s),
        "users": found.users,
        "cycle_ms": rounded(found.cycle_s * 1e3),
        "percentiles_ms": percentiles,
        "told_by": found.at,
        "factor": rounded(found.factor),
    }


def _times(times: Distribution) -> dict[str, Any]:
    figures = {name: times.quantile(q).value for name, q in _PERCENTILES}
    figures |= {"max": times.largest.value, "mean": times.mean.value}
    found: dict[str, Any] = {name: rounded(value) for name, value in figures.items()}
    return found | {"count": times.count, "censored": times.censored}


def _three(times: Distribution) -> dict[str, Any]:
    return {
        "p50": rounded(times.quantile(0.5).value),
        "p99": rounded(times.quantile(0.99).value),
        "max": rounded(times.largest.value),
    }


def _generator(figures: Figures) -> dict[str, Any]:
    rpcs = figures.counted.count
    return {
        "arrivals_late": figures.arrivals.late,
        "arrivals_dropped": figures.arrivals.dropped,
        "lag_ms": _three(figures.lag),
        "start_delay_ms": _three(figures.start_delay),
        "cpu_seconds": rounded(figures.cpu_seconds),
        "cpu_us_per_rpc": rounded(figures.cpu_seconds * 1e6 / rpcs) if rpcs else None,
        "connections": _connections(figures.wire),
        "lost_workers": len(figures.lost),
        "processes": [
            {
                "process": process.process,
                "role": process.role,
                "host": process.host,
                "pid": process.pid,
                "cpu_seconds": rounded(process.cpu_seconds),
                "final": process.final,
                "lost": process.lost,
            }
            for process in figures.processes
        ],
    }


def _connections(wire: Mapping[str, float]) -> dict[str, Any] | None:
    """What went over the connections; None where the transport does not tell."""
    if not wire:
        return None
    wakeups, rpcs = wire.get("wakeups", 0), WIRE_RPCS.removeprefix(WIRE)
    return {
        "opened": round(wire.get("connections", 0)),
        "rpcs_by_address": {
            name.removeprefix(rpcs): round(number) for name, number in sorted(wire.items()) if name.startswith(rpcs)
        },
        "sent_octets": round(wire.get("sent_octets", 0)),
        "received_octets": round(wire.get("received_octets", 0)),
        "answers_per_wakeup": rounded(wire.get("answers", 0) / wakeups) if wakeups else None,
        "answers_in_one_wakeup_at_most": round(wire.get("backlog_most", 0)),
    }


def _moment(at_ns: int) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    moment = datetime.fromtimestamp(at_ns // 10**9, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_ns % 10**9 // 10**6:03d}Z"


def rounded(value: float | None) -> float | None:
    """Six significant digits: finer than any histogram here."""
    if value is None or value == 0:
        return value
    return _whole(round(value, 5 - math.floor(math.log10(abs(value)))))


def _whole(value: float) -> float:
    return int(value) if value == int(value) else value
