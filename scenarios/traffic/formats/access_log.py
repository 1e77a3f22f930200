"""Access logs of web servers, in the Common or the Combined form, as Apache and nginx write them.

    common     127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326
    combined   the same, then "referrer" "user agent"

What else stands on a line, before or after, is let be. Each line is one request; every request counts, whatever the
answer was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scenarios.traffic.formats.format import Head, Reading, Wanted
from scenarios.traffic.instants import Instants

if TYPE_CHECKING:
    from scenarios.traffic.source import Source

_QUOTED = r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
"""Unrolled: a choice at every character is three times as slow."""
_COMMON = rf"[^\[\n]*\[([^\]\n]*)\] {_QUOTED} \d\d\d (?:\d+|-)"
_COMBINED = rf"{_COMMON} {_QUOTED} {_QUOTED}"
_FORMS = {
    "common": (_COMMON, 'HOST IDENT USER [31/Jan/2026:13:00:00 +0100] "REQUEST" STATUS BYTES'),
    "combined": (
        _COMBINED,
        'HOST IDENT USER [31/Jan/2026:13:00:00 +0100] "REQUEST" STATUS BYTES "REFERRER" "USER AGENT"',
    ),
}
_MOST = 0.5
"""The share of the first lines that must have the form."""


@dataclass(frozen=True, slots=True)
class AccessLog:
    """One of the two forms, by name."""

    name: str

    takes = frozenset({"match"})

    @property
    def says(self) -> str:
        """What it is."""
        return f"access log in the {self.name.capitalize()} form (Apache, nginx)"

    def recognise(self, head: Head) -> str:
        """By the first lines; one that has the Combined form is not called Common."""
        combined = _fitting(_COMBINED, head)
        fitting = combined if self.name == "combined" else _fitting(_COMMON, head) - combined
        if not head.lines or fitting < _MOST * len(head.lines):
            return ""
        more = ' "referrer" "user agent"' if self.name == "combined" else ""
        return f'{fitting} of the first {len(head.lines)} lines have [time] "request" status bytes{more}'

    def read(self, source: Source, wanted: Wanted) -> Reading:
        """Counts every line at its time."""
        pattern, form = _FORMS[self.name]
        fits, instants, tally = re.compile(pattern.encode()).match, Instants(wanted.zone), wanted.tally()
        stamp, at_ns, unmatched = b"", 0, 0
        for line in source:
            found = fits(line)
            if found is None:
                source.broken("request", repr(line.rstrip().decode(errors="replace")), form)
                continue
            if wanted.match is not None and wanted.match.search(line) is None:
                unmatched += 1
                continue
            if found[1] != stamp:
                try:
                    at_ns, stamp = instants.log_ns(found[1].decode(errors="replace")), found[1]
                except ValueError:
                    source.broken("time", repr(found[1].decode(errors="replace")), "31/Jan/2026:13:00:00 +0100")
                    continue
            tally.add(at_ns)
        reading = Reading(tally, "requests by the time of their line")
        reading.notes.append("that time is when a request came in (Apache) or when it was answered (nginx)")
        if wanted.match is not None:
            reading.skipped.append(f"{unmatched:,} lines without {wanted.match.pattern.decode()!r}")
        return reading


def _fitting(pattern: str, head: Head) -> int:
    return sum(re.match(pattern, line) is not None for line in head.lines)
