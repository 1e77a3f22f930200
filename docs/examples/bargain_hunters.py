"""A journey of one's own: looks for cheap seats a few times, and buys when enough of them are free."""

from scenarios.journeys import Kind, buy_with, enter, require
from scenarios.ticketing import Ticketing
from scenarios.wishes import Wishes


def hunt(person: Ticketing, wishes: Wishes) -> str:
    """Queues, looks until ten seats are free in one go, then buys; leaves when there never are."""
    token = enter(person, wishes)
    for _ in range(wishes.tries):
        offer = person.look(wishes.event, wishes.section, 10)
        require(offer)
        if len(offer.seats) == 10:
            return buy_with(person, wishes, token)
        person.pause(wishes.poll_s)
    return "left"


JOURNEYS = {"bargain-hunter": Kind(hunt, steps=("reserve", "open_payment", "pay", "confirm"), calls=11)}
