"""k6's JSON output, `k6 run --out json=FILE`: an object a line, a Metric once and then a Point each time.

Most lines are points of other metrics: only those that name the wanted one are parsed, which is several times faster.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from scenarios.traffic.formats.k6_points import DROPPED, K6Points

if TYPE_CHECKING:
    from scenarios.traffic.formats.format import Head, Reading, Wanted
    from scenarios.traffic.source import Source

_METRIC = re.compile(rb'"type"\s*:\s*"Metric"')
_ALLOWED = 'k6\'s {"metric": …, "type": "Point" or "Metric", "data": …}'


class K6Json:
    """Points of one metric."""

    name = "k6-json"
    says = "k6 JSON output, from `k6 run --out json=FILE`"
    takes = frozenset({"metric"})

    def recognise(self, head: Head) -> str:
        """By the first line."""
        first = _object(head.first.encode())
        fits = first is not None and first.get("type") in ("Metric", "Point") and {"metric", "data"} <= first.keys()
        return f"its first line is a {first['type']} of k6" if first is not None and fits else ""

    def read(self, source: Source, wanted: Wanted) -> Reading:
        """Counts the points of the metric."""
        points = K6Points(source, wanted)
        names = (f'"{points.metric}"'.encode(), f'"{DROPPED}"'.encode())
        for line in source:
            if line.startswith(b"{") and line.rstrip().endswith(b"}"):
                if names[0] not in line and names[1] not in line and not _METRIC.search(line):
                    points.skip()
                    continue
                if _take(points, _object(line)):
                    continue
            source.broken("line", repr(line.rstrip().decode(errors="replace")), _ALLOWED)
        return points.reading()


def _take(points: K6Points, content: dict[str, Any] | None) -> bool:
    """Counts one parsed line; False when it is none of k6's."""
    if content is None or not isinstance(content.get("data"), dict):
        return False
    metric, data = str(content.get("metric")), content["data"]
    if content.get("type") == "Metric":
        points.know(metric)
    elif metric == points.metric:
        points.take(str(data.get("time")), str(data.get("value")))
    elif metric == DROPPED:
        points.drop()
    else:
        points.skip()
    return True


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        content = json.loads(line, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
