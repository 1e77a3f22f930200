"""What is for sale: events in halls of numbered seats, each seat known by its index and its name.

A hall is sections in order of quality; a section is a run of indexes. Nothing is stored for a seat: its name follows
from its index (`VIP-9-17`: section, row, number; `A-12`: section, number) and back, so that a hundred halls cost
nothing until seats are held. Indexes ascend from the best seat to the plainest.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DEFAULT_HALLS: Mapping[str, int] = {
    "evt_2025_1001": 8_000,
    "evt_2025_1002": 10_000,
    "evt_2025_1003": 12_000,
    "evt_2025_1004": 14_000,
    "evt_2025_1005": 16_000,
    "evt_2025_1006": 18_000,
}
"""The documented events and their seats."""

HOUSE_SEATS = 20
"""Seats of each documented hall that are not for sale, at its end."""


class Layout(NamedTuple):
    """How a section is cut from a hall."""

    section: str
    name: str
    price: int
    """Whole KRW."""
    share: float
    """Of the hall's seats."""
    row: int
    """Seats in a row; 0 where seats are numbered without rows."""


LAYOUT = (
    Layout("VIP", "VIP", 120_000, 0.05, 20),
    Layout("R", "Royal", 100_000, 0.10, 25),
    Layout("S", "Superior", 80_000, 0.15, 30),
    Layout("A", "Block A", 75_000, 0.12, 0),
    Layout("B", "Block B", 70_000, 0.12, 0),
    Layout("C", "Block C", 65_000, 0.12, 0),
    Layout("D", "Block D", 60_000, 0.12, 0),
    Layout("E", "Block E", 55_000, 0.11, 0),
    Layout("F", "Block F", 50_000, 0.11, 0),
)
"""The sections of every hall, best first."""


@dataclass(frozen=True, slots=True)
class Section:
    """A run of seats of one price."""

    id: str
    name: str
    price: int
    first: int
    size: int
    row: int

    @property
    def end(self) -> int:
        """The index behind its last seat."""
        return self.first + self.size

    def numbers(self, offset: int) -> str:
        """Row and number of its seat at an offset, as they stand in the seat's name."""
        return f"{offset // self.row + 1}-{offset % self.row + 1}" if self.row else str(offset + 1)


@dataclass(frozen=True)
class Event:
    """One event and its hall."""

    id: str
    name: str
    sections: tuple[Section, ...]
    blocked: int = 0
    """Seats at the end of the hall that are not for sale."""

    @cached_property
    def size(self) -> int:
        """Seats of the hall."""
        return self.sections[-1].end

    @cached_property
    def by_id(self) -> dict[str, Section]:
        """The sections by their ids."""
        return {section.id: section for section in self.sections}

    @cached_property
    def _firsts(self) -> list[int]:
        return [section.first for section in self.sections]

    def section_of(self, index: int) -> Section:
        """The section that a seat lies in."""
        return self.sections[bisect_right(self._firsts, index) - 1]

    def price_of(self, indexes: Iterable[int]) -> int:
        """What seats cost together, whole KRW."""
        return sum([self.section_of(index).price for index in indexes])

    def place(self, index: int) -> tuple[Section, str, str]:
        """Section, row and number of a seat; the row is empty where there are none."""
        section = self.sections[bisect_right(self._firsts, index) - 1]
        offset = index - section.first
        if not section.row:
            return section, "", str(offset + 1)
        return section, str(offset // section.row + 1), str(offset % section.row + 1)

    def seat(self, index: int) -> str:
        """The name of a seat."""
        section = self.section_of(index)
        return f"{section.id}-{section.numbers(index - section.first)}"

    def index(self, seat: str) -> int | None:
        """The index of a seat's name; None when the hall has no such seat."""
        section_id, _, numbers = seat.partition("-")
        section = self.by_id.get(section_id)
        if section is None:
            return None
        row, _, number = numbers.rpartition("-")
        try:
            offset = int(number[:9]) - 1
            if section.row:
                offset += (int(row[:9]) - 1) * section.row
        except ValueError:
            return None
        return section.first + offset if 0 <= offset < section.size and numbers == section.numbers(offset) else None


def event(event_id: str, seats: int, blocked: int = 0) -> Event:
    """An event with this many seats. Raises ValueError unless some are for sale."""
    if seats <= blocked:
        raise ValueError(f"event {event_id} needs more than {blocked} seats, got {seats}")
    sections: list[Section] = []
    share, first = 0.0, 0
    for layout in LAYOUT:
        share += layout.share
        end = round(seats * share)
        if end > first:
            sections.append(Section(layout.section, layout.name, layout.price, first, end - first, layout.row))
        first = end
    return Event(event_id, f"Live at Taco Hall: {event_id}", tuple(sections), blocked)


def ids(count: int) -> tuple[str, ...]:
    """The ids of the first `count` events: the documented six, then evt_1, evt_2 …"""
    documented = tuple(DEFAULT_HALLS)
    return (*documented, *(f"evt_{number}" for number in range(1, count - len(documented) + 1)))[:count]


def program(event_ids: Iterable[str] = (), seats: int | None = None) -> dict[str, Event]:
    """The events by id: those named, else the documented ones; `seats` each, else their own number or 10,000."""
    chosen = tuple(event_ids) or tuple(DEFAULT_HALLS)
    if seats is not None:
        return {event_id: event(event_id, seats) for event_id in chosen}
    return {event_id: event(event_id, DEFAULT_HALLS.get(event_id, 10_000), HOUSE_SEATS) for event_id in chosen}
