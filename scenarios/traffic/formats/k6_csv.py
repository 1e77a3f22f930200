"""k6's CSV output, `k6 run --out csv=FILE`: a header, then a point a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.traffic.formats import table
from scenarios.traffic.formats.format import Head, Reading, Wanted
from scenarios.traffic.formats.k6_points import DROPPED, K6Points

if TYPE_CHECKING:
    from scenarios.traffic.source import Source

_COLUMNS = ("metric_name", "timestamp", "metric_value")


class K6Csv:
    """Points of one metric."""

    name = "k6-csv"
    says = "k6 CSV output, from `k6 run --out csv=FILE`"
    takes = frozenset({"metric"})

    def recognise(self, head: Head) -> str:
        """By the header."""
        return f"its header begins with {', '.join(_COLUMNS)}" if head.first.startswith(",".join(_COLUMNS)) else ""

    def read(self, source: Source, wanted: Wanted) -> Reading:
        """Counts the points of the metric."""
        points = K6Points(source, wanted)
        rows = table.rows(source, Head.of(source.head))
        if tuple(next(rows, [])[:3]) != _COLUMNS:
            raise source.wrong("header", "another one", f"{', '.join(_COLUMNS)}, …")
        for row in rows:
            points.know(row[0])
            if len(row) < len(_COLUMNS):
                source.broken("row", ",".join(row), f"{', '.join(_COLUMNS)}, …")
            elif row[0] == points.metric:
                points.take(row[1], row[2])
            elif row[0] == DROPPED:
                points.drop()
            else:
                points.skip()
        return points.reading()
