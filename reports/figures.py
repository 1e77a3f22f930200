"""The figures of a run that are not latencies: defined once, used by objectives, guards, verdict and report.json.

T0 is the first planned instant and second 0 begins there; what lies before is pre-flight, what lies at or after the
planned duration is the drain. Rates are counted inside the planned duration and divided by it.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from contracts.outcomes import UNSENT_CODE, harness_at_fault
from reports.audit.totals import contended_seats, totals
from reports.calls import RESPONSE, Calls, Cell, is_served, is_unanswered, split
from reports.distribution import Distribution
from tacorush.evidence.records import HELD_BACK, PREFLIGHT, READBACK, WIRE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.audit.history import History
    from reports.evidence_view import Evidence
    from tacorush.evidence.records import ArrivalSecond, ProcessInfo

LAG, START_DELAY = "generator.lag", "generator.start_delay"
JOURNEY, JOURNEY_TOTAL, ADMISSION_WAIT = "journey.", "journey.total", "journey.admission_wait"
PAYING = "paying"
"""Code of the journeys that mean to buy."""
TICKET = "ticket"
"""How a journey ends that got what it came for."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What became of the planned arrivals."""

    planned: int = 0
    started: int = 0
    late: int = 0
    dropped: int = 0
    first_late_s: int | None = None
    """The first second for which an arrival was planned that came late; None when none did."""
    first_dropped_s: int | None = None

    @classmethod
    def of(cls, rows: Sequence[ArrivalSecond]) -> Arrivals:
        """Adds up seconds, each of which may come once for each process."""
        return cls(
            planned=sum(row.planned for row in rows),
            started=sum(row.started for row in rows),
            late=sum(row.late for row in rows),
            dropped=sum(row.dropped for row in rows),
            first_late_s=min((row.second for row in rows if row.late), default=None),
            first_dropped_s=min((row.second for row in rows if row.dropped), default=None),
        )


@dataclass(frozen=True)
class Figures:
    """A run in numbers."""

    meta: Mapping[str, Any]
    calls: Calls
    """All of them."""
    arrivals: Arrivals = Arrivals()
    lag: Distribution = field(default_factory=lambda: Distribution.of(()))
    start_delay: Distribution = field(default_factory=lambda: Distribution.of(()))
    """How late each journey began, of those that did."""
    begun: int = 0
    """Journeys that began inside the planned duration: fewer than started when a generator falls behind."""
    stations: Calls = field(default_factory=lambda: Calls(()))
    """The times that journeys took, cell by cell: their measures are no methods but `journey.…`."""
    orders: int = 0
    """Reservations known to be confirmed."""
    seats_sold: int = 0
    contended_seats: int = 0
    claims: int = 0
    arrival_seconds: Sequence[ArrivalSecond] = field(default=())
    processes: Sequence[ProcessInfo] = field(default=())
    rpcs_answered: int = 0
    """Calls answered inside the planned duration, of journeys and the read-back."""
    wire: Mapping[str, float] = field(default_factory=dict)
    """What went over connections, by the counters' names without `wire.`; empty where the transport does not tell."""
    own: Sequence[Cell] = field(default=())
    """The cells that count no calls: times of journeys, and the generator's own."""
    held_back: int = 0
    """Calls that were not sent because the target's own load limit forbade them."""
    readback: Mapping[str, int] = field(default_factory=dict)
    """How the reading back at the end went: asked, answered, unasked, not_due; empty where there was none."""

    def between(self, from_s: int, to_s: float) -> Figures:
        """The same of what was answered, and of the arrivals planned, from `from_s` until before `to_s` alone."""
        rows = [row for row in self.arrival_seconds if from_s <= row.second < to_s]
        return replace(
            self,
            calls=self.calls.between(from_s, to_s),
            stations=self.stations.between(from_s, to_s),
            arrivals=Arrivals.of(rows),
            arrival_seconds=rows,
        )

    @cached_property
    def endings(self) -> Mapping[tuple[str, str, str], int]:
        """How many journeys by (kind, ending, paying or browsing)."""
        counted: Counter[tuple[str, str, str]] = Counter()
        for cell in self.stations.cells:
            key = cell.key
            if key.measure == JOURNEY_TOTAL and key.clock == RESPONSE:
                counted[key.journey, key.outcome, key.code] += cell.tally.count
        return dict(sorted(counted.items()))

    @property
    def step_s(self) -> int:
        """How many seconds of the calls were read as one, under the first of them; 1 but in long runs."""
        return int(self.meta.get("step_s") or 1)

    @property
    def duration_s(self) -> float:
        """The planned duration."""
        return float(self.meta.get("duration_s") or 0)

    @property
    def driven_s(self) -> float:
        """How long the load lasted: the planned duration, unless the run ended before."""
        ended = self.meta.get("ended")
        if ended:
            end = float(ended.get("at_ns", 0) - self.meta.get("t0_ns", 0)) / 1e9
        else:
            end = max((cell.key.second for cell in self.journeys.cells), default=-self.step_s) + self.step_s
        return max(0.0, min(self.duration_s or end, end))

    @property
    def open_loop(self) -> bool:
        """Arrivals were planned; in a closed loop nobody plans any."""
        return self.meta.get("mode") != "closed"

    @property
    def journeys(self) -> Calls:
        """The calls of journeys alone."""
        return self.calls.of_journeys

    @property
    def counted(self) -> Calls:
        """The calls of journeys and of the read-back."""
        return self.calls.where(lambda key: key.journey != PREFLIGHT)

    @property
    def other(self) -> Calls:
        """The calls of the pre-flight."""
        return self.calls.where(lambda key: key.journey == PREFLIGHT)

    @property
    def paying(self) -> int:
        """Journeys that ended and meant to buy."""
        return sum(count for (_, _, purpose), count in self.endings.items() if purpose == PAYING)

    @property
    def paying_endings(self) -> Counter[str]:
        """How the journeys ended that meant to buy."""
        counted: Counter[str] = Counter()
        for (_, ending, purpose), count in self.endings.items():
            if purpose == PAYING:
                counted[ending] += count
        return counted

    @property
    def achieved_share(self) -> float | None:
        """Journeys started ÷ arrivals planned; None where none was planned."""
        planned = self.arrivals.planned
        return self.arrivals.started / planned if self.open_loop and planned else None

    @property
    def cpu_seconds(self) -> float:
        """User and system CPU of all generator processes, from T0 to the end of the drain."""
        return sum(process.cpu_seconds for process in self.processes)

    @property
    def lost(self) -> list[str]:
        """The processes that stopped answering before they had sent everything."""
        return sorted(process.process for process in self.processes if process.lost)

    @property
    def silence(self) -> tuple[int, int] | None:
        """The second from which on no call of a journey was answered any more, and how many went so; None if none."""
        calls, missing = self.journeys.per_second(is_served), self.journeys.per_second(is_unanswered)
        answered = max((second for second, count in calls.items() if count > missing[second]), default=None)
        after = [second for second in calls if answered is not None and second > answered]
        return (min(after), sum(calls[second] for second in after)) if after else None

    @property
    def unserved(self) -> list[str]:
        """The methods that the scenario needs and the target does not serve: the pre-flight or every answer says so."""
        said = {str(name) for name in (self.meta.get("preflight") or {}).get("unserved") or ()}
        return sorted(said | {name for name, calls in self.journeys.by_method.items() if not calls.served})

    @property
    def harness_faults(self) -> Counter[tuple[str, str]]:
        """How many journeys' calls failed by the harness' or the contract's fault, by (method, code)."""
        counted: Counter[tuple[str, str]] = Counter()
        for cell in self.journeys.counted:
            if harness_at_fault(cell.key.outcome, cell.key.code):
                counted[cell.key.measure, cell.key.code] += cell.tally.count
        return counted


