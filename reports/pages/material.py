"""What the pages show, as plain values: the summary (`report.json`) and what is too large or too visual for it.

Nothing here knows where the values come from. Times are milliseconds, instants are seconds from T0, and a figure
that was not measured is None; no field is filled with a guess.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tacorush.evidence.records import KeptCall, ProcessInfo

OUTCOMES = ("ok", "refused", "failed", "unknown", "unimplemented")
"""The outcomes of calls, in the order in which they are shown."""

ENDINGS: tuple[tuple[str, str], ...] = (
    ("ticket", "got a ticket"),
    ("sold_out", "found it sold out"),
    ("not_admitted", "was not admitted"),
    ("limited", "was rate-limited"),
    ("refused", "was refused otherwise"),
    ("left", "left on its own"),
    ("expired", "let the hold run out"),
    ("cancelled", "cancelled"),
    ("failed", "met an error"),
    ("unknown", "never learned how it ended"),
    ("let_in", "got in without a turn"),
    ("unfinished", "was still under way at the end"),
)
"""How a journey can end, with the words for it, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Percentile:
    """One percentile over time: a value for each step, None where no call was answered."""

    values: tuple[float | None, ...]
    censored: tuple[bool, ...]
    """Where the value is only a lower bound: it fell among the calls that hit their deadline."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time that the charts shade and name; one without a length is a line."""

    name: str
    start_s: float
    """From T0."""
    end_s: float
    shaded: bool = True
    """Phases follow each other: shaded are those in between, of the others the name stands alone."""


@dataclass(frozen=True, slots=True)
class Series:
    """The run over time, in steps of whole seconds; every tuple has one entry a step."""

    starts: tuple[int, ...]
    """The first second of each step, from T0."""
    width_s: int
    """How many seconds a step covers."""
    planned: tuple[float, ...]
    """Arrivals a second."""
    started: tuple[float, ...]
    late: tuple[float, ...]
    dropped: tuple[float, ...]
    outcomes: Mapping[str, tuple[float, ...]]
    """Calls answered a second, by outcome."""
    response: Mapping[str, Percentile]
    """By name: p50, p95, p99."""
    service: Mapping[str, Percentile]
    lag_ms: tuple[float | None, ...] = ()
    """The largest lag of the generator's own loop; empty when it was not measured."""
    spans: tuple[Span, ...] = ()
    """What the time was about."""


@dataclass(frozen=True, slots=True)
class Times:
    """How the times of all calls of journeys are distributed, on one clock."""

    percentiles: tuple[tuple[float, float], ...]
    """Rank in (0, 1) and the time in ms that it does not exceed, rising; ends before the censored calls."""
    edges: tuple[float, ...]
    """Bounds of the histogram's bars in ms, rising, one more than there are bars."""
    counts: tuple[int, ...]
    censored: int = 0
    """Calls that hit their deadline: above every bar, whatever their number says."""
    deadline_ms: float | None = None
    """The largest deadline that was hit."""


@dataclass(frozen=True, slots=True)
class Heat:
    """How many calls took how long, when: calls answered a second, by step and bar."""

    starts: tuple[int, ...]
    """The first second of each step, from T0."""
    width_s: int
    edges: tuple[float, ...]
    """Bounds of the bars in ms, rising, one more than there are bars."""
    rates: tuple[tuple[float, ...], ...]
    """For each step the rate of each bar."""


@dataclass(frozen=True, slots=True)
class Step:
    """A station of the way to a ticket, and how many journeys came so far."""

    name: str
    journeys: int
    lost: tuple[tuple[str, int], ...] = ()
    """Kinds of journeys that came no farther than the station before, most first."""


@dataclass(frozen=True, slots=True)
class EventSales:
    """What was sold of one event; what the platform did not tell is None."""

    event: str
    """Empty for orders whose event nobody named."""
    sold: int
    """Seats of known orders."""
    seats: int | None = None
    free_before: int | None = None
    sold_after: int | None = None
    held_after: int | None = None
    free_after: int | None = None


@dataclass(frozen=True, slots=True)
class SectionSales:
    """What was sold of the sections of one name, over all events."""

    section: str
    """Empty for seats whose names tell none."""
    sold: int
    seats: int | None = None
    free_before: int | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """All that a page shows of one run."""

    summary: Mapping[str, Any]
    """The run's report.json."""
    meta: Mapping[str, Any]
    """What the run file says about the run: options, versions, addresses, how it ended."""
    series: Series
    response: Times
    service: Times
    funnel: tuple[Step, ...] = ()
    endings: Mapping[str, int] = field(default_factory=dict)
    """Journeys by ending."""
    heat: Heat | None = None
    lines: Mapping[str, Percentile] = field(default_factory=dict)
    """P95 of the response time of each method over time, by its full name, in fewer steps than `series` has."""
    seconds: range = range(0)
    """All seconds that charts cover, from T0."""
    events: tuple[EventSales, ...] = ()
    sections: tuple[SectionSales, ...] = ()
    slow: Sequence[KeptCall] = ()
    """The slowest calls of all methods, the slowest first."""
    failed: Sequence[KeptCall] = ()
    """Failed calls, the first first."""
    processes: Sequence[ProcessInfo] = ()
