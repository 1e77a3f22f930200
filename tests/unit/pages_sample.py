"""Made-up runs for the tests of the pages: one material for each verdict, with everything a page can show."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from reports.pages.material import (
    EventSales,
    Heat,
    Material,
    Percentile,
    SectionSales,
    Series,
    Span,
    Step,
    Times,
)
from reports.wording import VERDICT_ADVICE
from tacorush.evidence.observed import OBSERVED, Observation, ObservedSeries
from tacorush.evidence.records import KeptCall, ProcessInfo

T0_NS = 1_780_000_000 * 10**9
MS = 10**6
STEPS = ("JoinQueue", "RequestAdmission", "CreateReservation", "ProcessPayment", "ConfirmReservation")
METHOD_NAMES = {
    "gateway.v1.QueueService/JoinQueue": 1.0,
    "gateway.v1.QueueService/GetQueueStatus": 0.7,
    "reservation.v1.InventoryService/CheckAvailability": 0.9,
    "reservation.v1.ReservationService/CreateReservation": 2.2,
    "payment.v1.PaymentService/ProcessPayment": 1.4,
    "reservation.v1.ReservationService/ConfirmReservation": 1.8,
}


def latency(scale: float, amount: int, censored: int = 0) -> dict[str, float]:
    """Figures of a clock, in the shape of report.json."""
    base = {"p50": 9.4, "p90": 24.0, "p95": 41.2, "p99": 96.0, "p99.9": 241.0, "max": 388.0, "mean": 13.1}
    return {name: round(value * scale, 3) for name, value in base.items()} | {"count": amount, "censored": censored}


def objective(
    name: str, expression: str, metric: str, measured: float | None, threshold: float, **more: Any
) -> dict[str, Any]:
    """An objective, in the shape of report.json."""
    row: dict[str, Any] = {"name": name, "expression": expression, "metric": metric, "where": {}, "measured": measured}
    row |= {"threshold": threshold, "interval": [measured, measured], "samples": 21_480, "verdict": "PASS"}
    return row | more


def summary(verdict: str = "PASS", scale: float = 1.0, **more: Any) -> dict[str, Any]:
    """A report.json with every key that the design pins."""
    objectives = [
        objective(
            "P95 response time over all calls",
            "p(95)<500",
            "response_ms",
            41.2 * scale,
            500,
            interval=[37.8 * scale, 46.1 * scale],
            verdict="PASS" if scale < 10 else "FAIL",
        ),
        *(
            objective(
                f"P95 response time of {step}",
                "p(95)<500",
                "response_ms",
                (30 + 7 * index) * scale,
                500,
                interval=[(26 + 7 * index) * scale, (36 + 7 * index) * scale],
                samples=3_580,
                where={"method": f"gateway.v1.QueueService/{step}"},
                verdict="PASS" if scale < 8 else "FAIL",
            )
            for index, step in enumerate(STEPS)
        ),
        objective("Error rate", "rate<0.01", "errors", 0.0004, 0.01, interval=[0.0001, 0.0009]),
        objective("Availability", "rate>=0.999", "availability", 0.99986, 0.999, interval=[0.9997, 1.0]),
        objective(
            "No seat is sold twice",
            "count==0",
            "oversell",
            2 if verdict == "FAIL" else 0,
            0,
            verdict=verdict if verdict == "FAIL" else "PASS",
        ),
        objective("Planned rate reached", "rate>=0.99", "achieved_rate", 1.0, 0.99, samples=2700),
    ]
    methods = {
        name: {
            "response": latency(factor * scale, 3580),
            "service": latency(factor * scale * 0.93, 3580),
            "outcomes": {"ok": 3540, "refused": 31, "failed": 6, "unknown": 3, "unimplemented": 0},
        }
        for name, factor in METHOD_NAMES.items()
    }
    document: dict[str, Any] = {
        "schema_version": 1,
        "scenario": "flow",
        "seed": 7,
        "run_id": "flow-20261123T131500Z",
        "target": "127.0.0.1:50051",
        "started_at": "2026-11-23T13:15:00Z",
        "duration_s": 60,
        "driven_s": 60,
        "verdict": verdict,
        "reasons": ["2,413 orders for 4,826 seats, 137 of them contended; 98.7 % of paying journeys got their ticket"],
        "advice": VERDICT_ADVICE.get(verdict, "none"),
        "objectives": objectives,
        "oversell": {"definite": 0, "possible": 0, "contended_seats": 137, "witnesses": []},
        "findings": [],
        "totals": {
            "rpcs": 21_480,
            "other_rpcs": 14,
            "planned": 2700,
            "journeys": 2700,
            "orders": 2413,
            "seats_sold": 4826,
            "outcomes": {"ok": 21_240, "refused": 186, "failed": 36, "unknown": 18, "unimplemented": 0},
        },
        "rate": {"planned_per_s": 45.0, "achieved_per_s": 45.0, "rpcs_per_s": 357.6},
        "latency_ms": {
            "overall": {"response": latency(scale, 21_480), "service": latency(scale * 0.9, 21_480)},
            "methods": methods,
        },
        "closed_loop": None,
        "observed": [],
        "generator": {
            "arrivals_late": 3,
            "arrivals_dropped": 0,
            "lag_ms": {"p50": 0.21, "p99": 4.7, "max": 19.3},
            "start_delay_ms": {"p50": 0.12, "p99": 3.9, "max": 22.1},
            "cpu_seconds": 24.7,
            "cpu_us_per_rpc": 1150.0,
            "connections": {
                "opened": 8,
                "rpcs_by_address": {"127.0.0.1:8080": 21_000, "127.0.0.1:8081": 9_000},
                "sent_octets": 9_000_000,
                "received_octets": 6_000_000,
                "answers_per_wakeup": 1.7,
                "answers_in_one_wakeup_at_most": 12,
            },
            "lost_workers": 0,
            "processes": [{"process": "local"}],
        },
    }
    return document | more


def finding() -> dict[str, Any]:
    """A double sale whose witness holds two sales and the hold before them."""

    def call(method: str, at_ms: float, took_ms: float, **more: str) -> dict[str, Any]:
        sent = T0_NS + int((31_000 + at_ms) * MS)
        return {
            "method": method,
            "sent_ns": sent,
            "answered_ns": sent + int(took_ms * MS),
            "outcome": "ok",
            "code": "OK",
            **more,
        }

    create, confirm = (
        "reservation.v1.ReservationService/CreateReservation",
        "reservation.v1.ReservationService/ConfirmReservation",
    )
    return {
        "rule": "double_sale",
        "certainty": "definite",
        "severity": "critical",
        "count": 2,
        "message": "Seat A-12 of evt_2025_1001 was sold twice, to orders ord_8f21 and ord_90aa.",
        "witness": {
            "event": "evt_2025_1001",
            "seat": "A-12",
            "orders": ["ord_8f21", "ord_90aa"],
            "calls": [
                call(create, 0, 22, status="HOLD", reservation="rsv_11", user="user-812"),
                call(create, 9, 31, status="HOLD", reservation="rsv_12", user="user-901"),
                call(confirm, 190, 44, status="CONFIRMED", order="ord_8f21", trace="4bf92f3577b34da6a3ce929d0e0e4736"),
                call(confirm, 214, 61, status="CONFIRMED", order="ord_90aa", trace="00f067aa0ba902b74bf92f3577b34da6"),
            ],
        },
    }


def series(scale: float = 1.0, length: int = 60) -> Series:
    """Steady arrivals with a wave in the times and, with a large scale, calls that hit their deadline."""
    wave = [1 + 0.25 * math.sin(second / 4) + (1.6 if second in (30, 31, 32) else 0) for second in range(length)]

    def line(base: float) -> Percentile:
        values = [base * scale * factor for factor in wave]
        return Percentile(tuple(min(value, 600.0) for value in values), tuple(value > 600 for value in values))

    def flat(base: float, trouble: float = 0.0) -> tuple[float, ...]:
        return tuple(base + (trouble if second in (30, 31, 32) else 0) for second in range(length))

    lines = {"p50": line(9.4), "p95": line(41.2), "p99": line(96.0)}
    return Series(
        starts=tuple(range(length)),
        lag_ms=flat(2.1, 14.0),
        width_s=1,
        planned=flat(45.0),
        started=flat(45.0, -3.0),
        late=flat(0.0, 1.0),
        dropped=flat(0.0),
        response=lines,
        service=lines,
        spans=(Span("stalled", 30, 33), Span("pod killed", 31, 31)),
        outcomes={"ok": flat(354.0, -40.0), "refused": flat(3.0), "failed": flat(0.0, 12.0), "unknown": flat(0.0, 6.0)},
    )


def heat(scale: float = 1.0, length: int = 60) -> Heat:
    """Most answers in two bands, the upper one only in the seconds of the wave."""
    edges = tuple(scale * 10 ** (bar / 12) for bar in range(25))
    column = tuple(100.0 if bar == 9 else 4.0 if bar < 14 else 0.0 for bar in range(24))
    peak = (*column[:20], 30.0, *column[21:])
    return Heat(
        tuple(range(length)), 1, edges, tuple(peak if second in (30, 31, 32) else column for second in range(length))
    )


def distribution(scale: float = 1.0, censored: int = 0) -> Times:
    """A long-tailed distribution."""
    ranks = [1 - 10 ** (-step / 20) for step in range(1, 80)]
    edges = tuple(10 ** (step / 10) for step in range(-5, 32))
    counts = tuple(
        round(21_480 / 9 * math.exp(-((math.log10(edge / (9.4 * scale)) / 0.42) ** 2))) for edge in edges[:-1]
    )
    return Times(
        tuple((rank, 9.4 * scale * (-math.log2(1 - rank)) ** 0.9) for rank in ranks), edges, counts, censored, 600.0
    )


def kept(index: int, outcome: str = "ok", code: str = "OK", detail: str = "") -> KeptCall:
    """A kept call."""
    sent = T0_NS + (30_000 + 7 * index) * MS
    return KeptCall(
        "reservation.v1.ReservationService/CreateReservation",
        1400 + index,
        "buyer",
        outcome,
        code,
        detail,
        sent - 2 * MS,
        sent,
        sent + (388 - index) * MS,
        "slow",
        f"{index:032x}",
    )


def material(verdict: str = "PASS", scale: float = 1.0, **more: Any) -> Material:
    """A whole run; `more` replaces keys of its report.json."""
    return Material(
        summary=summary(verdict, scale, **more),
        meta={
            "t0_ns": T0_NS,
            "mode": "open",
            "addresses": {"gateway": "127.0.0.1:50051", "payment": "127.0.0.1:50051"},
            "platform": "open",
            "route": "services",
            "transport": "wire",
            "time_scale": 1.0,
            "slo": "slo/production.yaml",
            "command": ["tacorush", "run", "flow", "--seed", "7", "--duration", "60s"],
            "drain_s": 2.4,
            "host": "runner-1",
            "versions": {"tacorush": "0.1.0", "python": "3.11.2", "grpcio": "1.81.0", "locust": "2.47.0"},
            "ended": {"how": "completed", "at_ns": T0_NS + 62 * 10**9, "reason": ""},
            "preflight": {"events": [], "shortages": [], "unserved": [], "warnings": []},
        },
        series=series(scale),
        response=distribution(scale),
        service=distribution(scale * 0.9),
        funnel=(
            Step("Joined the queue", 2700),
            Step("Admitted", 2640, (("leaver", 51), ("buyer", 9))),
            Step("Held seats", 2561, (("buyer", 79),)),
            Step("Paid", 2433, (("canceller", 92), ("buyer", 36))),
            Step("Got the ticket", 2413),
        ),
        endings={"ticket": 2413, "left": 51, "cancelled": 92, "limited": 60, "refused": 12, "failed": 66, "unknown": 6},
        heat=heat(scale),
        lines={name: Percentile((9.0, None, 41.2 * scale, 22.0), (False,) * 4) for name in METHOD_NAMES},
        seconds=range(60),
        events=(EventSales("evt_2025_1001", 2600, 2580, 2580, 2600, 3, 0), EventSales("", 12)),
        sections=(SectionSales("VIP", 26, 31, 31), SectionSales("", 12)),
        slow=[kept(index) for index in range(40)],
        failed=[kept(3, "failed", "INTERNAL", "shard 3 of the store did not answer")],
        processes=[ProcessInfo("local", "local", "runner-1", 4711, cpu_seconds=24.7, final=True)],
    )


def broken() -> Material:
    """A run that failed: a seat sold twice, and too slow."""
    return material(
        "FAIL",
        14.8,
        reasons=[
            "Oversell: 2 seats were sold twice, for certain; 0 are allowed",
            "P95 of all calls is 612 ms (580–655), over 500 ms for 41 of 60 s, worst in CreateReservation",
        ],
        findings=[finding()],
        oversell={"definite": 2, "possible": 1, "contended_seats": 137, "witnesses": [finding()["witness"]]},
    )


def observation(
    name: str, unit: str, series: Mapping[str, tuple[float | None, ...]], panel: str = "", **more: Any
) -> dict[str, Any]:
    """One query to the target's monitoring, as a run file holds it; series are named by the label `pod`."""
    rows = tuple(ObservedSeries({"__name__": "m", "pod": pod}, values) for pod, values in series.items())
    facts = {"name": name, "expr": f"sum by (pod) ({name.lower()})", "unit": unit, "panel": panel or name, "step_s": 1}
    facts |= {"source": "http://prometheus:9090", "asked_ns": T0_NS + 65 * 10**9, "series": rows}
    return Observation(**{**facts, **more}).pack()


