"""The parts that ways through the platform are made of: enter, hold seats, pay, confirm.

Each returns what the next part needs or ends the journey. What a platform does not serve is skipped where one can do
without it: no queue, no availability, no payment status. Nothing is retried in secret: people look again (at the
queue, at a payment) after their poll delay, bear up to `ERRORS_BORNE` errors in a row while they look, and ask for
another seat when one is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.journeys.endings import Ends, ending_of, require
from scenarios.wishes import BEST, in_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from scenarios.ticketing import Admission, Hold, Offer, Payment, Place, Ticketing, Told
    from scenarios.wishes import Wishes

ERRORS_BORNE = 3
"""Looks in a row that may bring an error before the person gives up."""

_CHOICE = 100
"""How many seats are looked at by who picks the best of them."""
_TAKEN = frozenset({"INVENTORY_CONFLICT", "INSUFFICIENT_INVENTORY"})
_GONE = frozenset({"EXPIRED", "LEFT", "ERROR"})


class _Bearing:
    """Counts errors in a row and ends the journey at one too many."""

    def __init__(self) -> None:
        self._row = 0

    def take(self, told: Told) -> None:
        if told.outcome not in {"failed", "unknown"}:
            self._row = 0
            return
        self._row += 1
        if self._row >= ERRORS_BORNE:
            raise Ends(ending_of(told))


def enter(person: Ticketing, wishes: Wishes) -> str:
    """Joins, waits, and is admitted: returns the reservation token, empty where there is no queue."""
    place = person.join(wishes.event)
    if place.unserved:
        return ""
    require(place)
    return wait_in_line(person, wishes, place)


def wait_in_line(person: Ticketing, wishes: Wishes, place: Place) -> str:
    """Waits for the turn and is admitted: returns the reservation token, empty where nobody asks for one."""
    return admitted(person, wishes, place).token


def admitted(person: Ticketing, wishes: Wishes, place: Place) -> Admission:
    """Waits for the turn and asks for admission: returns what was granted, or that nobody serves admissions.

    The first look at the queue is taken at once, then one every poll delay. A denial at the door means: look on. Who is
    not in after the patience goes, `not_admitted`.
    """
    gives_up_ns = person.clock() + round(person.scaled(wishes.patience_s) * 1e9)
    bearing = _Bearing()
    while True:
        if _may_ask(person.poll(place.token), bearing):
            admission = person.ask_admission(wishes.event, place.token)
            if admission.unserved:
                return admission
            if admission.ok:
                person.note("journey.admission_wait")
                return admission
            _look_on(admission, bearing)
        if person.clock() >= gives_up_ns:
            raise Ends("not_admitted")
        person.pause(wishes.poll_s)


def _may_ask(place: Place, bearing: _Bearing) -> bool:
    bearing.take(place)
    if place.ok and place.status in _GONE:
        raise Ends("not_admitted")
    return place.unserved or (place.ok and place.ready)


def _look_on(admission: Admission, bearing: _Bearing) -> None:
    bearing.take(admission)
    if admission.outcome == "refused" and admission.code not in {"DENIED", "RATE_LIMITED", "QUOTA_EXCEEDED"}:
        raise Ends("not_admitted")


def hold_seats(person: Ticketing, wishes: Wishes, token: str) -> Hold:
    """Finds seats and holds them; when they are taken, others, as often as the person tries. Each try is a new key."""
    person.pause(wishes.think_s[0])
    if wishes.seats:
        look_around(person, wishes)

    def reserve(seats: tuple[str, ...]) -> Hold:
        return person.reserve(wishes.event, seats, wishes.quantity, token, person.intention())

    return first_hold(person, wishes, reserve)


def first_hold(person: Ticketing, wishes: Wishes, reserve: Callable[[tuple[str, ...]], Hold]) -> Hold:
    """Asks for seats, and for others when those are taken, as often as the person tries; `reserve` asks for some."""
    for attempt in range(wishes.tries):
        hold = reserve(seats_to_ask(person, wishes, attempt))
        if not (hold.outcome == "refused" and hold.code in _TAKEN):
            require(hold)
            return hold
    raise Ends("sold_out")


def look_around(person: Ticketing, wishes: Wishes) -> None:
    """Looks at what is free, as everybody does; who came for certain seats asks for them all the same."""
    offer = person.look(wishes.event, wishes.section, wishes.quantity)
    if not offer.unserved:
        require(offer)


def seats_to_ask(person: Ticketing, wishes: Wishes, attempt: int) -> tuple[str, ...]:
    """The seats of one try: those wished for, else some of those offered; none where nothing is told of seats."""
    wished = wishes.seats[attempt * wishes.quantity : (attempt + 1) * wishes.quantity]
    if wished:
        return wished
    seen = max(wishes.quantity, _CHOICE) if wishes.picks == BEST else wishes.quantity
    offer = person.look(wishes.event, wishes.section, seen)
    if offer.ok and wishes.section and not _enough(offer, wishes):
        offer = person.look(wishes.event, "", seen)
    if offer.unserved:
        return ()
    require(offer)
    if not _enough(offer, wishes):
        raise Ends("sold_out")
    if len(offer.seats) < wishes.quantity:
        return ()
    if wishes.picks == BEST:
        return tuple(in_order(offer.seats)[: wishes.quantity])
    return tuple(person.chance.sample(offer.seats, wishes.quantity))


def _enough(offer: Offer, wishes: Wishes) -> bool:
    return offer.available or len(offer.seats) >= wishes.quantity


def pay(person: Ticketing, wishes: Wishes, hold: Hold, card: str) -> Payment:
    """Opens a payment, pays, and looks at it until it is final, or ends with the hold. May return a failed one."""
    person.pause(wishes.think_s[1])
    opened = person.open_payment(hold, card, person.intention())
    require(opened)
    return pay_opened(person, wishes, hold, opened)


def pay_opened(person: Ticketing, wishes: Wishes, hold: Hold, opened: Payment) -> Payment:
    """The same of a payment that is open."""
    paid = person.pay(opened, person.intention())
    if paid.status == "FAILED":
        return paid
    require(paid)
    return wait_for_payment(person, wishes, hold, paid)


def wait_for_payment(person: Ticketing, wishes: Wishes, hold: Hold, payment: Payment) -> Payment:
    """Looks at a payment, at once and then every poll delay, until it is final; ends `expired` when the hold does."""
    bearing = _Bearing()
    while True:
        seen = person.payment_status(payment)
        if seen.unserved:
            return payment
        if seen.final:
            return seen
        bearing.take(seen)
        if person.clock() >= hold.ends_ns:
            raise Ends("expired")
        person.pause(wishes.poll_s)


def confirm(person: Ticketing, wishes: Wishes, hold: Hold, payment: Payment) -> str:
    """Turns a paid hold into an order, reads it back, and returns the ending."""
    if payment.final and payment.status != "COMPLETED":
        raise Ends("refused" if payment.outcome in {"ok", "refused"} else ending_of(payment))
    person.pause(wishes.think_s[2])
    return read_back(person, hold, person.confirm(hold, payment, person.intention()))


def read_back(person: Ticketing, hold: Hold, order: Told) -> str:
    """Reads what became of the reservation; an order that either answer states is a ticket."""
    if order.ok:
        person.note("journey.time_to_ticket")
    seen = person.read_back(hold)
    if order.ok or (seen.ok and seen.status == "CONFIRMED"):
        return "ticket"
    return ending_of(order)
