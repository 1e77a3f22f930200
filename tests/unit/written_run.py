"""A healthy run written down by hand, and the ways to make it worse: evidence for the tests of figures and verdicts.

40 seconds of 25 journeys a second, each with every buying step once: 200 orders for as many seats, on quick answers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reports.judgement import judge_evidence
from reports.objectives.file import load, read
from tacorush.evidence.histogram import Histogram
from tacorush.evidence.records import ArrivalSecond, CellKey, Claim, KeptCall, ProcessInfo
from tests.unit.told_claims import EVENT, T0_NS, bought

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.judgement import Judgement

MS = 10**6
SECONDS = 40
JOIN = "gateway.v1.QueueService/JoinQueue"
CREATE = "reservation.v1.ReservationService/CreateReservation"
CHECK = "reservation.v1.InventoryService/CheckAvailability"
STEPS = (
    JOIN,
    "gateway.v1.QueueService/GetQueueStatus",
    "gateway.v1.QueueService/RequestAdmission",
    CHECK,
    CREATE,
    "payment.v1.PaymentService/CreatePaymentIntent",
    "payment.v1.PaymentService/ProcessPayment",
    "payment.v1.PaymentService/GetPaymentStatus",
    "reservation.v1.ReservationService/ConfirmReservation",
    "reservation.v1.ReservationService/GetReservation",
)
PRODUCTION = "slo/production.yaml"


def times(*values_ms: float) -> Histogram:
    """A histogram of times in milliseconds."""
    return Histogram(round(value * MS) for value in values_ms)


@dataclass
class Written:
    """Evidence written down by hand."""

    meta: dict[str, Any] = field(default_factory=dict)
    written_cells: list[tuple[CellKey, Histogram]] = field(default_factory=list)
    written_claims: list[Claim] = field(default_factory=list)
    written_arrivals: list[ArrivalSecond] = field(default_factory=list)
    written_processes: list[ProcessInfo] = field(default_factory=list)
    written_counters: dict[str, float] = field(default_factory=dict)

    def cells(self) -> list[tuple[CellKey, Histogram]]:
        return self.written_cells

    def claims(self) -> list[Claim]:
        return self.written_claims

    def calls(self) -> list[KeptCall]:
        return []

    def arrivals(self) -> list[ArrivalSecond]:
        return self.written_arrivals

    def processes(self) -> list[ProcessInfo]:
        return self.written_processes

    def counters(self) -> dict[str, float]:
        return self.written_counters

    def call(
        self,
        second: int,
        *values_ms: float,
        method: str = JOIN,
        outcome: str = "ok",
        code: str = "OK",
        kind: str = "buyer",
    ) -> Written:
        """Adds calls that were answered in one second, with the same times on both clocks."""
        counted = times(*values_ms)
        for clock in ("response", "service"):
            self.written_cells.append((CellKey(second, method, kind, outcome, code, clock), counted))
        return self

    def journeys(self, count: int, ending: str = "ticket", purpose: str = "paying", kind: str = "buyer") -> Written:
        """Adds journeys that ended so."""
        key = CellKey(1, "journey.total", kind, ending, purpose, "response")
        self.written_cells.append((key, times(*[100.0] * count)))
        return self

    def started(self, second: int, *delays_ms: float) -> Written:
        """Adds journeys that began in one second, so long after their planned instants."""
        key = CellKey(second, "generator.start_delay", "", "", "", "response")
        self.written_cells.append((key, times(*delays_ms)))
        return self

    def lag(self, *values_ms: float) -> Written:
        """Adds measurements of the loop's lag."""
        self.written_cells.append((CellKey(1, "generator.lag", "", "", "", "service"), times(*values_ms)))
        return self


def healthy(seconds: int = SECONDS) -> Written:
    """A run that keeps every promise."""
    run = Written(
        meta={
            "schema_version": 1,
            "run_id": "flow-1",
            "scenario": "flow",
            "seed": 7,
            "target": "127.0.0.1:50051",
            "t0_ns": T0_NS,
            "duration_s": seconds,
            "mode": "open",
            "rate": 25.0,
            "time_scale": 1.0,
            "slo": PRODUCTION,
            "preflight": {"events": [{"id": EVENT, "total": 1000}], "shortages": [], "unserved": [], "warnings": []},
            "ended": {"how": "completed", "at_ns": T0_NS + (seconds + 2) * 10**9, "reason": ""},
        }
    )
    for second in range(seconds):
        run.written_arrivals.append(ArrivalSecond(second, planned=25, started=25))
        run.started(second, *[0.1] * 25)
        for method in STEPS:
            run.call(second, *[10.0 + (second + number) % 7 for number in range(25)], method=method)
    for number in range(200):
        run.written_claims += bought(f"rsv_{number}", f"ord_{number}", f"A-{number}", number * 100)
    run.journeys(950).journeys(30, "left", "browsing").lag(*[0.3] * 200)
    run.written_processes.append(ProcessInfo("local", "local", "here", 1, cpu_seconds=5.0, final=True))
    return run


def judged(run: Written, *expressions: str, slo: str = PRODUCTION) -> Judgement:
    """Judges a run, by a file of objectives or by `metric expression` lines of its own."""
    if not expressions:
        return judge_evidence(run, load(slo))
    rows = [each.split(" ", 2) for each in expressions]
    return judge_evidence(run, read("objectives:\n" + "\n".join(_rows(rows)), "here"))


def _rows(rows: Iterable[list[str]]) -> Iterable[str]:
    for metric, expression, *where in rows:
        filtered = f", where: {where[0]}" if where else ""
        yield f"  - {{name: {metric}, metric: {metric}, expression: '{expression}'{filtered}}}"
