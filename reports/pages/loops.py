"""What a closed loop hides of a stall, in words: the run's percentiles beside those of the other loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports.pages.view import percentile
from reports.wording import milliseconds, number, plural, seconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class LoopRow:
    """One percentile, on each measure."""

    name: str
    times: tuple[str, ...]
    told: bool
    """The sentence is about it."""


@dataclass(frozen=True, slots=True)
class LoopView:
    """The section; its table has `heads` above the times of `rows`."""

    sentence: str
    heads: tuple[str, ...]
    rows: tuple[LoopRow, ...]
    how: str
    """How the estimate was made."""


def loop_view(summary: Mapping[str, Any]) -> LoopView | None:
    """What there is to tell; None for a run of which nothing would be hidden."""
    found = summary.get("closed_loop")
    if not found:
        return None
    is_open = found["measured_in"] == "open"
    rows = tuple(
        LoopRow(
            name.upper(),
            (_measured(summary, "response", name), _measured(summary, "service", name), _ms(row["other_loop"])),
            name == found["told_by"],
        )
        for name, row in found["percentiles_ms"].items()
    )
    other = "A closed loop would show" if is_open else "An open loop would show"
    return LoopView(
        _open_sentence(summary, found) if is_open else _closed_sentence(summary, found),
        ("Response time", "Service time", other),
        rows,
        _how_closed(found) if is_open else _how_open(found),
    )


def _measured(summary: Mapping[str, Any], clock: str, name: str) -> str:
    """As everywhere on the page, "≥" for a percentile that fell among calls that hit their deadline."""
    return percentile(summary["latency_ms"]["overall"][clock], name)


def _ms(value: float) -> str:
    return milliseconds(value)


def _open_sentence(summary: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    told, name = found["told_by"], found["told_by"].upper()
    response, other = _measured(summary, "response", told), _ms(found["percentiles_ms"][told]["other_loop"])
    return (
        f"{_stall(found)}. People who came then waited: {name} is {response}. A tool whose users wait for "
        f"their answer before they ask again would have reported a {name} of {other}, {_times(found)} "
        "less: while nothing moves, they ask for nothing, and what nobody asked for is in no percentile."
    )


def _closed_sentence(summary: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    told, name = found["told_by"], found["told_by"].upper()
    response, other = _measured(summary, "response", told), _ms(found["percentiles_ms"][told]["other_loop"])
    return (
        f"{_stall(found)}, and this run hides it: it is a closed loop, whose users asked for nothing while they "
        f"waited. It measured a {name} of {response}; people who come when they want would have met about "
        f"{other}, {_times(found)} more. Drive with --rate to measure it."
    )


def _times(found: Mapping[str, Any]) -> str:
    """Two digits of an estimate are enough."""
    return f"{number(float(format(found['factor'], '.2g')))} times"


def _stall(found: Mapping[str, Any]) -> str:
    return f"In {_listed(found['stalls'])} the platform stood still for up to {seconds(found['longest_s'])}"


def _listed(stalls: Sequence[Sequence[int]], most: int = 4) -> str:
    words = [f"second {first}" if first == last else f"seconds {first} to {last}" for first, last in stalls[:most]]
    more = f", and {plural(len(stalls) - most, 'more time')}" if len(stalls) > most else ""
    return ", ".join(words) + more


def _how_closed(found: Mapping[str, Any]) -> str:
    return (
        f"The last column is an estimate from this run's own service times: {plural(found['users'], 'user')} without "
        f"think times, as many as make this load at the usual {_ms(found['cycle_ms'])} a call."
    )


def _how_open(found: Mapping[str, Any]) -> str:
    return (
        "The last column is an estimate from this run's own times: for each wait in a stall it adds the calls that the "
        f"waiting user kept back, one for every {_ms(found['cycle_ms'])} that a call usually takes it."
    )