def figures(evidence: Evidence, history: History) -> Figures:
    """Adds up a run."""
    meta, arrivals = evidence.meta, list(evidence.arrivals())
    calls, own = split(evidence.cells())
    cells = [(cell.key, cell.tally) for cell in own]
    duration_s = float(meta.get("duration_s") or 0)
    bought = totals(history.table)
    counted = calls.where(lambda key: key.journey != PREFLIGHT).between(0, duration_s)
    return Figures(
        meta=meta,
        calls=calls,
        arrivals=Arrivals.of(arrivals),
        lag=Distribution.of([tally for key, tally in cells if key.measure == LAG and key.second >= 0]),
        start_delay=Distribution.of([tally for key, tally in cells if key.measure == START_DELAY]),
        begun=sum(
            tally.count
            for key, tally in cells
            if key.measure == START_DELAY and 0 <= key.second < math.ceil(duration_s)
        ),
        stations=Calls([cell for cell in own if cell.key.measure.startswith(JOURNEY)]),
        arrival_seconds=arrivals,
        orders=bought.orders,
        seats_sold=bought.seats_sold,
        contended_seats=contended_seats(history.table),
        claims=len(history.table),
        processes=sorted(evidence.processes(), key=lambda process: process.process),
        own=own,
        wire={name.removeprefix(WIRE): n for name, n in evidence.counters().items() if name.startswith(WIRE)},
        held_back=round(evidence.counters().get(HELD_BACK, 0)),
        readback=_parts(evidence.counters(), READBACK),
        rpcs_answered=sum(
            count for (outcome, code), count in counted.codes.items() if outcome != "unknown" and code != UNSENT_CODE
        ),
    )


def _parts(counters: Mapping[str, float], whole: str) -> dict[str, int]:
    """The counters `whole.…` by what stands behind the point."""
    beginning = f"{whole}."
    return {name.removeprefix(beginning): round(n) for name, n in counters.items() if name.startswith(beginning)}
