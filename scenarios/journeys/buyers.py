"""Those who mean to buy: the plain buyer, and the turns that the way of a buyer can take."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from scenarios.journeys.endings import Ends, require
from scenarios.journeys.steps import confirm, enter, first_hold, hold_seats, pay, read_back, wait_for_payment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.ticketing import Hold, Payment, Ticketing, Told
    from scenarios.wishes import Wishes

Answer = TypeVar("Answer", bound="Told")

_EXTENSION_S = 30.0
_REFRESH_S = 0.2
_REFRESHES = 3


def buy(person: Ticketing, wishes: Wishes) -> str:
    """Joins, waits, is admitted, looks, reserves, pays, confirms and reads the order back."""
    return buy_with(person, wishes, enter(person, wishes))


def buy_with(person: Ticketing, wishes: Wishes, token: str) -> str:
    """The same from the door on, with a reservation token in hand."""
    hold = hold_seats(person, wishes, token)
    return confirm(person, wishes, hold, pay(person, wishes, hold, wishes.card))


def extend_and_buy(person: Ticketing, wishes: Wishes) -> str:
    """Asks for a longer hold before paying; a no does not keep the person from buying."""
    hold = hold_seats(person, wishes, enter(person, wishes))
    extended = person.extend(hold, max(round(person.scaled(_EXTENSION_S)), 1), person.intention())
    hold = extended if extended.ok else hold
    return confirm(person, wishes, hold, pay(person, wishes, hold, wishes.card))


def retry_card(person: Ticketing, wishes: Wishes) -> str:
    """Pays with a card that fails, then opens a new payment for the same hold with one that works."""
    hold = hold_seats(person, wishes, enter(person, wishes))
    payment = pay(person, wishes, hold, wishes.card)
    if payment.status == "FAILED":
        payment = pay(person, wishes, hold, "APPROVE")
    return confirm(person, wishes, hold, payment)


def double_click(person: Ticketing, wishes: Wishes) -> str:
    """Clicks reserve, open a payment, pay and confirm twice each: the same key twice, at the same time."""
    token = enter(person, wishes)
    person.pause(wishes.think_s[0])
    hold = _reserve_twice(person, wishes, token)
    person.pause(wishes.think_s[1])
    opening = person.intention()
    opened = _first_ok(person.together(*[lambda hand: hand.open_payment(hold, wishes.card, opening)] * 2))
    require(opened)
    key = person.intention()
    paid: Payment = _first_ok(person.together(*[lambda hand: hand.pay(opened, key)] * 2))
    require(paid)
    payment = wait_for_payment(person, wishes, hold, paid)
    if payment.final and payment.status != "COMPLETED":
        raise Ends("refused")
    person.pause(wishes.think_s[2])
    confirming = person.intention()
    order = _first_ok(person.together(*[lambda hand: hand.confirm(hold, payment, confirming)] * 2))
    return read_back(person, hold, order)


def _reserve_twice(person: Ticketing, wishes: Wishes, token: str) -> Hold:
    def click_twice(seats: Sequence[str]) -> Hold:
        key = person.intention()

        def click(hand: Ticketing) -> Hold:
            return hand.reserve(wishes.event, seats, wishes.quantity, token, key)

        return _first_ok(person.together(click, click))

    return first_hold(person, wishes, click_twice)


def _first_ok(answers: Sequence[Answer]) -> Answer:
    return next((answer for answer in answers if answer.ok), answers[0])


def refresh(person: Ticketing, wishes: Wishes) -> str:
    """Buys like anybody, but looks again and again: at the queue while waiting, at the order when it is there."""
    impatient = wishes._replace(poll_s=_REFRESH_S)
    hold = hold_seats(person, wishes, enter(person, impatient))
    ending = confirm(person, wishes, hold, pay(person, impatient, hold, wishes.card))
    for _ in range(_REFRESHES):
        person.pause(_REFRESH_S)
        person.read_back(hold)
    return ending