def watched() -> Material:
    """The broken run, with what the target's monitoring saw of it: pods, a queue, memory, and a query in vain."""
    work = [0.3 + 0.25 * math.sin(second / 5) + (1.1 if 28 <= second < 36 else 0) for second in range(62)]
    pods = {
        f"ticketing-api-7d9f8b6c5-{end}": tuple(round(value * share + 0.1, 3) for value in work)
        for end, share in (("x2x4z", 1.0), ("m7q2w", 0.8), ("k9d8s", 0.55), ("b3n5v", 0.4))
    }
    queue = tuple(0.0 if second < 29 else max(0.0, 640.0 - 22 * abs(second - 40)) for second in range(62))
    memory = tuple(None if 31 <= second < 34 else 4.1e8 + 2e6 * second for second in range(62))
    rows = [
        observation("CPU of each pod", "cores", pods),
        observation("People waiting", "people", {"": queue}, "Waiting room"),
        observation("Let in at once", "people", {"": tuple(80.0 for _ in range(62))}, "Waiting room"),
        observation("Memory", "bytes", {"": memory}),
        observation("Connections of the database", "", {}, missing="it has no values of the time of the run"),
    ]
    found = broken()
    return dataclasses.replace(found, meta={**found.meta, OBSERVED: rows})


def undecided() -> Material:
    """A run that proves nothing: its generator could not keep up."""
    return material(
        "INCONCLUSIVE",
        2.0,
        reasons=["The generator could not keep up: P99 of its lag is 212 ms, over a tenth of 500 ms"],
    )
