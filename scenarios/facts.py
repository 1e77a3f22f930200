"""What has been learned of a target's events before the load: the only source of event, section and seat names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SectionFacts:
    """A section as the platform names it, with the seats it has and had free."""

    name: str
    total: int = 0
    available: int = 0


@dataclass(frozen=True, slots=True)
class EventFacts:
    """An event on sale, as far as the platform told."""

    id: str
    name: str = ""
    total: int = 0
    available: int = 0
    """Seats free before the load; 0 with `total` 0 when the platform does not say."""
    sections: tuple[SectionFacts, ...] = ()
    seats: tuple[str, ...] = ()
    """Seats heard of before the load, sorted; empty unless the scenario's people come for certain seats."""

    def pack(self) -> list[Any]:
        """Returns plain values for `unpack`."""
        sections = [[section.name, section.total, section.available] for section in self.sections]
        return [self.id, self.name, self.total, self.available, sections, list(self.seats)]

    @classmethod
    def unpack(cls, packed: list[Any]) -> EventFacts:
        """Returns the facts that `pack` made plain."""
        event, name, total, available, sections, seats = packed
        return cls(event, name, total, available, tuple(SectionFacts(*section) for section in sections), tuple(seats))

    def as_meta(self) -> dict[str, Any]:
        """Returns what the run file keeps of an event: `{id, name, total, available, sections}`."""
        sections = [
            {"name": section.name, "total": section.total, "available": section.available} for section in self.sections
        ]
        return {
            "id": self.id,
            "name": self.name,
            "total": self.total,
            "available": self.available,
            "sections": sections,
        }
