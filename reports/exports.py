"""The evidence of a run as plain tables, for pandas and spreadsheets: one row a second, a method, an objective, a call.

Every table comes from the run file and the objectives alone, by the same functions as the pages: a figure of the report
and one computed from a table are the same figure. Times are milliseconds, instants are seconds from T0, shares are of
one; what was not measured is empty.
"""

from __future__ import annotations

from collections import defaultdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd

from reports.calls import CLOCKS, Calls
from reports.figures import JOURNEY_TOTAL
from tacorush.evidence.observed import unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from reports.calls import Cell
    from reports.judgement import Judgement

_QUANTILES: Mapping[str, float] = MappingProxyType({"p50": 0.5, "p95": 0.95, "p99": 0.99})


class NoParquetError(RuntimeError):
    """Parquet cannot be written here: says what to install."""

    def __init__(self) -> None:
        super().__init__("Parquet needs pyarrow, which is not installed: `pip install pyarrow`, or take --csv instead")


def tables(judgement: Judgement) -> dict[str, pd.DataFrame]:
    """Returns every table by its name; one without rows has its columns all the same."""
    return {name: pd.DataFrame(list(rows(judgement)), columns=columns) for name, (columns, rows) in TABLES.items()}


def write_csv(folder: Path, judgement: Judgement) -> list[Path]:
    """Writes every table as `NAME.csv` into a folder, which is made, and returns the files; raises OSError."""
    return _write(folder, judgement, "csv", lambda frame, path: frame.to_csv(path, index=False, lineterminator="\n"))


def write_parquet(folder: Path, judgement: Judgement) -> list[Path]:
    """Writes every table as `NAME.parquet` into a folder, which is made; raises NoParquetError and OSError."""
    try:
        return _write(folder, judgement, "parquet", lambda frame, path: frame.to_parquet(path, index=False))
    except ImportError as failure:
        raise NoParquetError from failure


def _write(folder: Path, judgement: Judgement, kind: str, write: Callable[[pd.DataFrame, Path], object]) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, frame in tables(judgement).items():
        paths.append(folder / f"{name}.{kind}")
        write(frame, paths[-1])
    return paths


def _seconds(judgement: Judgement) -> Iterator[dict[str, Any]]:
    figures = judgement.run.figures
    by_second: dict[int, list[Cell]] = defaultdict(list)
    for cell in figures.journeys.cells:
        by_second[cell.key.second].append(cell)
    arrivals: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_ARRIVALS, 0))
    for row in judgement.evidence.arrivals():
        for name in _ARRIVALS:
            arrivals[row.second][name] += getattr(row, name)
    for second in sorted({*by_second, *arrivals}):
        calls = Calls(by_second.get(second, []))
        yield {"second": second, **arrivals[second], **calls.outcomes, **_times(calls)}


def _calls(judgement: Judgement) -> Iterator[dict[str, Any]]:
    groups: dict[tuple[int | str, ...], list[Cell]] = defaultdict(list)
    for cell in judgement.run.figures.calls.cells:
        groups[cell.key[: len(_CALL_KEY)]].append(cell)
    for key, cells in sorted(groups.items(), key=lambda group: group[0]):
        calls = Calls(cells)
        yield {**dict(zip(_CALL_KEY, key, strict=True)), "calls": calls.count, **_times(calls)}


def _methods(judgement: Judgement) -> Iterator[dict[str, Any]]:
    for name, calls in judgement.run.figures.journeys.by_method.items():
        yield {"method": name, "calls": calls.count, **calls.outcomes, **_times(calls)}


def _times(calls: Calls) -> dict[str, Any]:
    """Percentiles on both clocks, and how many calls hit their deadline and rank above all answers."""
    found: dict[str, Any] = {"hit_deadline": 0}
    for clock in CLOCKS:
        times = calls.latency(clock)
        found["hit_deadline"] = times.censored
        found |= {f"{clock}_{name}_ms": times.quantile(q).value for name, q in _QUANTILES.items()}
        found |= {f"{clock}_max_ms": times.largest.value, f"{clock}_mean_ms": times.mean.value}
    return found


