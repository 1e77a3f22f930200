"""What the time of a run was about, for the charts to shade: phases, marks, where the platform stood still, the drain.

Names are short: they stand inside of the charts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.pages.material import Span
from tacorush.evidence.marks import MARK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.pages.material import Series


def spans(summary: Mapping[str, Any], meta: Mapping[str, Any], series: Series, step_s: int = 1) -> tuple[Span, ...]:
    """Returns the stretches in their order; none for a run that was not recorded over time.

    Calls were read in steps of `step_s`.
    """
    if not series.starts:
        return ()
    found = [*_phases(meta), *_marks(meta)]
    found += [Span("stalled", first, last + step_s) for first, last in (summary["closed_loop"] or {}).get("stalls", ())]
    end, planned = series.starts[-1] + series.width_s, float(summary["duration_s"])
    if 0 < planned < end:
        found.append(Span("drain", planned, end))
    return tuple(sorted(found, key=lambda span: (span.start_s, span.end_s)))


def _phases(meta: Mapping[str, Any]) -> list[Span]:
    """The phases of the arrivals; one alone is the whole run and says nothing."""
    rows = meta.get("phases") or []
    if len(rows) < 2:
        return []
    return [
        Span(str(row["name"]), float(row["from_s"]), float(row["to_s"]), shaded=bool(place % 2))
        for place, row in enumerate(rows)
    ]


def _marks(meta: Mapping[str, Any]) -> list[Span]:
    """What somebody wrote down while the run went on."""
    t0_ns = int(meta.get("t0_ns") or 0)
    at = [((mark["at_ns"] - t0_ns) / 1e9, str(mark["text"])) for name, mark in meta.items() if name.startswith(MARK)]
    return [Span(text, seconds, seconds) for seconds, text in at]
