"""The live line, with the rate, the P95, the share of errors and the seats seen sold twice.

On a terminal that nobody else writes to there is one a second, and each replaces the one before; elsewhere lines follow
each other, one every 5 s and one at the end, so that a log of a CI job can be read. The rate and the P95 are those of
the last second but one: the last is not complete yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tacorush.fleet.tally import Tally

BEHIND_S = 2
WIDTH = 100
"""Columns that the line fills on a terminal that has them."""
EVERY_S = 5
"""So far apart are lines that stay."""


def line(tally: Tally, now_s: int, of_s: int | None) -> str:
    """Returns what is to be said in second `now_s` of a run of `of_s` seconds (None: open end)."""
    shown = tally.recent.get(now_s - BEHIND_S)
    p95 = "-"
    rate = 0
    if shown is not None:
        rate = shown.calls
        if shown.latency is not None and shown.latency.count:
            p95 = f"{shown.latency.quantile(0.95) / 1e6:.0f} ms"
    errors = f"{100 * tally.bad / tally.total:.2f} %" if tally.total else "-"
    length = f"/{of_s}" if of_s is not None else ""
    journeys = tally.arrivals["started"]
    behind = "".join(f"  {name} {tally.arrivals[name]}" for name in ("late", "dropped") if tally.arrivals[name])
    return (
        f"{now_s:>4}{length} s  {journeys} {'journey' if journeys == 1 else 'journeys'}  {rate} calls/s  P95 {p95}"
        f"  errors {errors}  oversold {len(tally.oversold.seats)}{behind}"
    )


class Stream(Protocol):
    """Where lines go; each text is shown at once."""

    def write(self, text: str, /) -> object:
        """Shows a text."""


class Nobody:
    """A stream that shows nothing: somebody else tells how the run goes."""

    def write(self, text: str, /) -> object:
        """Drops a text."""


class Progress:
    """Writes the live line to a stream; in place it is cut to `width` columns, for a line that wraps stays."""

    def __init__(self, stream: Stream, in_place: bool, width: int = WIDTH) -> None:
        self._stream = stream
        self._in_place = in_place
        self._width = min(width, WIDTH)
        self._open = False
        self._shown_s = 0

    def show(self, second: int, text: str, last: bool = False) -> None:
        """Shows the line of a second, once; where lines stay, that of every fifth and the last."""
        kept = last or self._in_place or second // EVERY_S > self._shown_s // EVERY_S
        if second <= self._shown_s or not kept:
            return
        self._shown_s = second
        if self._in_place:
            self._stream.write(f"\r{text[: self._width]:<{self._width}}")
            self._open = True
        else:
            self._stream.write(f"{text}\n")

    def close(self) -> None:
        """Ends the line that stands, so that what follows begins on its own."""
        if self._open:
            self._stream.write("\n")
            self._open = False
