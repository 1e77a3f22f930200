"""What the pages print of journeys and sales: stations and who came no farther, endings, seats by event and section."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.pages.material import ENDINGS
from reports.wording import count, plural, share, some

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.pages.material import EventSales, Material, SectionSales

MOST_EVENTS = 30
"""How many events a page shows; the others are counted."""
MOST_SECTIONS = 40
_MOST_KINDS = 4


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A part of a whole with its bar in per cent."""

    name: str
    amount: str
    part: str
    width: float
    lost: str = ""
    """How many came no farther than the station before, and of which kind they were."""


@dataclass(frozen=True, slots=True)
class SalesRow:
    """Seats of an event or of a section, each figure with its number to sort by."""

    name: str
    figures: tuple[tuple[str, float], ...]
    part: str
    width: float


@dataclass(frozen=True, slots=True)
class SalesTable:
    """What was sold, in rows; `left_out` are not shown."""

    heads: tuple[str, ...]
    rows: tuple[SalesRow, ...]
    left_out: int


def funnel_rows(material: Material) -> list[ShareRow]:
    """The stations of the way to a ticket, each as a share of the first."""
    first = material.funnel[0].journeys if material.funnel else 0
    return [_share_row(step.name, step.journeys, first, _lost(step.lost)) for step in material.funnel]


def ending_rows(material: Material) -> list[ShareRow]:
    """How journeys ended; an ending that is not listed raises."""
    unlisted = set(material.endings) - {name for name, _ in ENDINGS}
    if unlisted:
        raise KeyError(f"no words for how a journey ended: {', '.join(sorted(unlisted))}")
    whole = sum(material.endings.values())
    words = dict(ENDINGS)
    # The ticket is what a journey is for; the others follow by weight.
    order = sorted(words, key=lambda name: (name != "ticket", -material.endings.get(name, 0)))
    return [_share_row(words[name], material.endings[name], whole) for name in order if material.endings.get(name)]


def event_table(events: Sequence[EventSales]) -> SalesTable | None:
    """Events with what was sold of them; None for a run that sold nothing."""
    if not any(row.sold for row in events):
        return None
    rows = [
        _sales_row(
            row.event or "not named",
            row.sold,
            row.seats,
            (row.seats, row.free_before, row.sold, row.sold_after, row.held_after, row.free_after),
        )
        for row in events[:MOST_EVENTS]
    ]
    heads = ("Seats", "Free before", "Sold to known orders", "Platform: sold", "held", "free")
    return SalesTable(heads, tuple(rows), max(0, len(events) - MOST_EVENTS))


def taken_beyond(events: Sequence[EventSales]) -> str:
    """Says how many seats are no longer free though no known order of the run has them; empty where there are none."""
    beyond = sum(_beyond(row) for row in events)
    if not beyond:
        return ""
    kept = "is" if beyond == 1 else "are"
    return (
        f"{plural(beyond, 'seat')} {kept} taken beyond these: held at the end, sold to foreign buyers, or miscounted "
        "(with --sole-buyer the audit holds the counters to this run alone)."
    )


def _beyond(row: EventSales) -> int:
    if row.free_before is None or row.free_after is None:
        return 0
    return max(0, row.free_before - row.free_after - row.sold)


def section_table(sections: Sequence[SectionSales]) -> SalesTable | None:
    """Sections with what was sold of them; None for a run whose orders name no seats."""
    if not any(row.sold for row in sections):
        return None
    rows = [
        _sales_row(row.section or "not named", row.sold, row.seats, (row.seats, row.free_before, row.sold))
        for row in sections[:MOST_SECTIONS]
    ]
    heads = ("Seats", "Free before", "Sold to known orders")
    return SalesTable(heads, tuple(rows), max(0, len(sections) - MOST_SECTIONS))


def _sales_row(name: str, sold: int, seats: int | None, figures: tuple[int | None, ...]) -> SalesRow:
    part = sold / seats if seats else None
    told = tuple((count(value), -1 if value is None else value) for value in figures)
    width = round(100 * min(1.0, part or 0.0), 2)
    return SalesRow(name, told, share(None if part is None else round(part, 3)), width)


def _share_row(name: str, amount: int, whole: int, lost: str = "") -> ShareRow:
    part = amount / whole if whole else 0.0
    return ShareRow(name, count(amount), share(round(part, 3)), round(100 * part, 2), lost)


def _lost(kinds: Sequence[tuple[str, int]]) -> str:
    if not kinds:
        return ""
    total = sum(amount for _, amount in kinds)
    return f"{count(total)} came no farther: {some([plural(n, kind) for kind, n in kinds], _MOST_KINDS)}"
