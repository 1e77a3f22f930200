"""What a platform's inventory counts of its events, before the load and after it, as the run file keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Counts(NamedTuple):
    """Seats by status, as one answer gives them."""

    total: int
    available: int
    reserved: int
    sold: int
    blocked: int

    @property
    def taken(self) -> int:
        """Seats that somebody holds or has bought."""
        return self.reserved + self.sold

    @property
    def sum(self) -> int:
        """What the counters come to."""
        return self.available + self.reserved + self.sold + self.blocked


class Inventory(NamedTuple):
    """What was counted of an event; None where the platform did not say."""

    before: Counts | None
    after: Counts | None
    as_of_ns: int = 0
    """When `after` was counted by the platform's own clock, Unix time; 0 where it does not say."""


def inventory_of(meta: Mapping[str, Any]) -> dict[str, Inventory]:
    """Returns event to its counts, by what a run file holds: pre-flight and `inventory_after`."""
    before = (meta.get("preflight") or {}).get("counters") or {}
    after = meta.get("inventory_after") or {}
    return {
        str(event): Inventory(
            _counts(before.get(event)), _counts(after.get(event)), int((after.get(event) or {}).get("as_of_ns") or 0)
        )
        for event in {**before, **after}
    }


def sections_of(meta: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Returns for each event the seats that each of its sections was said to have before the load."""
    events = (meta.get("preflight") or {}).get("events") or []
    return {
        str(event["id"]): {
            str(section["name"]): int(section["total"])
            for section in event.get("sections") or ()
            if section.get("name") and section.get("total")
        }
        for event in events
    }


def _counts(told: Mapping[str, Any] | None) -> Counts | None:
    return Counts(*(int(told.get(name) or 0) for name in Counts._fields)) if told else None
