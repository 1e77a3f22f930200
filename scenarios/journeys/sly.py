"""Those whose ways a platform must stand: they pay twice, cancel orders, confirm unpaid, or name no seats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.journeys.endings import Ends, ending_of, require
from scenarios.journeys.steps import confirm, enter, hold_seats, pay, wait_for_payment
from scenarios.routes import ROUTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from scenarios.ticketing import Hold, Payment, Ticketing
    from scenarios.wishes import Wishes

_STEPS = ROUTES["services"]


def pay_twice(person: Ticketing, wishes: Wishes) -> str:
    """Opens a payment in each of two tabs and pays both at once; a platform takes the money once."""
    hold = hold_seats(person, wishes, enter(person, wishes))
    person.pause(wishes.think_s[1])
    keys = [(person.intention(), person.intention()) for _ in range(2)]
    tabs = person.together(*[_tab(hold, wishes.card, *pair) for pair in keys])
    paid = next((payment for payment in tabs if payment.ok), tabs[0])
    require(paid)
    return confirm(person, wishes, hold, wait_for_payment(person, wishes, hold, paid))


def _tab(hold: Hold, card: str, opening: str, paying: str) -> Callable[[Ticketing], Payment]:
    def act(hand: Ticketing) -> Payment:
        opened = hand.open_payment(hold, card, opening)
        return hand.pay(opened, paying) if opened.ok else opened

    return act


def cancel_order(person: Ticketing, wishes: Wishes) -> str:
    """Buys, then asks to cancel the order like a hold; a platform must say no, and the ticket and its money stay."""
    hold = hold_seats(person, wishes, enter(person, wishes))
    payment = pay(person, wishes, hold, wishes.card)
    ending = confirm(person, wishes, hold, payment)
    if ending == "ticket":
        person.pause(wishes.think_s[2])
        person.cancel(hold, person.intention())
        person.read_back(hold)
        person.pause(wishes.poll_s)
        person.payment_status(payment)
    return ending


def pay_and_cancel(person: Ticketing, wishes: Wishes) -> str:
    """Holds seats and pays, then gives them back instead of confirming, and looks if the money came back."""
    hold = hold_seats(person, wishes, enter(person, wishes))
    payment = pay(person, wishes, hold, wishes.card)
    cancelled = person.cancel(hold, person.intention())
    if not cancelled.ok:
        return ending_of(cancelled)
    person.pause(wishes.poll_s)
    person.payment_status(payment)
    return "cancelled"


def confirm_unpaid(person: Ticketing, wishes: Wishes) -> str:
    """Opens a payment and confirms without paying it, which a platform must refuse; then gives the seats back."""
    hold = hold_seats(person, wishes, enter(person, wishes))
    opened = person.open_payment(hold, wishes.card, person.intention())
    require(opened)
    fields = {
        "reservation_id": hold.reservation,
        "user_id": person.user,
        "payment_intent_id": opened.intent,
        "idempotency_key": person.intention(),
    }
    order = person.ask(_STEPS["confirm"], fields, provoked=True)
    if order.ok:
        return "let_in"
    if order.outcome != "refused":
        raise Ends(ending_of(order))
    person.cancel(hold, person.intention())
    return "refused"


def buy_any(person: Ticketing, wishes: Wishes) -> str:
    """Asks for a number of seats and names none; buys what the platform picks."""
    token = enter(person, wishes)
    person.pause(wishes.think_s[0])
    hold = person.reserve(wishes.event, (), wishes.quantity, token, person.intention())
    require(hold)
    return confirm(person, wishes, hold, pay(person, wishes, hold, wishes.card))
