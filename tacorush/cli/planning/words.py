"""A forecast in words: the lines that `tacorush plan` prints under its chart."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

from reports.wording import count, number, plural, seconds, share
from tacorush.cli.planning.forecast import BUSY, short
from tacorush.cli.terminal_chart import chart, columns_for, length

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tacorush.cli.planning.forecast import Forecast

_WIDEST = 120
"""A chart wider than this reads no better."""
_INDENT = 19
"""Where the figures begin beside their names."""


def picture(forecast: Forecast, width: int, unicode: bool = True) -> Iterator[str]:
    """The chart of planned arrivals, as wide as the terminal."""
    duration_s = forecast.rehearsal.plan.duration_s
    highest = max(forecast.planned(min(width, _WIDEST)))
    values = forecast.planned(columns_for(min(width, _WIDEST), highest))
    yield f"planned arrivals a second ({seconds(duration_s / len(values))} a column)"
    yield from chart(values, end_s=duration_s, unicode=unicode)


def sentences(forecast: Forecast, width: int) -> Iterator[str]:
    """Everything else, in lines no longer than `width` where words allow."""
    for part in (_coming(forecast), _calling(forecast), _needing(forecast)):
        for line in part:
            yield from _wrapped(line, width, _INDENT)
        yield ""
    yield from _wrapped(_assumed(forecast), width, 0)


def _wrapped(line: str, width: int, indent: int) -> list[str]:
    """A line that fits stays as it is, its columns too."""
    return (
        [line] if len(line) <= width else textwrap.wrap(line, max(width, 2 * _INDENT), subsequent_indent=" " * indent)
    )


def heading(forecast: Forecast, width: int) -> Iterator[str]:
    """What is planned, in two sentences."""
    plan = forecast.rehearsal.plan
    yield from _wrapped(f"{plan.scenario.name}: {plan.scenario.description}", width, 0)
    yield from _wrapped(
        f"rate {number(plan.rate)}/s, {number(forecast.arrivals / plan.duration_s)} journeys/s on average for "
        f"{length(plan.duration_s)}, "
        f"profile {plan.scenario.arrivals.profile}, spacing {plan.scenario.arrivals.spacing}, seed {plan.seed}",
        width,
        0,
    )


def _coming(forecast: Forecast) -> Iterator[str]:
    start, busiest = forecast.busiest()
    peak = forecast.peak_per_s
    instant = f"{number(peak)}/s" if math.isfinite(peak) else "many in one instant"
    mean = ", give or take chance" if forecast.rehearsal.plan.scenario.arrivals.spacing == "poisson" else ""
    stretch = f"{number(busiest)} in the busiest second, from {length(start)}{mean}"
    stay = forecast.mean_stay_s
    yield _row("arrivals in all", count(forecast.arrivals))
    yield _row("peak rate", f"{instant}; {stretch}")
    yield _row(
        "users in flight",
        f"{number(forecast.inside_on_average)} on average by Little's law "
        f"({number(forecast.arrivals / forecast.rehearsal.plan.duration_s)}/s x {seconds(stay)} a journey); "
        f"{count(forecast.inside_at_most)} at most, rehearsed",
    )


def _calling(forecast: Forecast) -> Iterator[str]:
    mean, peak = forecast.rpcs_per_s
    rows = [(short(method), *figures) for method, figures in forecast.per_second().items()]
    wide = max([len(name) for name, *_ in rows] + [len("RPC/s by method")])
    over = f", of {count(forecast.width_s)} s" if forecast.width_s > 1 else ""
    yield f"{'RPC/s by method':<{wide}}  {'mean':>8}  {'peak':>8}{over}"
    for name, average, most in rows:
        yield f"{name:<{wide}}  {number(average):>8}  {number(most):>8}"
    yield f"{'all of them':<{wide}}  {number(mean):>8}  {number(peak):>8}   {count(forecast.calls)} calls in all"


def _needing(forecast: Forecast) -> Iterator[str]:
    plan = forecast.rehearsal.plan
    scarce = "; too few on purpose" if plan.scenario.scarce else ""
    yield _row(
        "seats needed",
        f"{count(forecast.seats_needed)} in {plural(max(len(plan.events), 1), 'event')}, so that nobody comes in vain; "
        f"the bundled platform has {count(forecast.seats_there)}{scarce}",
    )
    needed, needed_per_s = forecast.admissions
    there = forecast.admissions_there
    lets_in = f"{number(there)}/s and whoever stands in front" if math.isfinite(there) else "everybody"
    p50, p95 = forecast.admission_wait_s
    waits = f"waits P50 {seconds(p50)}, P95 {seconds(p95)}"
    if not forecast.waits_are_told:
        waits = "more come than are let in, and how long they wait so few cannot tell (--people)"
    yield _row(
        "admissions needed",
        f"{count(round(needed))}, {number(needed_per_s)}/s at the peak; the profile {forecast.profile} lets in "
        f"{lets_in}; {waits}",
    )
    endings = forecast.rehearsal.notes.endings
    whole = sum(endings.values())
    yield _row("how they end", ", ".join(f"{name} {share(round(n / whole, 3))}" for name, n in endings.most_common()))
    cpu = forecast.calls_at_peak * forecast.cost.us_per_call / 1e6
    yield _row(
        "processes likely",
        f"{count(forecast.processes)}: {number(forecast.calls_at_peak)} calls/s "
        f"x {number(forecast.cost.us_per_call)} µs = {number(cpu)} cores "
        f"at the peak, planned at {share(BUSY)} of a core each",
    )
    yield _row("", f"cost a call: {forecast.cost.said}")
    for shortage in forecast.rehearsal.shortages:
        yield _row("note", shortage)


def _assumed(forecast: Forecast) -> str:
    rehearsal = forecast.rehearsal
    which = "Everybody was" if rehearsal.share == 1 else f"One person in {count(rehearsal.share)} was"
    return (
        f"No load was made. {which} rehearsed ({count(rehearsal.people)} journeys) at the bundled platform's own code "
        f"in virtual time, profile {forecast.profile}, each answer in {number(forecast.service_s * 1000)} ms "
        "(--service-ms); a slower platform keeps people longer, a real one may refuse otherwise."
        + (" Waits in a queue are rough where few stand for many (--people)." if rehearsal.share > 1 else "")
    )


def _row(name: str, said: str) -> str:
    return f"{name:<{_INDENT - 1}} {said}"
