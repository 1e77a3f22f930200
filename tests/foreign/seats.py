"""Halls and their seats: who holds what, what is sold, and what is free to be drawn at random."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from contracts.messages import types_pb2

CURRENCY = "KRW"
SEATS_IN_ROW = 20
ROWS_IN_PART = 20
BEST_PRICE = 77_000
PRICE = 33_000


@dataclass(slots=True, eq=False)
class Seat:
    """One seat. More than one holder or order is possible only when double sales are let through."""

    id: str
    row: str
    number: str
    price: int
    holders: set[str] = field(default_factory=set)
    orders: int = 0

    @property
    def free(self) -> bool:
        """True when nobody holds it and nobody bought it."""
        return not self.holders and not self.orders

    def message(self) -> types_pb2.Seat:
        """The seat as the contract shows it; it belongs to no section."""
        if self.orders:
            status = types_pb2.SEAT_STATUS_SOLD
        elif self.holders:
            status = types_pb2.SEAT_STATUS_RESERVED
        else:
            status = types_pb2.SEAT_STATUS_AVAILABLE
        return types_pb2.Seat(
            id=self.id,
            row=self.row,
            number=self.number,
            price=types_pb2.Money(amount=self.price, currency=CURRENCY),
            status=status,
        )


class Bag:
    """A set of seats from which some can be drawn at random without a walk through all."""

    def __init__(self, seats: Iterable[Seat] = ()) -> None:
        self._seats = list(seats)
        self._places = {seat.id: place for place, seat in enumerate(self._seats)}

    def __len__(self) -> int:
        return len(self._seats)

    def add(self, seat: Seat) -> None:
        """Puts a seat in, once."""
        if seat.id not in self._places:
            self._places[seat.id] = len(self._seats)
            self._seats.append(seat)

    def remove(self, seat: Seat) -> None:
        """Takes a seat out, if it is in: the last one moves to its place."""
        place = self._places.pop(seat.id, None)
        if place is None:
            return
        last = self._seats.pop()
        if last is not seat:
            self._seats[place] = last
            self._places[last.id] = place

    def draw(self, draws: random.Random, number: int) -> list[Seat]:
        """So many different seats at random, or all when there are fewer; they stay in."""
        return draws.sample(self._seats, min(number, len(self._seats)))


class Hall:
    """The seats of one event."""

    def __init__(self, event_id: str, number_of_seats: int) -> None:
        self.event_id = event_id
        self.seats = {seat.id: seat for seat in map(_seat, range(number_of_seats))}
        self.free = Bag(self.seats.values())
        self.taken = Bag()
        self.sold = 0

    @property
    def reserved(self) -> int:
        """Seats that are held and not sold."""
        return len(self.taken) - self.sold

    def hold(self, seat: Seat, reservation_id: str) -> None:
        """Gives the seat to a reservation, whoever has it already."""
        seat.holders.add(reservation_id)
        self.free.remove(seat)
        self.taken.add(seat)

    def release(self, seat: Seat, reservation_id: str) -> None:
        """Takes the seat from a reservation."""
        seat.holders.discard(reservation_id)
        if seat.free:
            self.taken.remove(seat)
            self.free.add(seat)

    def sell(self, seat: Seat, reservation_id: str) -> None:
        """Makes the reservation's hold an order."""
        seat.holders.discard(reservation_id)
        seat.orders += 1
        self.sold += seat.orders == 1

    def event(self) -> types_pb2.Event:
        """The event as the contract shows it."""
        name = self.event_id.replace("-", " ").title()
        return types_pb2.Event(id=self.event_id, name=name, total_seats=len(self.seats), remaining_seats=len(self.free))


def _seat(index: int) -> Seat:
    row_index, number = divmod(index, SEATS_IN_ROW)
    part, row = divmod(row_index, ROWS_IN_PART)
    name = f"P{part + 1}/R{row + 1}/S{number + 1}"
    return Seat(id=name, row=str(row + 1), number=str(number + 1), price=PRICE if part else BEST_PRICE)


def total(seats: Iterable[Seat]) -> types_pb2.Money:
    """What the seats cost together."""
    return types_pb2.Money(amount=sum(seat.price for seat in seats), currency=CURRENCY)


def messages(seats: Iterable[Seat]) -> list[types_pb2.Seat]:
    """The seats as the contract shows them."""
    return [seat.message() for seat in seats]
