"""JSON lines: an object a line, one of whose fields is the time of a request, as log shippers and nginx write them.

`--time-field` names the field, with dots for objects in objects; without it the one that has a usual name is taken,
and two of these are refused.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from scenarios.traffic.formats.format import Head, Reading, Wanted
from scenarios.traffic.instants import ALLOWED, Instants
from scenarios.traffic.record import TrafficError

if TYPE_CHECKING:
    from scenarios.traffic.source import Source

USUAL = ("@timestamp", "timestamp", "time", "ts", "time_iso8601", "time_local", "msec", "start_time", "date")
"""Names that the field of the time has when nobody says."""


class JsonLines:
    """Objects with a field that holds a time."""

    name = "jsonl"
    says = "JSON lines with the time in a field (--time-field)"
    takes = frozenset({"time_field", "match"})

    def recognise(self, head: Head) -> str:
        """By the first line."""
        return "its first line is a JSON object" if _object(head.first) is not None else ""

    def read(self, source: Source, wanted: Wanted) -> Reading:
        """Counts every line at the time that its field holds."""
        name = wanted.time_field or _usual_field(source)
        path, instants, tally, unmatched = name.split("."), Instants(wanted.zone), wanted.tally(), 0
        for line in source:
            if wanted.match is not None and wanted.match.search(line) is None:
                unmatched += 1
                continue
            content = _object(line)
            if content is None:
                source.broken("line", repr(line.rstrip().decode(errors="replace")), "a JSON object")
                continue
            value = _within(content, path)
            try:
                tally.add(instants.ns(value))
            except ValueError as failure:
                if isinstance(failure, TrafficError):
                    raise
                source.broken(name, repr(value) if value else f"nothing, among {_names(content)}", ALLOWED)
        reading = Reading(tally, f"lines by their field {name}", dated=instants.dated)
        reading.notes += instants.assumptions()
        if wanted.match is not None:
            reading.skipped.append(f"{unmatched:,} lines without {wanted.match.pattern.decode()!r}")
        return reading


def _usual_field(source: Source) -> str:
    content = _object(Head.of(source.head).first) or {}
    usual = [name for name in USUAL if name in content]
    if len(usual) == 1:
        return usual[0]
    found = f"{' and '.join(usual)}, either of which may be it" if usual else _names(content)
    raise TrafficError(f"{source.name}, line 1: the field of the time: found {found}; say which with --time-field")


def _object(line: str | bytes) -> dict[str, Any] | None:
    try:
        # Numbers stay text, so that a time is read with all its decimals.
        content = json.loads(line, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _within(content: dict[str, Any], path: list[str]) -> str:
    value: Any = content
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def _names(content: dict[str, Any]) -> str:
    return ", ".join(content) or "no field at all"
