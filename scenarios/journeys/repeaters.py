"""Those who send everything more than once: programs that retry, and what keys must make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.journeys.endings import Ends, require
from scenarios.journeys.steps import enter, first_hold, read_back, wait_for_payment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.ticketing import Hold, Payment, Ticketing
    from scenarios.wishes import Wishes

_LATER_S = 20.0
"""How long after a request it is sent once more: well within the life of a key, and of a hold."""
_OTHER_CARDS = {"APPROVE": "DELAY"}
"""Card to one that makes another request under the same key; every other card is told from APPROVE."""


def repeat(person: Ticketing, wishes: Wishes) -> str:
    """Buys, and sends each request again with its key: at once, a payment's opening once more after 20 s, and with
    another card, and without a key; the last two must be refused.
    """
    token = enter(person, wishes)
    person.pause(wishes.think_s[0])
    hold = _reserve(person, wishes, token)
    person.pause(wishes.think_s[1])
    opened = _open_payment(person, wishes, hold)
    key = person.intention()
    paid = person.pay(opened, key)
    require(paid)
    person.pay(opened, key)
    payment = wait_for_payment(person, wishes, hold, paid)
    if payment.final and payment.status != "COMPLETED":
        raise Ends("refused")
    person.pause(wishes.think_s[2])
    key = person.intention()
    order = person.confirm(hold, payment, key)
    person.confirm(hold, payment, key)
    return read_back(person, hold, order)


def _reserve(person: Ticketing, wishes: Wishes, token: str) -> Hold:
    def reserve_twice(seats: Sequence[str]) -> Hold:
        key = person.intention()
        hold = person.reserve(wishes.event, seats, wishes.quantity, token, key)
        person.reserve(wishes.event, seats, wishes.quantity, token, key)
        return hold

    return first_hold(person, wishes, reserve_twice)


def _open_payment(person: Ticketing, wishes: Wishes, hold: Hold) -> Payment:
    key = person.intention()
    opened = person.open_payment(hold, wishes.card, key)
    require(opened)
    person.open_payment(hold, wishes.card, key)
    person.open_payment(hold, _OTHER_CARDS.get(wishes.card, "APPROVE"), key, provoked=True)
    person.open_payment(hold, wishes.card, "", provoked=True)
    person.pause(_LATER_S)
    person.open_payment(hold, wishes.card, key)
    return opened
