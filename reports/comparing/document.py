"""compare.json: what two runs tell of each other, as one plain document; `schema.json` beside this pins its shape.

Everything comes from the two run files, their objectives and the tolerance: the same inputs give the same bytes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from reports.comparing import words
from reports.comparing.weighing import CONFIDENCE
from reports.summary import rounded

if TYPE_CHECKING:
    from reports.comparing.comparison import Comparison, Side
    from reports.comparing.weighing import Row
    from reports.objectives.metric import Measured

SCHEMA_VERSION = 1


def document(comparison: Comparison) -> dict[str, Any]:
    """Returns the document."""
    return {
        "schema_version": SCHEMA_VERSION,
        "verdict": comparison.verdict,
        "reasons": list(comparison.reasons),
        "tolerance": {"share": comparison.tolerance.share, "least_ms": comparison.tolerance.least_ms},
        "confidence": CONFIDENCE,
        "base": _run(comparison.base),
        "new": _run(comparison.new),
        "loosened": list(comparison.loosened),
        "unlike": [each._asdict() for each in comparison.unlike],
        "figures": [_row(row) for row in comparison.rows],
    }


def _run(side: Side) -> dict[str, Any]:
    summary = side.judgement.summary
    kept = ("run_id", "scenario", "target", "started_at", "duration_s", "verdict")
    return {"name": side.name, **{key: summary[key] for key in kept}, "release": summary["release"]["label"]} | {
        "doubts": list(side.doubts)
    }


def _row(row: Row) -> dict[str, Any]:
    topic, objective, found = row.topic, row.topic.objective, row.difference
    return {
        "name": topic.name,
        "metric": topic.metric.name,
        "where": dict(topic.question.where),
        "figure": topic.figure,
        "unit": topic.unit,
        "objective": None if objective is None else (objective.recovers or objective.parsed.text),
        "method": topic.method,
        "worse": {1: "more", -1: "less", 0: "neither"}[topic.worse],
        "base": _measured(row.base),
        "new": _measured(row.new),
        "difference": rounded(found.value) if found else None,
        "interval": [_end(found.low), _end(found.high)] if found else [None, None],
        "tolerated": rounded(row.room),
        "word": row.word,
        "beyond": row.beyond,
        "open": row.open,
        "said": words.verdict(row),
    }


def _measured(measured: Measured) -> dict[str, Any]:
    return {
        "measured": rounded(measured.value),
        "interval": [rounded(end) for end in measured.interval],
        "samples": measured.samples,
        "needed": measured.needed,
        "possible": measured.possible,
        "censored": measured.censored,
    }


def _end(value: float) -> float | None:
    """None where the interval is open to that side."""
    return None if math.isinf(value) else rounded(value)
