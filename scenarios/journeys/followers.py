"""Those who have the streams open while they buy, as a page does that shows what happens without being asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.journeys.buyers import buy_with
from scenarios.journeys.endings import require
from scenarios.journeys.steps import confirm, hold_seats, pay_opened, wait_in_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scenarios.ticketing import Hold, Ticketing
    from scenarios.wishes import Wishes

_STREAMS = "gateway.v1.WebSocketService"
FOLLOWED = tuple(
    f"{_STREAMS}/{stream}" for stream in ("StreamQueueUpdates", "StreamReservationUpdates", "StreamPaymentUpdates")
)
"""Full names of the streams: of the queue, of the reservation, of the payment."""
_FOLLOWED_S = 20.0
"""How long a stream is followed: longer than a payment takes to settle."""
_FOLLOWED_AT_LEAST_S = 6.0
"""The same however fast lives go by: what a stream does not tell must have had its time, which nothing scales."""


def follow_and_buy(person: Ticketing, wishes: Wishes) -> str:
    """Buys like anybody, and follows the streams of the queue, the reservation and the payment for 20 s each."""
    place = person.join(wishes.event)
    if place.unserved:
        return buy_with(person, wishes, "")
    require(place)
    watched = {"waiting_token": place.token, "event_id": wishes.event}

    def buy(hand: Ticketing) -> str:
        return _hold_and_pay(hand, wishes, wait_in_line(hand, wishes, place))

    return person.together(lambda hand: _follow(hand, FOLLOWED[0], watched), buy)[1]


def _hold_and_pay(person: Ticketing, wishes: Wishes, token: str) -> str:
    hold = hold_seats(person, wishes, token)
    watched = {"user_id": person.user, "reservation_ids": [hold.reservation]}

    def pay(hand: Ticketing) -> str:
        return _pay_and_confirm(hand, wishes, hold)

    return person.together(lambda hand: _follow(hand, FOLLOWED[1], watched), pay)[1]


def _pay_and_confirm(person: Ticketing, wishes: Wishes, hold: Hold) -> str:
    person.pause(wishes.think_s[1])
    opened = person.open_payment(hold, wishes.card, person.intention())
    require(opened)
    watched = {"user_id": person.user, "payment_intent_ids": [opened.intent]}

    def finish(hand: Ticketing) -> str:
        return confirm(hand, wishes, hold, pay_opened(hand, wishes, hold, opened))

    return person.together(lambda hand: _follow(hand, FOLLOWED[2], watched), finish)[1]


def _follow(person: Ticketing, stream: str, watched: Mapping[str, object]) -> str:
    """Follows one stream; a platform that does not serve it is no hindrance."""
    person.follow(stream, watched, max(person.scaled(_FOLLOWED_S), _FOLLOWED_AT_LEAST_S))
    return ""
