"""One frame of the terminal's screen: lines with colours, made from a snapshot of the run and the room that there is.

Nothing here knows a terminal or a clock: the same snapshot and size give the same lines. Colour is never the only sign.
What was named elsewhere (scenarios, objectives) cannot bring control characters to the terminal.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from rich.text import Text

from reports import wording
from reports.live import told
from reports.live.snapshot import LATER, OPEN
from reports.verdicts import FAIL, INCONCLUSIVE, PASS
from tacorush.cli.terminal_chart import blocks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.live.snapshot import Snapshot, Standing

WIDEST = 100
"""Columns that a frame fills at most."""
TWO_COLUMNS = 90
"""From so many columns on objectives stand side by side."""
NARROW = 60
"""Below so many columns the lines over time are left out."""
LEAST_OBJECTIVES = 3
"""So many lines of objectives are shown whatever the height."""
_LABEL = 12
_STYLES: Mapping[str, str] = MappingProxyType(
    {PASS: "green", FAIL: "bold red", INCONCLUSIVE: "yellow", OPEN: "yellow", LATER: "dim"}
)


def frame(now: Snapshot, width: int, height: int, hint: str = "") -> list[Text]:
    """The lines of one frame, none wider than `width`, and as many as fit into `height` if that is more than a few.

    `hint` stands below all.
    """
    columns = min(width, WIDEST)
    lines = [*_head(now, columns), Text(), *_figures(now, columns), Text(), *_stations(now, columns), Text()]
    lines += _objectives(now, columns, max(LEAST_OBJECTIVES, height - len(lines) - 3))
    if hint:
        lines.append(Text(hint, "dim"))
    for line in lines:
        line.truncate(columns, overflow="ellipsis")
    return lines


def _head(now: Snapshot, columns: int) -> list[Text]:
    what = Text().append(f"{_printable(now.scenario)} ", "bold").append(f"at {_printable(now.target)}")
    where = f"{told.stage(now)} · {told.clock(now)}"
    share = min(1.0, now.second / now.duration_s) if now.duration_s else 0.0
    done = round(share * columns)
    bar = Text().append("━" * done, "cyan").append("─" * (columns - done), "dim")
    if len(what) + len(where) + 2 > columns:
        return [what, Text(where), bar]
    return [what.append(" " * (columns - len(what) - len(where))).append(where), bar]


def _figures(now: Snapshot, columns: int) -> list[Text]:
    arrivals, p50, p95, p99, errors, oversold = told.tiles(now)
    course = now.course
    times = [("response", [p50, p95, p99], course.p95)]
    if columns < NARROW:
        times = [(tile.name, [tile], ()) for tile in (p50, p95, p99)]
    rows = [
        ("arrivals", [arrivals], course.started),
        *times,
        ("errors", [errors], course.errors),
        ("sold twice", [oversold], ()),
    ]
    room = columns // 3 if columns >= NARROW else 0
    lines = []
    for name, some, values in rows:
        line = Text().append(f"{name:<{_LABEL}}", "dim")
        for tile in some:
            label = f"{tile.name} " if len(some) > 1 else ""
            line.append(label, "dim").append(f"{tile.value}  ", "bold red" if tile.bad else "bold")
        line.append(some[0].note, "dim")
        lines.append(_with_spark(line, values, columns, room))
    if behind := told.behind(now):
        lines.append(Text().append(f"{'generator':<{_LABEL}}", "dim").append(behind, "yellow"))
    return lines


def _with_spark(line: Text, values: Sequence[float | None], columns: int, room: int) -> Text:
    """The line with the course of its figure at its end, as far as there is room and something to see."""
    shown = [value or 0.0 for value in values][-room:] if room else []
    if not any(shown) or len(line) + len(shown) + 2 > columns:
        return line
    return line.append(" " * (columns - len(line) - len(shown))).append(blocks(shown, max(shown), 1)[0], "cyan")


def _stations(now: Snapshot, columns: int) -> list[Text]:
    """The way to a ticket: a bar for each station, as a share of those who began."""
    if not now.stations:
        return []
    names = max(len(station.name) for station in now.stations)
    amounts = max(len(wording.count(station.journeys)) for station in now.stations)
    first = max(1, now.stations[0].journeys)
    room = max(4, columns - names - amounts - 12)
    lines = []
    for station in now.stations:
        share = min(1.0, station.journeys / first)
        line = (
            Text().append(f"{station.name:<{names}}  ", "dim").append(f"{wording.count(station.journeys):>{amounts}}  ")
        )
        line.append("█" * round(share * room), "blue").append("░" * (room - round(share * room)), "dim")
        lines.append(line.append(f"  {share:>4.0%}".replace("%", " %"), "dim"))
    return lines


def _objectives(now: Snapshot, columns: int, room: int) -> list[Text]:
    """The objectives, those first that are missed; what does not fit is counted in the line above them."""
    rows = told.standings(now)
    if not rows:
        return [Text("no objectives", "dim")]
    beside = 2 if columns >= TWO_COLUMNS else 1
    fitting = rows[: room * beside]
    shown = f" ({len(fitting)} shown)" if len(rows) > len(fitting) else ""
    lines = [Text(f"{wording.plural(len(rows), 'objective')}{shown}: {told.summed_up(now)}", "dim")]
    half = -(-len(fitting) // beside)
    each = (columns - 2 * (beside - 1)) // beside
    for place in range(half):
        line = Text()
        for row in fitting[place::half]:
            line.append("  " if line else "").append_text(_objective(row, each))
        lines.append(line)
    return lines


def _objective(row: Standing, columns: int) -> Text:
    figures = f"{row.measured} {row.asked}"
    room = columns - len(figures) - 3
    name = _printable(row.name)
    short = name if len(name) <= room else f"{name[: max(0, room - 1)]}…"
    style = _STYLES[row.state]
    line = (
        Text()
        .append(f"{told.MARKS[row.state]} ", style)
        .append(f"{short:<{room}} ", "" if row.state != LATER else "dim")
    )
    return line.append(row.measured, style).append(f" {row.asked}", "dim")


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
