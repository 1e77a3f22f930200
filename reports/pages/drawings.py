"""The charts of the report, one function each: from the run's material to a drawing and the sentence under it.

Every axis has a unit; time runs in seconds from T0, the first planned arrival; times of calls stand on a logarithmic
axis, because one slow second must not flatten all the others. A value that is only a lower bound is drawn as an open
triangle at its bound.
"""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING

from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from reports.pages.axes import asked, legend, limit_line, over_time, time_axis
from reports.pages.charts import COLOURS, Chart
from reports.pages.heat import heat_map
from reports.pages.latency_words import latency_sentence
from reports.pages.material import OUTCOMES
from reports.wording import count, milliseconds, share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from reports.pages.material import Material, Percentile, Series, Times

_LINES: Mapping[str, tuple[str, str, float]] = MappingProxyType(
    {"p99": ("third", ":", 1.5), "p95": ("main", "-", 2.2), "p50": ("second", "--", 1.5)}
)
_RANKS = (0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999)


def charts(material: Material, limit_ms: float | None) -> dict[str, Chart]:
    """All charts that the material has values for, by name; `limit_ms` is the objective of P95, when there is one."""
    drawn: dict[str, Chart] = {}
    if material.series.starts:
        drawn["arrivals"] = arrivals(material.series)
        drawn["latency"] = latency(material.series, limit_ms, latency_sentence(material, limit_ms))
        drawn["outcomes"] = outcomes(material.series)
    if material.heat is not None:
        drawn["heat"] = heat_map(material.heat, material.series, limit_ms)
    if any(value is not None for value in material.series.lag_ms):
        drawn["lag"] = lag(material.series)
    if material.response.counts:
        drawn["histogram"] = histogram(material.response, material.service, limit_ms)
        drawn["percentiles"] = percentiles(material.response, material.service, limit_ms)
    return drawn


def arrivals(series: Series) -> Chart:
    """Planned against achieved arrivals; what was dropped or late stands out."""
    total, done, dropped, late = (
        round(sum(amounts) * series.width_s)
        for amounts in (series.planned, series.started, series.dropped, series.late)
    )
    said = (
        f"Of {count(total)} planned arrivals {count(done)} started, {count(late)} late; {count(dropped)} were dropped."
    )
    if not total:
        said = f"{count(done)} journeys started; none was planned, for in a closed loop one begins when another ends."

    def draw(axes: Axes) -> None:
        edges = _edges(series)
        if total:
            axes.stairs(series.planned, edges, color=COLOURS["quiet"], linestyle="--", linewidth=1.3, label="planned")
        axes.stairs(series.started, edges, color=COLOURS["main"], linewidth=2.0, label="started")
        for name, values, colour in (("late", series.late, "unknown"), ("dropped", series.dropped, "failed")):
            if any(values):
                axes.stairs(values, edges, color=COLOURS[colour], fill=True, label=name)
        over_time(axes, series, "arrivals per second")
        legend(axes)

    return Chart("arrivals", "Planned against achieved arrivals", said, draw, height_in=2.3)


def latency(series: Series, limit_ms: float | None, said: str) -> Chart:
    """Response time over time, with the limit that the objectives set; `said` is what it means."""

    def draw(axes: Axes) -> None:
        at = middles(series)
        for name, (colour, style, width) in _LINES.items():
            values = [math.nan if value is None else value for value in series.response[name].values]
            axes.plot(at, values, color=COLOURS[colour], linestyle=style, linewidth=width, label=name.upper())
            bounds(axes, at, series.response[name], colour)
        if limit_ms is not None:
            axes.axhline(limit_ms, color=COLOURS["limit"], linewidth=1.2, dashes=(6, 3), label=asked(limit_ms))
        time_axis(axes, [name for chosen in series.response.values() for name in chosen.values], limit_ms, "y")
        over_time(axes, series, "response time (ms, logarithmic)", from_zero=False)
        legend(axes)

    return Chart("latency", "Response time over time", said, draw, height_in=3.0)


def outcomes(series: Series) -> Chart:
    """Calls a second, stacked by how they came out: trouble at the bottom, where it is seen."""
    order = [
        name for name in ("failed", "unknown", "refused", "unimplemented", "ok") if any(series.outcomes.get(name, ()))
    ]
    totals = {name: sum(series.outcomes[name]) * series.width_s for name in OUTCOMES if name in order}
    said = f"Calls by outcome: {', '.join(f'{count(total)} {name}' for name, total in totals.items())}."

    def draw(axes: Axes) -> None:
        edges, base = _edges(series), [0.0] * len(series.starts)
        for name in order:
            top = [low + more for low, more in zip(base, series.outcomes[name], strict=True)]
            axes.stairs(top, edges, baseline=base, fill=True, color=COLOURS[name], label=name, linewidth=0)
            base = top
        over_time(axes, series, "calls per second")
        legend(axes)

    return Chart("outcomes", "Outcomes of calls over time", said, draw, height_in=2.3)


