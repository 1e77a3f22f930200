"""A run at one moment, as plain values: what the terminal's screen and the live page show, and nothing else goes in.

Times are milliseconds, instants whole seconds from T0; what was not measured is None and no filled-in guess.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reports.distribution import NOT_MEASURED, Figure

READY, DRIVING, DRAINING, ENDED = "getting ready", "driving", "draining", "ended"
"""The stages of a run: before T0; people come; nobody comes any more, those inside may end; the file is complete."""
RECENT_S = 10
"""What is told of lately is told of so many seconds."""

OPEN, LATER = "open", "later"
"""How an objective stands that is not decided yet; and one that only the audit at the end can decide."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How one objective stands."""

    name: str
    asked: str
    """`< 500 ms`."""
    measured: str
    """`12.4 ms`, a dash where nothing was measured."""
    state: str
    """PASS or FAIL, as the verdict would have it if the run ended now; OPEN, LATER; at the end as in the verdict."""
    why: str = ""
    """In words with the figures."""


@dataclass(frozen=True, slots=True)
class Station:
    """How many journeys came so far on the way to a ticket."""

    name: str
    journeys: int


@dataclass(frozen=True, slots=True)
class Course:
    """The run so far in steps of whole seconds; every tuple has one entry a step."""

    starts: tuple[int, ...] = ()
    width_s: int = 1
    planned: tuple[float, ...] = ()
    """Arrivals a second."""
    started: tuple[float, ...] = ()
    p50: tuple[float | None, ...] = ()
    """Response times, in ms; of one that fell among calls that hit their deadline its lower bound."""
    p95: tuple[float | None, ...] = ()
    p99: tuple[float | None, ...] = ()
    errors: tuple[float | None, ...] = ()
    """Share of the calls."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The final verdict."""

    verdict: str
    headline: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A run at one moment."""

    scenario: str = ""
    target: str = ""
    release: str = ""
    stage: str = READY
    part: str = ""
    """The phase of the arrivals that is on; empty between phases and where there is one alone."""
    second: int = 0
    duration_s: int = 0
    """Planned; 0 where the end is open."""
    planned_per_s: float | None = None
    """Arrivals of the last seconds; so the next two."""
    achieved_per_s: float | None = None
    calls_per_s: float | None = None
    p50: Figure = NOT_MEASURED
    """Response times of the last seconds; so the next two."""
    p95: Figure = NOT_MEASURED
    p99: Figure = NOT_MEASURED
    recent_errors: float | None = None
    """Share of the calls of the last seconds that failed or told nothing; the next of all so far."""
    errors: float | None = None
    calls: int = 0
    planned: int = 0
    started: int = 0
    late: int = 0
    dropped: int = 0
    oversold: int = 0
    """Seats that were seen with two orders."""
    sold: int = 0
    """Seats that have an order."""
    stations: tuple[Station, ...] = ()
    standings: tuple[Standing, ...] = ()
    course: Course = field(default=Course())
    limit_ms: float | None = None
    """What the objective about P95 of all calls asks for."""
    outcome: Outcome | None = None

    @property
    def left_s(self) -> int | None:
        """Seconds until nobody comes any more; None where the end is open."""
        return max(0, self.duration_s - self.second) if self.duration_s else None
