"""The seat ledger: who holds which seat until when, and which order it was sold to. A pure core.

Guarantees, whatever the order of calls: a seat has at most one holder and is sold at most once; a hold gets all of its
seats or none, is confirmed for all or for none, and cannot be confirmed at or after its end; available + reserved +
sold + blocked is the number of seats. `faults` alone may break the first, and make the counts lie, on purpose.

Theory: a hall is a row of bytes, a seat's status each, so that the next free seat is a `memchr` away; who holds a seat
stands in a sparse mapping. Ends of holds wait in order; one whose hold has ended or was extended is skipped when it
comes up. There is no clock, socket or chance in here: the time is an argument, in seconds of any origin.

    AVAILABLE --hold--> RESERVED --confirm--> SOLD
        ^-----release, expire--+                |
        ^--------------------------void---------+
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from contracts.messages import errors_pb2
from contracts.messages.types_pb2 import (
    SEAT_STATUS_AVAILABLE,
    SEAT_STATUS_BLOCKED,
    SEAT_STATUS_RESERVED,
    SEAT_STATUS_SOLD,
)
from fakes.deadlines import Deadlines
from fakes.failures import Refused, invalid, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fakes.events import Event, Section
    from fakes.faults import Faults


class Counts(NamedTuple):
    """Seats by status."""

    available: int
    reserved: int
    sold: int
    blocked: int

    @property
    def total(self) -> int:
        """All seats."""
        return sum(self)


@dataclass(slots=True)
class Hold:
    """Seats of one holder: held until `expires`, or sold once there is an order."""

    holder: str
    event: str
    seats: tuple[int, ...]
    expires: float
    order: str = ""
    since: float = 0.0
    """When it was taken."""


class _Hall:
    """The seats of one event: their status, their holders, the counts by section, and how many are free in all."""

    def __init__(self, event: Event) -> None:
        self.event = event
        sale = event.size - event.blocked
        self.status = bytearray([SEAT_STATUS_AVAILABLE] * sale + [SEAT_STATUS_BLOCKED] * event.blocked)
        self.holder: dict[int, str] = {}
        self.counts = {section.id: self._count(section) for section in event.sections}
        self._firsts = [section.first for section in event.sections]
        self._in_order = list(self.counts.values())
        self.available = sale
        self.freed: set[int] = set()
        """Seats that were held and freed."""

    def _count(self, section: Section) -> dict[int, int]:
        part = self.status[section.first : section.end]
        return {status: part.count(status) for status in range(SEAT_STATUS_AVAILABLE, SEAT_STATUS_BLOCKED + 1)}

    def set(self, seat: int, status: int, holder: str) -> None:
        """Gives a seat a status and a holder, none when it is free."""
        counts = self._in_order[bisect_right(self._firsts, seat) - 1]
        old = self.status[seat]
        counts[old] -= 1
        counts[status] += 1
        self.available += (status == SEAT_STATUS_AVAILABLE) - (old == SEAT_STATUS_AVAILABLE)
        self.status[seat] = status
        if holder:
            self.holder[seat] = holder
        else:
            self.holder.pop(seat, None)

    def miscount(self, seat: int) -> None:
        """Counts a seat that was sold as free, though it is not."""
        counts = self._in_order[bisect_right(self._firsts, seat) - 1]
        counts[SEAT_STATUS_SOLD] -= 1
        counts[SEAT_STATUS_AVAILABLE] += 1

    def free(self, first: int, end: int, quantity: int) -> list[int]:
        """The first free seats of a run of indexes, at most `quantity`."""
        found: list[int] = []
        seat = self.status.find(SEAT_STATUS_AVAILABLE, first, end)
        while seat >= 0 and len(found) < quantity:
            found.append(seat)
            seat = self.status.find(SEAT_STATUS_AVAILABLE, seat + 1, end)
        return found


class Ledger:
    """The seats of all events."""

    def __init__(self, events: Mapping[str, Event], faults: Faults) -> None:
        self._halls = {event_id: _Hall(event) for event_id, event in events.items()}
        self._faults = faults
        self._holds: dict[str, Hold] = {}
        self._ends = Deadlines()
        self._latest = -math.inf
        self.sales: dict[tuple[str, str], list[str]] = {}
        """(event, seat name) to the orders that it is sold to, in order of sale; more than one is an oversell."""
        self.oversold = 0
        """How many seats stand sold to more than one order."""

    def hold(self, now: float, holder: str, event: str, names: Sequence[str], expires: float) -> Hold:
        """Holds the named seats. Refuses INVALID_ARGUMENT, NOT_FOUND, and INVENTORY_CONFLICT that names each seat."""
        hall = self._hall(event)
        seats = self._indexes(hall, names)
        self._latest = now
        status, taken = hall.status, {}
        for seat, name in zip(seats, names, strict=True):
            if status[seat] == SEAT_STATUS_AVAILABLE:
                continue
            held_again = status[seat] == SEAT_STATUS_RESERVED and seat in hall.freed
            if held_again and self._faults.repeat_release(event, name, hall.holder.get(seat, "")):
                hall.set(seat, SEAT_STATUS_AVAILABLE, "")
            elif not self._faults.overlook_conflict(event, name, holder):
                taken[name] = "is not free"
        if taken:
            message = f"not free any more: {', '.join(taken)}"
            raise Refused(errors_pb2.ERROR_CODE_INVENTORY_CONFLICT, message, reasons=taken)
        if self._faults.swap_held(event, holder):
            seats = self._swapped(hall, seats)
        return self._hold(now, hall, holder, seats, expires)

    def hold_best(self, now: float, holder: str, event: str, quantity: int, expires: float) -> Hold:
        """Holds the best free seats. Refuses INSUFFICIENT_INVENTORY when there are not that many."""
        hall = self._hall(event)
        seats = hall.free(0, hall.event.size, quantity)
        if seats and self._faults.share_best(event):
            seats = list(range(min(quantity, hall.event.size)))
        if len(seats) < quantity:
            message = f"{event} has {len(seats)} seats left, {quantity} were asked for"
            raise Refused(errors_pb2.ERROR_CODE_INSUFFICIENT_INVENTORY, message)
        return self._hold(now, hall, holder, seats, expires)

    def extend(self, now: float, holder: str, expires: float) -> Hold:
        """Moves the end of a live hold, never to an earlier time."""
        hold = self._live(now, holder)
        hold.expires = max(hold.expires, expires)
        self._ends.add(hold.expires, holder)
        return hold

    def release(self, holder: str) -> Hold | None:
        """Frees the seats of a hold; None when there is none (any more), or when it is sold."""
        hold = self._holds.get(holder)
        if hold is None or hold.order:
            return None
        return self._end(hold, SEAT_STATUS_RESERVED)

    def keep(self, holder: str) -> None:
        """Lets a hold go on for ever, whoever has given it up."""
        self._holds[holder].expires = math.inf

    def confirm(self, now: float, holder: str, order: str) -> Hold:
        """Sells all seats of a live hold to an order. Refuses RESERVATION_EXPIRED and INVENTORY_CONFLICT."""
        hold = self._live(now, holder)
        hall = self._halls[hold.event]
        if self._faults.swap_sold(holder):
            self._swap(hall, hold)
        for seat in hold.seats:
            owned = hall.holder.get(seat) == holder
            if not owned and not self._faults.overlook_conflict(hold.event, hall.event.seat(seat), holder):
                message = f"{hall.event.seat(seat)} belongs to another reservation"
                raise Refused(errors_pb2.ERROR_CODE_INVENTORY_CONFLICT, message)
        for seat in hold.seats:
            hall.set(seat, SEAT_STATUS_SOLD, holder)
            orders = self.sales.setdefault((hold.event, hall.event.seat(seat)), [])
            orders.append(order)
            self.oversold += len(orders) == 2
        if self._faults.forget_sale(holder, len(hold.seats)):
            for seat in hold.seats:
                hall.miscount(seat)
        hold.order, hold.expires = order, math.inf
        return hold

    def void(self, holder: str) -> Hold | None:
        """Takes a sale back and frees its seats; None when the holder has none."""
        hold = self._holds.get(holder)
        if hold is None or not hold.order:
            return None
        for seat in hold.seats:
            sale = (hold.event, self._halls[hold.event].event.seat(seat))
            self.sales[sale].remove(hold.order)
            self.oversold -= len(self.sales[sale]) == 1
            if not self.sales[sale]:
                del self.sales[sale]
        return self._end(hold, SEAT_STATUS_SOLD)

    def expire(self, now: float) -> list[Hold]:
        """Frees all holds whose end is not after now, oldest end first, and returns them."""
        ended: list[Hold] = []
        while self._ends.next <= now:
            when, holder = self._ends.take()
            hold = self._holds.get(holder)
            if hold is None or hold.expires != when:
                continue
            if self._faults.overlook_expiry(holder):
                hold.expires = math.inf
                continue
            if self._faults.free_expired(holder):
                self._vacate(hold, SEAT_STATUS_RESERVED)
                hold.expires = math.inf
                continue
            ended.append(self._end(hold, SEAT_STATUS_RESERVED))
        return ended

    def taken_for_s(self, event: str, name: str) -> float:
        """How long ago who has a seat took it, when seats were last asked for; inf for a seat that nobody has."""
        hall = self._hall(event)
        hold = self._holds.get(hall.holder.get(self._index(hall, name), ""))
        return self._latest - hold.since if hold else math.inf

    @property
    def next_end(self) -> float:
        """When `expire` may have something to do next; inf for never."""
        return self._ends.next

    def seats_of(self, holder: str) -> list[tuple[str, str]]:
        """The seats of a holder, as (event, seat name); none when there is no such holder."""
        hold = self._holds.get(holder)
        return [(hold.event, self._halls[hold.event].event.seat(seat)) for seat in hold.seats] if hold else []

    def find(self, holder: str) -> Hold | None:
        """The hold or sale of a holder."""
        return self._holds.get(holder)

    def status(self, event: str, name: str) -> int:
        """The SeatStatus of a seat. Refuses NOT_FOUND."""
        hall = self._hall(event)
        return hall.status[self._index(hall, name)]

    def free(self, event: str, quantity: int, *, section: str = "", start: float = 0.0) -> list[int]:
        """Up to `quantity` free seats, from the point `start` (0 to 1) of the hall or section on, and round."""
        hall = self._hall(event)
        first, end = self._bounds(hall, section)
        turn = first + int((end - first) * start)
        found = hall.free(turn, end, quantity)
        return found + hall.free(first, turn, quantity - len(found))

    def counts(self, event: str, section: str = "") -> Counts:
        """Seats by status, of the event or one section of it. Refuses NOT_FOUND."""
        hall = self._hall(event)
        self._bounds(hall, section)
        chosen = [hall.counts[section]] if section else hall.counts.values()
        return Counts(*(sum(counts[status] for counts in chosen) for status in range(1, SEAT_STATUS_BLOCKED + 1)))

    def available(self, event: str, section: str = "") -> int:
        """How many seats are free, of the event or one section of it. Refuses NOT_FOUND."""
        hall = self._hall(event)
        if not section:
            return hall.available
        self._bounds(hall, section)
        return hall.counts[section][SEAT_STATUS_AVAILABLE]

    def _hall(self, event: str) -> _Hall:
        hall = self._halls.get(event)
        if hall is None:
            raise not_found("event", event)
        return hall

    def _bounds(self, hall: _Hall, section: str) -> tuple[int, int]:
        if not section:
            return 0, hall.event.size
        found = hall.event.by_id.get(section)
        if found is None:
            raise not_found(f"section of {hall.event.id}", section)
        return found.first, found.end

    def _index(self, hall: _Hall, name: str) -> int:
        return self._indexes(hall, (name,))[0]

    def _indexes(self, hall: _Hall, names: Sequence[str]) -> list[int]:
        if not names or len(set(names)) != len(names):
            raise invalid("seat_ids", "seat_ids must name at least one seat, and each once")
        index, seats = hall.event.index, []
        for name in names:
            seat = index(name)
            if seat is None:
                raise not_found(f"seat of {hall.event.id}", name)
            seats.append(seat)
        return seats

    def _hold(self, now: float, hall: _Hall, holder: str, seats: list[int], expires: float) -> Hold:
        if expires <= now:
            raise invalid("hold_expires_at", "a hold must end in the future")
        if holder in self._holds:
            raise Refused(errors_pb2.ERROR_CODE_ALREADY_EXISTS, f"{holder} holds seats already")
        for seat in seats:
            free = hall.status[seat] == SEAT_STATUS_AVAILABLE
            if free:
                hall.set(seat, SEAT_STATUS_RESERVED, holder)
            if not free or seat in hall.freed:
                self._faults.seat_was_held(hall.event.id, hall.event.seat(seat), holder, anothers=not free)
        hold = self._holds[holder] = Hold(holder, hall.event.id, tuple(seats), expires, since=now)
        self._ends.add(expires, holder)
        return hold

    def _swapped(self, hall: _Hall, seats: list[int]) -> list[int]:
        """The same seats, the first free one that is not among them in the last one's place; the same when none is."""
        others = [seat for seat in hall.free(0, hall.event.size, len(seats) + 1) if seat not in seats]
        return [*seats[:-1], others[0]] if others else seats

    def _swap(self, hall: _Hall, hold: Hold) -> None:
        """Moves a hold to other seats."""
        seats = self._swapped(hall, list(hold.seats))
        for seat in set(hold.seats) - set(seats):
            hall.set(seat, SEAT_STATUS_AVAILABLE, "")
        for seat in set(seats) - set(hold.seats):
            hall.set(seat, SEAT_STATUS_RESERVED, hold.holder)
        hold.seats = tuple(seats)

    def _live(self, now: float, holder: str) -> Hold:
        hold = self._holds.get(holder)
        if hold is None or hold.expires <= now:
            raise Refused(errors_pb2.ERROR_CODE_RESERVATION_EXPIRED, f"the hold of {holder} has run out")
        if hold.order:
            raise Refused(errors_pb2.ERROR_CODE_FAILED_PRECONDITION, f"{holder} is sold to {hold.order} already")
        return hold

    def _end(self, hold: Hold, status: int) -> Hold:
        self._vacate(hold, status)
        del self._holds[hold.holder]
        return hold

    def _vacate(self, hold: Hold, status: int) -> None:
        hall = self._halls[hold.event]
        for seat in hold.seats:
            if hall.holder.get(seat) == hold.holder and hall.status[seat] == status:
                hall.set(seat, SEAT_STATUS_AVAILABLE, "")
                hall.freed.add(seat)