def lag(series: Series) -> Chart:
    """The largest lag of the generator's own loop in each step: where it is large, the generator measured itself."""
    known = [(value, start) for value, start in zip(series.lag_ms, series.starts, strict=True) if value is not None]
    worst, at = max(known, key=lambda pair: (pair[0], -pair[1]))
    said = f"The loop that sends the calls lagged most at second {at}: {milliseconds(worst)}."

    def draw(axes: Axes) -> None:
        values = [math.nan if value is None else value for value in series.lag_ms]
        axes.stairs(values, _edges(series), color=COLOURS["main"], linewidth=1.6)
        over_time(axes, series, "largest lag (ms)")

    return Chart("lag", "Lag of the generator over time", said, draw, height_in=1.9)


def histogram(response: Times, service: Times, limit_ms: float | None) -> Chart:
    """How many calls took how long, by response and by service time."""
    said = "How many calls took how long: response time from the planned start, service time from the send."
    if response.censored:
        said += f" {count(response.censored)} calls hit their deadline and are not among the bars."

    def draw(axes: Axes) -> None:
        axes.stairs(response.counts, response.edges, color=COLOURS["main"], fill=True, alpha=0.85, label="response")
        axes.stairs(service.counts, service.edges, color=COLOURS["unknown"], linewidth=1.5, label="service")
        axes.set_xscale("log")
        used = [edge for edge, amount in zip(response.edges, response.counts, strict=False) if amount]
        used += [edge for edge, amount in zip(service.edges, service.counts, strict=False) if amount]
        used += [edge for edge, amount in zip(response.edges[1:], response.counts, strict=False) if amount]
        drawn = limit_line(axes, limit_ms, max(used, default=1.0), vertical=True)
        time_axis(axes, used, drawn, "x")
        axes.set_xlabel("time of a call (ms, logarithmic)")
        axes.set_ylabel("calls")
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        legend(axes)

    return Chart("histogram", "Histogram of call times", said, draw, height_in=2.8, share=0.49)


def percentiles(response: Times, service: Times, limit_ms: float | None) -> Chart:
    """Which share of the calls was answered within which time; a gap between the clocks is waiting before the send."""
    said = "The time within which a share of the calls was answered, by response and by service time."

    lines = [(response, "main", "-", "response"), (service, "unknown", "--", "service")]

    def draw(axes: Axes) -> None:
        curves(axes, lines, limit_ms)

    return Chart("percentiles", "Percentiles, response against service", said, draw, height_in=2.8, share=0.49)


def curves(axes: Axes, lines: Sequence[tuple[Times, str, str, str]], limit_ms: float | None) -> None:
    """Draws curves of percentiles, each with its colour, line style and label; triangles are the deadlines above."""
    for times, colour, style, label in lines:
        points = [(_nines(rank), value) for rank, value in times.percentiles]
        axes.plot([x for x, _ in points], [y for _, y in points], color=COLOURS[colour], linestyle=style, label=label)
        if times.censored and times.deadline_ms and times.percentiles:
            edge = _nines(times.percentiles[-1][0])
            axes.plot([edge], [times.deadline_ms], marker="^", color=COLOURS[colour], markerfacecolor="none")
    values = [value for times, *_ in lines for rank, value in times.percentiles if rank >= _RANKS[0]]
    drawn = limit_line(axes, limit_ms, max(values, default=1.0), vertical=False)
    time_axis(axes, values, drawn, "y")
    deepest = max((rank for times, *_ in lines for rank, _ in times.percentiles), default=0.99)
    shown = [rank for rank in _RANKS if rank <= max(deepest, 0.9)]
    axes.set_xlim(_nines(0.5), max(_nines(deepest), _nines(shown[-1])))
    axes.xaxis.set_major_locator(FixedLocator([_nines(rank) for rank in shown if rank not in (0.75, 0.95)]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: share(round(1 - 10**-value, 6))))
    axes.set_xlabel("share of calls answered within")
    axes.set_ylabel("time (ms, logarithmic)")
    legend(axes)


def _nines(rank: float) -> float:
    return -math.log10(max(1 - rank, 1e-7))


def _edges(series: Series) -> list[int]:
    return [*series.starts, series.starts[-1] + series.width_s]


def middles(series: Series) -> list[float]:
    """The middle of each step, in seconds from T0."""
    return [start + series.width_s / 2 for start in series.starts]


def bounds(axes: Axes, middles: Sequence[float], chosen: Percentile, colour: str) -> None:
    """Marks where a percentile is only a lower bound."""
    points = [
        (x, y) for x, y, bound in zip(middles, chosen.values, chosen.censored, strict=True) if bound and y is not None
    ]
    if points:
        axes.plot(
            [x for x, _ in points],
            [y for _, y in points],
            linestyle="none",
            marker="^",
            markersize=5,
            color=COLOURS[colour],
            markerfacecolor="none",
        )
