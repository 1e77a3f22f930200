"""What the time of a run was about, for the charts to shade: where the platform stood still, and the drain.

Names are short: they stand inside of the charts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.pages.material import Span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.pages.material import Series


def spans(summary: Mapping[str, Any], series: Series, step_s: int = 1) -> tuple[Span, ...]:
    """Returns the stretches in their order; none for a run that was not recorded over time.

    Calls were read in steps of `step_s`.
    """
    if not series.starts:
        return ()
    found = [Span("stalled", first, last + step_s) for first, last in (summary["closed_loop"] or {}).get("stalls", ())]
    end, planned = series.starts[-1] + series.width_s, float(summary["duration_s"])
    if 0 < planned < end:
        found.append(Span("drain", planned, end))
    return tuple(sorted(found, key=lambda span: (span.start_s, span.end_s)))
