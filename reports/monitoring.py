"""What the target's own monitoring saw of a run, in figures, for programs; the pages draw it whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tacorush.evidence.observed import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tacorush.evidence.observed import Observation


def observations(meta: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns each query of a run with its series in figures, or with why there is none; empty when none was asked."""
    return [
        {
            "name": each.name,
            "panel": each.panel,
            "expr": each.expr,
            "unit": each.unit,
            "source": each.source,
            "step_s": each.step_s,
            "series": list(_figures(each)),
            "left_out": each.left_out,
            "missing": each.missing or None,
        }
        for each in unpacked(meta)
    ]


def _figures(each: Observation) -> Iterator[dict[str, Any]]:
    for one in each.series:
        known = [(value, place) for place, value in enumerate(one.values) if value is not None]
        peak, at = max(known, key=lambda pair: (pair[0], -pair[1]))
        yield {
            "labels": dict(one.labels),
            "min": min(value for value, _ in known),
            "mean": float(f"{sum(value for value, _ in known) / len(known):.6g}"),
            "max": peak,
            "max_at_s": at * each.step_s,
        }
