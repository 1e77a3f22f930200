"""Seats that were sold to two orders, by the answers seen so far: a quick look while a run goes on, and no proof.

The audit proves it afterwards, with witnesses, and knows what unknown answers may have done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tacorush.evidence.records import SeatNews


class Oversold:
    """Counts seats that were sold to two orders, by the answers seen so far."""

    def __init__(self) -> None:
        self._events: dict[str, str] = {}
        self._orders: dict[tuple[str, str], str] = {}
        self.seats: set[tuple[str, str]] = set()
        """Event and seat."""

    @property
    def sold(self) -> int:
        """Seats that have an order."""
        return len(self._orders)

    def see(self, news: Iterable[SeatNews]) -> None:
        """Reads holds, sales and cancellations. A sale's answer need not name the event."""
        for action, event, seats, reservation, order in news:
            if action == "hold":
                self._events[reservation] = event
                continue
            where = event or self._events.get(reservation, "")
            for seat in seats:
                if action == "cancel":
                    self._orders.pop((where, seat), None)
                elif self._orders.setdefault((where, seat), order) != order:
                    self.seats.add((where, seat))
