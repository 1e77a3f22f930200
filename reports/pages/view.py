"""What the templates print: the material's figures as finished words, row by row, so that templates decide nothing.

HTML and Markdown read the same rows; what a figure is called and how it is rounded is decided once, here and in
`reports.wording`.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from reports.objectives.words import interval, measured, threshold, where
from reports.pages.bars import Bar, bar_of
from reports.pages.timeline import TimeLine, time_line
from reports.wording import (
    NOT_MEASURED,
    count,
    method_name,
    milliseconds,
    number,
    per_second,
    plural,
    seconds,
    share,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tacorush.evidence.records import KeptCall

MOST_FINDINGS = 30
"""How many findings a page shows whole; the others are in report.json."""
MOST_WITNESSES = 9
"""How many further witnesses of a finding a page shows; the others are in report.json."""
MOST_CALLS = 25
"""How many slow and how many failed calls a page shows; the others are in the run file."""

_ORDER: Mapping[str, int] = MappingProxyType({"FAIL": 0, "INCONCLUSIVE": 1, "PASS": 2})


@dataclass(frozen=True, slots=True)
class Tile:
    """A key figure: its name, its value, and the sentence that gives it a scale."""

    name: str
    value: str
    note: str
    bad: bool = False


@dataclass(frozen=True, slots=True)
class ObjectiveRow:
    """An objective and how it came out."""

    verdict: str
    name: str
    expression: str
    where: str
    measured: str
    interval: str
    threshold: str
    samples: str
    reason: str
    """Why it is no PASS; empty for one."""
    bar: Bar | None


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding with its witness laid out in time."""

    rule: str
    certainty: str
    severity: str
    message: str
    amount: str
    line: TimeLine
    further: tuple[TimeLine, ...]
    """Further witnesses of the same."""


@dataclass(frozen=True, slots=True)
class CallRow:
    """A kept call."""

    at: str
    method: str
    kind: str
    outcome: str
    code: str
    detail: str
    response: str
    service: str
    journey: str
    trace: str


def tiles(summary: Mapping[str, Any]) -> list[Tile]:
    """The figures that are read first."""
    latency = summary["latency_ms"]["overall"]["response"]
    totals, rate, oversell = summary["totals"], summary["rate"], summary["oversell"]
    # Of journeys' calls alone, as the error rate is defined; totals count the read-back too.
    outcomes = [row["outcomes"] for row in summary["latency_ms"]["methods"].values()]
    wrong = sum(row["failed"] + row["unknown"] for row in outcomes)
    judged = sum(sum(row.values()) - row["unimplemented"] for row in outcomes)
    return [
        Tile(
            "P95 response time",
            percentile(latency, "p95"),
            f"P50 {percentile(latency, 'p50')}, P99 {percentile(latency, 'p99')}",
            bad=_broken(summary, "response_ms"),
        ),
        Tile(
            "Calls in error",
            share(wrong / judged if judged else None),
            f"{count(wrong)} of {plural(judged, 'call')} failed or unknown",
            bad=_broken(summary, "errors"),
        ),
        Tile(
            "Seats sold twice",
            count(oversell["definite"]),
            f"{count(oversell['possible'])} more possible; {plural(oversell['contended_seats'], 'seat')} contended",
            bad=oversell["definite"] > 0,
        ),
        Tile(
            "Orders",
            count(totals["orders"]),
            f"{plural(totals['seats_sold'], 'seat')} sold in {plural(totals['journeys'], 'journey')}",
        ),
        Tile(
            "Achieved rate",
            per_second(rate["achieved_per_s"]),
            f"of {per_second(rate['planned_per_s'])} planned"
            if rate["planned_per_s"]
            else "closed loop: no rate was planned",
        ),
        Tile("Calls", count(totals["rpcs"]), f"{per_second(rate['rpcs_per_s'])} answered"),
    ]


def _broken(summary: Mapping[str, Any], metric: str) -> bool:
    return any(row["metric"] == metric and row["verdict"] == "FAIL" for row in summary["objectives"])


def percentile(latency: Mapping[str, Any], name: str) -> str:
    """Writes a percentile of the summary; "≥" when it fell among the censored calls."""
    return milliseconds(latency[name], is_censored(latency, name))


