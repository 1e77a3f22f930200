"""Those who go without a ticket: out of the queue, or with seats in their hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.journeys.buyers import buy, buy_with
from scenarios.journeys.endings import Ends, ending_of, require
from scenarios.journeys.steps import confirm, enter, hold_seats, look_around, pay, wait_in_line
from scenarios.routes import ROUTES

if TYPE_CHECKING:
    from scenarios.ticketing import Ticketing
    from scenarios.wishes import Wishes

_LOOKS = 2
"""How often a window shopper looks around before choosing."""
_OUTSTAYED_S = 1.0
"""How long after the end of a hold its owner looks again."""
_KEPT_S = 300.0
"""How long a place in the queue is kept for one who gives no sign of life, as documented."""
_TOO_LATE_NS = 1_500_000_000
"""How long after the end of a hold a latecomer confirms, and after that of a place a sleeper looks. No time scale
shortens it: the platform's clock may be a second off, and what comes within that second could not be told from what
comes in time."""


def leave_queue(person: Ticketing, wishes: Wishes) -> str:
    """Joins, looks once, and leaves the queue, saying so."""
    place = person.join(wishes.event)
    require(place)
    person.poll(place.token)
    person.pause(wishes.think_s[0])
    left = person.leave(place.token)
    return "left" if left.ok else ending_of(left)


def abandon_queue(person: Ticketing, wishes: Wishes) -> str:
    """Joins, looks twice, and goes without a word: a ghost in the queue."""
    place = person.join(wishes.event)
    require(place)
    person.poll(place.token)
    person.pause(wishes.poll_s)
    person.poll(place.token)
    return "left"


def fall_silent(person: Ticketing, wishes: Wishes) -> str:
    """Joins, looks once, says nothing for longer than a place is kept, and looks again: the place should be gone."""
    place = person.join(wishes.event)
    require(place)
    person.poll(place.token)
    person.pause_until(person.clock() + round(person.scaled(_KEPT_S) * 1e9) + _TOO_LATE_NS)
    person.ask(ROUTES["services"]["poll"], {"waiting_token": place.token}, provoked=True)
    return "left"


def hurry(person: Ticketing, wishes: Wishes) -> str:
    """Buys when the turn comes soon; when patience is over, leaves the queue and says so."""
    place = person.join(wishes.event)
    if place.unserved:
        return buy_with(person, wishes, "")
    require(place)
    gives_up_ns = person.clock() + round(person.scaled(wishes.patience_s) * 1e9)
    try:
        token = wait_in_line(person, wishes, place)
    except Ends as end:
        if end.ending != "not_admitted" or person.clock() < gives_up_ns:
            raise
        left = person.leave(place.token)
        return "left" if left.ok or left.unserved else ending_of(left)
    return buy_with(person, wishes, token)


def leave_cart(person: Ticketing, wishes: Wishes) -> str:
    """Looks around, holds seats, and goes without paying or a word: the hold is left to run out."""
    token = enter(person, wishes)
    for _ in range(_LOOKS):
        person.pause(wishes.think_s[0])
        look_around(person, wishes)
    hold_seats(person, wishes, token)
    return "left"


def cancel(person: Ticketing, wishes: Wishes) -> str:
    """Holds seats and gives them back."""
    hold = hold_seats(person, wishes, enter(person, wishes))
    person.pause(wishes.think_s[1])
    cancelled = person.cancel(hold, person.intention())
    return "cancelled" if cancelled.ok else ending_of(cancelled)


def let_expire(person: Ticketing, wishes: Wishes) -> str:
    """Holds seats, lets the hold run out, and looks what became of it."""
    hold = hold_seats(person, wishes, enter(person, wishes))
    person.pause_until(hold.ends_ns + round(person.scaled(_OUTSTAYED_S) * 1e9))
    seen = person.read_back(hold)
    return "expired" if seen.ok or seen.outcome == "refused" else ending_of(seen)


def come_back(person: Ticketing, wishes: Wishes) -> str:
    """Lets a hold run out, then comes back for good: joins anew, under a further name, and buys."""
    ending = let_expire(person, wishes)
    return ending if ending != "expired" else buy(person.again(), wishes)


def come_too_late(person: Ticketing, wishes: Wishes) -> str:
    """Holds seats and pays, but confirms only when the hold has run out: a platform must say no."""
    hold = hold_seats(person, wishes, enter(person, wishes))
    payment = pay(person, wishes, hold, wishes.card)
    if payment.status == "FAILED":
        raise Ends("refused" if payment.outcome == "refused" else "failed")
    person.pause_until(hold.ends_ns + _TOO_LATE_NS)
    return confirm(person, wishes, hold, payment)
