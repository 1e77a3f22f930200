"""Those who queue like anybody, and then try with their reservation token what it is not good for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.journeys.bots import try_token
from scenarios.journeys.endings import require
from scenarios.journeys.steps import admitted, enter

if TYPE_CHECKING:
    from scenarios.ticketing import Ticketing
    from scenarios.wishes import Wishes

_TOO_LATE_NS = 1_500_000_000
"""How long after the end of a token it is shown. No time scale shortens it: the platform's clock may be a second off,
and what comes within that second could not be told from what comes in time."""


def spend_twice(person: Ticketing, wishes: Wishes) -> str:
    """Is admitted, holds seats, and asks for more with the same token: a platform must say no."""
    token = enter(person, wishes)
    hold = person.reserve(wishes.event, (), wishes.quantity, token, person.intention())
    require(hold)
    person.pause(wishes.think_s[0])
    let_in = try_token(person, wishes, token)
    person.cancel(hold, person.intention())
    return "let_in" if let_in else "refused"


def spend_late(person: Ticketing, wishes: Wishes) -> str:
    """Is admitted, lets the token run out, and shows it then: a platform must say no. Goes where no end is told."""
    place = person.join(wishes.event)
    require(place)
    admission = admitted(person, wishes, place)
    if not admission.ends_ns:
        return "left"
    person.pause_until(admission.ends_ns + _TOO_LATE_NS)
    return "let_in" if try_token(person, wishes, admission.token) else "refused"


def lend_token(person: Ticketing, wishes: Wishes) -> str:
    """Is admitted, and gives the token to somebody else, who shows it: a platform must say no."""
    token = enter(person, wishes)
    person.pause(wishes.think_s[0])
    return "let_in" if try_token(person.again(), wishes, token) else "refused"
