"""Results of vegeta as `vegeta encode --to csv` writes them: no header, a hit a line, its start in nanoseconds first.

    start_ns,code,latency_ns,bytes_out,bytes_in,"error",body,attack,sequence,method,url,headers

The error is the one field that may hold line ends; a line that continues a quoted field is no hit.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scenarios.traffic.formats.format import Head, Reading, Wanted

if TYPE_CHECKING:
    from scenarios.traffic.source import Source

_HIT = re.compile(r"(\d{18,19}),(\d{1,3}),\d+,\d+,\d+,")
_HIT_BYTES = re.compile(_HIT.pattern.encode())
_FORM = "start_ns,code,latency_ns,bytes_out,bytes_in,error,…"


class VegetaCsv:
    """Hits by when they were sent."""

    name = "vegeta"
    says = "vegeta results, from `vegeta encode --to csv`"
    takes = frozenset({"match"})

    def recognise(self, head: Head) -> str:
        """By the first five fields of the first line."""
        return "its first line begins with a start in ns, a status and three counts" if _HIT.match(head.first) else ""

    def read(self, source: Source, wanted: Wanted) -> Reading:
        """Counts every hit at its start, answered or not."""
        tally, unanswered, unmatched = wanted.tally(), 0, 0
        quoted = False
        for line in source:
            begins, quoted = not quoted, quoted ^ line.count(b'"') % 2 == 1
            if not begins:
                continue
            hit = _HIT_BYTES.match(line)
            if hit is None:
                source.broken("hit", repr(line.rstrip().decode(errors="replace")), _FORM)
            elif wanted.match is not None and wanted.match.search(line) is None:
                unmatched += 1
            else:
                unanswered += int(hit[2]) == 0
                tally.add(int(hit[1]))
        reading = Reading(tally, "hits by their start")
        if unanswered:
            reading.notes.append(f"{unanswered:,} of them had no answer, and count as they were sent")
        if wanted.match is not None:
            reading.skipped.append(f"{unmatched:,} hits without {wanted.match.pattern.decode()!r}")
        return reading
