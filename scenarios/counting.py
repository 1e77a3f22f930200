"""What GetInventoryStatus counts of an event: plain numbers for the run file, the same before the load and after it."""

from __future__ import annotations

from typing import Any

from scenarios.grpc_ticketing.claims import nanoseconds

_WORDS = ("total", "available", "reserved", "sold", "blocked")


def counted(said: Any) -> dict[str, Any]:
    """Returns `{total, available, reserved, sold, blocked}`, and the same for each of its `sections`, where told.

    Beside them `as_of_ns`, where the answer says when it was counted (Unix time by the platform's clock).
    Empty where the answer gives no figures of the event.
    """
    if not said.HasField("stats"):
        return {}
    sections = {part.section_id or part.section_name: _seats(part) for part in said.sections}
    as_of_ns = nanoseconds(said.stats.last_updated)
    told: dict[str, Any] = _seats(said.stats) | ({"sections": sections} if sections else {})
    return told | ({"as_of_ns": as_of_ns} if as_of_ns else {})


def _seats(told: Any) -> dict[str, int]:
    return {word: getattr(told, f"{word}_seats") for word in _WORDS}
