"""The table of methods: a row for each that was called, with its figures, what to sort them by, and P95 over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from reports.pages.material import OUTCOMES
from reports.pages.view import percentile
from reports.wording import count, method_name, milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.pages.material import Material, Percentile

SPARK_WIDTH, SPARK_HEIGHT = 100, 22


class Figure(NamedTuple):
    """A figure in words, and the number to sort it by."""

    text: str
    number: float


@dataclass(frozen=True, slots=True)
class Spark:
    """A line over time, from zero to its largest value, in a box of SPARK_WIDTH by SPARK_HEIGHT."""

    path: str
    most: str
    """The largest value: the top of the box."""
    said: str
    """The line in words."""


@dataclass(frozen=True, slots=True)
class MethodRow:
    """A method's figures."""

    name: str
    full_name: str
    calls: Figure
    outcomes: tuple[tuple[str, Figure], ...]
    """Outcome and how many, empty for none."""
    response: tuple[Figure, ...]
    """P50, P95, P99 and the largest."""
    service: Figure
    """P95."""
    spark: Spark | None
    """None where no call was answered."""


def outcome_columns(summary: Mapping[str, Any]) -> list[str]:
    """The outcomes that get a column in the table of methods: ok, failed, unknown, and others that there are."""
    seen = [row["outcomes"] for row in summary["latency_ms"]["methods"].values()]
    always = ("ok", "failed", "unknown")
    return [name for name in OUTCOMES if name in always or any(outcomes.get(name) for outcomes in seen)]


def method_rows(material: Material) -> list[MethodRow]:
    """Every method that was called, the slowest P95 first."""
    methods: Mapping[str, Any] = material.summary["latency_ms"]["methods"]
    slowest_first = sorted(methods, key=lambda name: (-(methods[name]["response"]["p95"] or 0), name))
    columns = outcome_columns(material.summary)
    return [
        _method_row(name, methods[name], columns, spark(material.lines.get(name), material.seconds))
        for name in slowest_first
    ]


def spark(line: Percentile | None, seconds: range) -> Spark | None:
    """Draws P95 over the seconds of a run, which the line cuts into steps of equal length."""
    known = [] if line is None else [value for value in line.values if value is not None]
    if line is None or not known:
        return None
    most = max(known)
    at = line.values.index(most)
    width = (seconds.stop - seconds.start) / len(line.values)
    said = (
        f"P95 over time, between {milliseconds(min(known))} and {milliseconds(most, line.censored[at])}, "
        f"most from second {round(seconds.start + at * width)} on"
    )
    return Spark(spark_path(line.values), milliseconds(most, line.censored[at]), said)


def spark_path(values: Sequence[float | None]) -> str:
    """Returns the path of a line from zero to its largest value, in a box of SPARK_WIDTH by SPARK_HEIGHT."""
    most = max((value for value in values if value is not None), default=0.0)
    return " ".join(_path(values, most or 1.0))


def _path(values: Sequence[float | None], most: float) -> Iterator[str]:
    """A step without a value breaks the line; one that stands alone is a dot."""
    pen = "M"
    for step, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        x = round((step + 0.5) * SPARK_WIDTH / len(values), 1)
        y = round(1 + (SPARK_HEIGHT - 2) * (1 - value / most), 1)
        yield f"{pen}{x:g} {y:g}" + ("h0" if pen == "M" else "")
        pen = "L"


def _method_row(name: str, row: Mapping[str, Any], columns: Sequence[str], line: Spark | None) -> MethodRow:
    outcomes, response = row["outcomes"], row["response"]
    calls = sum(outcomes.get(outcome, 0) for outcome in OUTCOMES)
    return MethodRow(
        name=method_name(name),
        full_name=name,
        calls=Figure(count(calls), calls),
        outcomes=tuple(
            (name, Figure(count(outcomes[name]) if outcomes.get(name) else "", outcomes.get(name, 0)))
            for name in columns
        ),
        response=tuple(_time(response, key) for key in ("p50", "p95", "p99", "max")),
        service=_time(row["service"], "p95"),
        spark=line,
    )


def _time(latency: Mapping[str, Any], name: str) -> Figure:
    value = latency[name]
    return Figure(percentile(latency, name), -1.0 if value is None else value)