def _objectives(judgement: Judgement) -> Iterator[dict[str, Any]]:
    for row in judgement.summary["objectives"]:
        low, high = row["interval"]
        where = " ".join(f"{name}={value}" for name, value in row["where"].items())
        yield {**row, "where": where, "low": low, "high": high}


def _findings(judgement: Judgement) -> Iterable[dict[str, Any]]:
    return [dict(row) for row in judgement.summary["findings"]]


def _kept_calls(judgement: Judgement) -> Iterator[dict[str, Any]]:
    t0_ns = int(judgement.run.figures.meta.get("t0_ns") or 0)
    for call in judgement.evidence.calls():
        yield {
            "why": call.why,
            "method": call.method,
            "journey": call.journey,
            "kind": call.kind,
            "outcome": call.outcome,
            "code": call.code,
            "detail": call.detail,
            "due_s": (call.due_ns - t0_ns) / 1e9,
            "sent_s": (call.sent_ns - t0_ns) / 1e9,
            "answered_s": (call.answered_ns - t0_ns) / 1e9,
            "response_ms": (call.answered_ns - call.due_ns) / 1e6,
            "service_ms": (call.answered_ns - call.sent_ns) / 1e6,
            "trace": call.trace,
        }


def _journeys(judgement: Judgement) -> Iterator[dict[str, Any]]:
    groups: dict[tuple[int, str, str, str], list[Cell]] = defaultdict(list)
    for cell in judgement.run.figures.own:
        if cell.key.measure == JOURNEY_TOTAL:
            groups[cell.key.second, cell.key.journey, cell.key.outcome, cell.key.code].append(cell)
    for key, cells in sorted(groups.items(), key=lambda group: group[0]):
        journeys, total = sum(cell.tally.count for cell in cells), sum(cell.tally.sum for cell in cells)
        yield {**dict(zip(_JOURNEY_KEY, key, strict=True)), "journeys": journeys, "mean_ms": total / journeys / 1e6}


def _observed(judgement: Judgement) -> Iterator[dict[str, Any]]:
    for each in unpacked(judgement.run.figures.meta):
        for one in each.series:
            labels = " ".join(f"{name}={value}" for name, value in one.labels.items())
            for place, value in enumerate(one.values):
                yield {
                    "second": place * each.step_s,
                    "name": each.name,
                    "labels": labels,
                    "value": value,
                    "unit": each.unit,
                }


_ARRIVALS = ("planned", "started", "late", "dropped")
_OUTCOMES = ("ok", "refused", "failed", "unknown", "unimplemented")
_CALL_KEY = ("second", "method", "journey", "outcome", "code")
_JOURNEY_KEY = ("second", "journey", "ending", "purpose")
_TIMES = (
    "hit_deadline",
    *(f"{clock}_{name}_ms" for clock in CLOCKS for name in (*_QUANTILES, "max", "mean")),
)

TABLES: Mapping[str, tuple[tuple[str, ...], Callable[[Judgement], Iterable[dict[str, Any]]]]] = MappingProxyType(
    {
        "seconds": (("second", *_ARRIVALS, *_OUTCOMES, *_TIMES), _seconds),
        "methods": (("method", "calls", *_OUTCOMES, *_TIMES), _methods),
        "calls": ((*_CALL_KEY, "calls", *_TIMES), _calls),
        "journeys": ((*_JOURNEY_KEY, "journeys", "mean_ms"), _journeys),
        "objectives": (
            (
                *("name", "verdict", "metric", "expression", "where", "measured", "low", "high"),
                *("threshold", "samples", "censored", "reason"),
            ),
            _objectives,
        ),
        "findings": (("rule", "certainty", "severity", "count", "message"), _findings),
        "kept_calls": (
            (
                *("why", "method", "journey", "kind", "outcome", "code", "detail", "due_s", "sent_s", "answered_s"),
                *("response_ms", "service_ms", "trace"),
            ),
            _kept_calls,
        ),
        "observed": (("second", "name", "labels", "value", "unit"), _observed),
    }
)
"""Name of each table to its columns and to what makes its rows."""
