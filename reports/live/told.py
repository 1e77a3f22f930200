"""How a run at one moment is told, in the words of the report: the same to the terminal's screen and the live page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from reports import wording
from reports.live.snapshot import DRAINING, DRIVING, LATER, OPEN, RECENT_S
from reports.verdicts import FAIL, INCONCLUSIVE, PASS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.distribution import Figure
    from reports.live.snapshot import Snapshot, Standing

MARKS: Mapping[str, str] = MappingProxyType({**wording.VERDICT_MARK, OPEN: "·", LATER: "·"})
"""How an objective stands, to the sign that tells it without colour."""
WORDS: Mapping[str, str] = MappingProxyType(
    {FAIL: "missed", INCONCLUSIVE: "not told", OPEN: "not sure yet", PASS: "met", LATER: "at the end"}
)
"""The same, to words, the heaviest first."""
_HEAVIEST = tuple(WORDS)


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure with its name; `bad` where it breaks what is asked for."""

    name: str
    value: str
    note: str
    bad: bool = False


def tiles(now: Snapshot) -> tuple[Tile, ...]:
    """The six figures that say how it goes."""
    of = f"of {wording.per_second(now.planned_per_s)} planned" if now.duration_s else "started"
    lately, sold = f"last {RECENT_S} s", f"of {wording.plural(now.sold, 'seat')} sold"
    return (
        Tile("Arrivals", wording.per_second(now.achieved_per_s), of, bool(now.dropped)),
        Tile("P50", _time(now.p50), lately),
        Tile("P95", _time(now.p95), lately, _over(now.p95, now.limit_ms)),
        Tile("P99", _time(now.p99), lately),
        Tile("Errors", wording.share(now.recent_errors), f"{wording.share(now.errors)} of all calls"),
        Tile("Sold twice", wording.count(now.oversold), sold, now.oversold > 0),
    )


def _time(figure: Figure) -> str:
    return wording.milliseconds(figure.value, figure.censored)


def _over(figure: Figure, limit_ms: float | None) -> bool:
    return limit_ms is not None and figure.value is not None and (figure.censored or figure.value >= limit_ms)


def stage(now: Snapshot) -> str:
    """What goes on: `driving, peak`, `draining: …`."""
    if now.stage == DRIVING and now.part:
        return f"{now.stage}, {now.part}"
    return f"{now.stage}: journeys under way may end" if now.stage == DRAINING else now.stage


def clock(now: Snapshot) -> str:
    """How far it is: `23 s of 45 s, 22 s left`."""
    at = wording.seconds(now.second)
    if now.left_s is None:
        return at
    left = f", {wording.seconds(now.left_s)} left" if now.stage == DRIVING else ""
    return f"{at} of {wording.seconds(now.duration_s)}{left}"


def behind(now: Snapshot) -> str:
    """What the generator did not do in time; empty where it kept up."""
    said = [f"{amount:,} {name}" for amount, name in ((now.late, "late"), (now.dropped, "dropped")) if amount]
    return f"of {wording.plural(now.planned, 'arrival')} {' and '.join(said)}" if said else ""


def standings(now: Snapshot) -> Sequence[Standing]:
    """The objectives, those first that are missed, then those that are not sure, as in their file."""
    return sorted(now.standings, key=lambda row: _HEAVIEST.index(row.state))


def summed_up(now: Snapshot) -> str:
    """How the objectives stand, in figures: `1 missed, 3 not sure yet, 12 met, 4 at the end`."""
    amounts = [(sum(row.state == state for row in now.standings), WORDS[state]) for state in _HEAVIEST]
    return ", ".join(f"{amount} {word}" for amount, word in amounts if amount)


def as_plain(now: Snapshot) -> dict[str, Any]:
    """What the live page and `tacorush watch --json` get: plain values, figures as they are read beside them."""
    return {
        "scenario": now.scenario,
        "target": now.target,
        "release": now.release,
        "stage": now.stage,
        "told": {"stage": stage(now), "clock": clock(now), "behind": behind(now), "objectives": summed_up(now)},
        "second": now.second,
        "duration_s": now.duration_s,
        "tiles": [asdict(tile) for tile in tiles(now)],
        "stations": [asdict(station) for station in now.stations],
        "objectives": [asdict(row) | {"mark": MARKS[row.state], "word": WORDS[row.state]} for row in standings(now)],
        "oversold": now.oversold,
        "sold": now.sold,
        "course": asdict(now.course),
        "limit_ms": now.limit_ms,
        "outcome": asdict(now.outcome) | {"mark": MARKS[now.outcome.verdict]} if now.outcome else None,
    }
