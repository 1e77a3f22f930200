"""Those who want in without a turn: programs that skip the queue and try tokens that nobody gave them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.journeys.endings import Ends, ending_of
from scenarios.routes import ROUTES

if TYPE_CHECKING:
    from scenarios.ticketing import Reply, Ticketing
    from scenarios.wishes import Wishes

_STEPS = ROUTES["services"]
_GUESSES = ("", "rtkn_{guess:016x}", "{guess:08x}-0000-4000-8000-000000000000", "wtkn_{guess:016x}")
"""Reservation tokens as they look: none, as documented, as seen, and one of the queue's instead."""


def guess_tokens(person: Ticketing, wishes: Wishes) -> str:
    """Never joins; asks for admission with an invented place, then for seats with one invented token after the other.

    Being told no is what it is for, and ends `refused`. Whom the platform lets in gives the seats back, `let_in`.
    """
    asked = person.ask(
        _STEPS["ask_admission"],
        {"waiting_token": _guessed(person, "wtkn_{guess:016x}"), "event_id": wishes.event, "user_id": person.user},
        provoked=True,
    )
    if asked.ok:
        return "let_in"
    if not asked.unserved:
        _go_on(asked)
    for form in _GUESSES:
        person.pause(wishes.poll_s)
        if try_token(person, wishes, _guessed(person, form)):
            return "let_in"
    return "refused"


def _guessed(person: Ticketing, form: str) -> str:
    return form.format(guess=person.chance.uint64() >> 32)


def try_token(person: Ticketing, wishes: Wishes, token: str) -> bool:
    """Asks for seats with a token that should not do; gives them back and returns True when it did."""
    held = person.ask(
        _STEPS["reserve"],
        {
            "event_id": wishes.event,
            "seat_ids": wishes.seats[: wishes.quantity],
            "quantity": wishes.quantity,
            "user_id": person.user,
            "reservation_token": token,
            "idempotency_key": person.intention(),
        },
        provoked=True,
    )
    if not held.ok:
        _go_on(held)
        return False
    fields = {
        "reservation_id": held.field("reservation_id"),
        "user_id": person.user,
        "reason": "not meant to be",
        "idempotency_key": person.intention(),
    }
    person.ask(_STEPS["cancel"], fields)
    return True


def _go_on(told: Reply) -> None:
    """A no is no reason to stop; an error, silence, or a method that is not served is."""
    if told.outcome != "refused":
        raise Ends(ending_of(told))