def is_censored(latency: Mapping[str, Any], name: str) -> bool:
    """Tells if a percentile lies among the calls that hit their deadline, which rank above every answer."""
    if name == "max":
        return bool(latency.get("censored"))
    amount, censored = latency.get("count") or 0, latency.get("censored") or 0
    # The rank is whole where it matters; what floating point adds to it must not make it larger.
    return bool(amount) and float(name[1:]) / 100 * amount > amount - censored + 1e-6


def objective_rows(summary: Mapping[str, Any]) -> list[ObjectiveRow]:
    """Every objective, the broken ones first."""
    rows = sorted(summary["objectives"], key=lambda objective: _ORDER[objective["verdict"]])
    return [
        ObjectiveRow(
            verdict=row["verdict"],
            name=row["name"],
            expression=row["expression"],
            where=where(row),
            measured=measured(row),
            interval=interval(row),
            threshold=threshold(row),
            samples=count(row["samples"]),
            reason="" if row["verdict"] == "PASS" else str(row.get("reason") or ""),
            bar=bar_of(row),
        )
        for row in rows
    ]


def finding_rows(summary: Mapping[str, Any], t0_ns: int = 0) -> list[FindingRow]:
    """The findings that a page shows whole, definite ones first; their calls are timed from `t0_ns`."""
    rows = sorted(summary["findings"], key=lambda finding: finding["certainty"] != "definite")
    return [
        FindingRow(
            rule=str(row["rule"]).replace("_", " "),
            certainty=row["certainty"],
            severity=row["severity"],
            message=row["message"],
            amount="once" if row["count"] == 1 else f"{count(row['count'])} times",
            line=time_line(row["witness"], t0_ns),
            further=tuple(time_line(witness, t0_ns) for witness in (row.get("witnesses") or [])[:MOST_WITNESSES]),
        )
        for row in rows[:MOST_FINDINGS]
    ]


def call_rows(calls: Sequence[KeptCall], t0_ns: int) -> list[CallRow]:
    """Kept calls, as many as a page shows."""
    return [
        CallRow(
            at=f"{(call.sent_ns - t0_ns) / 1e9:,.3f} s",
            method=method_name(call.method),
            kind=call.kind,
            outcome=call.outcome,
            code=call.code,
            detail=call.detail,
            response=milliseconds(max(0, call.answered_ns - call.due_ns) / 1e6),
            service=milliseconds(max(0, call.answered_ns - call.sent_ns) / 1e6),
            journey=NOT_MEASURED if call.journey < 0 else count(call.journey),
            trace=call.trace,
        )
        for call in calls[:MOST_CALLS]
    ]


def generator_rows(summary: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Whether the load generator kept up: name, figure, and what it means."""
    generator, planned = summary["generator"], summary["totals"]["planned"]
    lag, late, delay = generator["lag_ms"], generator["arrivals_late"], generator["start_delay_ms"]
    return [
        (
            "Loop lag, P99",
            milliseconds(lag["p99"]),
            f"P50 {milliseconds(lag['p50'])}, largest {milliseconds(lag['max'])}; a busy loop makes calls look slow",
        ),
        (
            "Start delay, P99",
            milliseconds(delay["p99"]),
            f"P50 {milliseconds(delay['p50'])}, largest {milliseconds(delay['max'])}; how long after its planned "
            "instant a journey began",
        ),
        (
            "Arrivals late",
            count(late),
            f"{share(late / planned if planned else None)} of the planned ones began more than 25 ms after their time",
        ),
        (
            "Arrivals dropped",
            count(generator["arrivals_dropped"]),
            "could not begin within 5 s, or above the limit in flight",
        ),
        (
            "CPU",
            seconds(generator["cpu_seconds"]),
            f"{number(generator['cpu_us_per_rpc'])} µs a call"
            if generator["cpu_us_per_rpc"]
            else "of all generator processes",
        ),
        *_connection_rows(generator.get("connections")),
        ("Processes lost", count(generator["lost_workers"]), "stopped answering before they had sent everything"),
    ]


def _connection_rows(connections: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    """Where the calls went, and how many answers had piled up whenever the loop looked; nothing where none tells."""
    if connections is None:
        return []
    went = ", ".join(
        f"{count(number)} calls to {address}" for address, number in connections["rpcs_by_address"].items()
    )
    most = count(connections["answers_in_one_wakeup_at_most"])
    return [
        ("Connections opened", count(connections["opened"]), went or "no call was made"),
        (
            "Answers a wake-up",
            number(connections["answers_per_wakeup"] or 0),
            f"on average, {most} at the most: what had piled up while the loop was elsewhere",
        ),
    ]
