"""What a format is, what can be asked of it, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, NamedTuple, Protocol

from scenarios.traffic.record import SECOND_NS
from scenarios.traffic.source import HEAD_BYTES
from scenarios.traffic.tally import Tally

if TYPE_CHECKING:
    import re

    from scenarios.traffic.source import Source

SHOWN_LINES = 20
"""Lines of the head by which a format is told."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked of an import; None where the format decides."""

    interval_ns: int | None = None
    from_ns: int | None = None
    """Only what came at this instant or later."""
    to_ns: int | None = None
    """Only what came before this instant."""
    zone: tzinfo = UTC
    """The zone of times that name none."""
    time_field: str | None = None
    count_field: str | None = None
    metric: str | None = None
    series: str | None = None
    match: re.Pattern[bytes] | None = None
    """Only lines in which this is found."""

    def tally(self, native_ns: int = SECOND_NS, origin_ns: int = 0) -> Tally:
        """What to count into: the interval asked for, else the format's own."""
        return Tally(self.interval_ns or native_ns, origin_ns, self.from_ns, self.to_ns)


@dataclass(slots=True)
class Reading:
    """What a format found: the counts, and every sentence that a person needs to know what was counted."""

    tally: Tally
    counted: str
    """What one of the counted things is: `requests by the time of their line`."""
    notes: list[str] = field(default_factory=list)
    """What was assumed, and how exact it is."""
    skipped: list[str] = field(default_factory=list)
    """What stood there and was not counted."""
    dated: bool = True
    """False where the times count from the start."""


class Head(NamedTuple):
    """The beginning of a file."""

    data: bytes
    lines: tuple[str, ...]
    """Its first whole lines without their ends, blank ones left out; at most SHOWN_LINES."""

    @classmethod
    def of(cls, data: bytes) -> Head:
        """Parts the first bytes of a file into lines; the last is left out where it may be cut."""
        parts = data.decode("utf-8-sig", errors="replace").split("\n")
        if len(parts) > 1 and len(data) >= HEAD_BYTES:
            del parts[-1]
        lines = (part.rstrip("\r") for part in parts)
        return cls(data, tuple(line for line in lines if line.strip())[:SHOWN_LINES])

    @property
    def first(self) -> str:
        """The first line; empty when there is none."""
        return self.lines[0] if self.lines else ""


class Format(Protocol):
    """One kind of record."""

    @property
    def name(self) -> str:
        """What `--format` calls it."""
        ...

    @property
    def says(self) -> str:
        """What it is, in a few words."""
        ...

    @property
    def takes(self) -> frozenset[str]:
        """Which of `time_field`, `count_field`, `metric`, `series` and `match` it knows."""
        ...

    def recognise(self, head: Head) -> str:
        """Says on what grounds a file with this head is one of these; empty when it is none."""
        ...

    def read(self, source: Source, wanted: Wanted) -> Reading:
        """Counts a whole file; raises TrafficError for what cannot be understood."""
        ...
