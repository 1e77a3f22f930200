"""What GetInventoryStatus counts of an event: plain numbers for the run file, the same before the load and after it."""

from __future__ import annotations

from typing import Any

_WORDS = ("total", "available", "reserved", "sold", "blocked")


def counted(said: Any) -> dict[str, Any]:
    """Returns `{total, available, reserved, sold, blocked}`, and the same for each of its `sections`, where told.

    Empty where the answer gives no figures of the event.
    """
    if not said.HasField("stats"):
        return {}
    sections = {part.section_id or part.section_name: _seats(part) for part in said.sections}
    return _seats(said.stats) | ({"sections": sections} if sections else {})


def _seats(told: Any) -> dict[str, int]:
    return {word: getattr(told, f"{word}_seats") for word in _WORDS}
