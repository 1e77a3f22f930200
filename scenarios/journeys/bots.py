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
        held = _reserve(person, wishes, _guessed(person, form))
        if held.ok:
            return _give_back(person, held)
        _go_on(held)
    return "refused"


def _guessed(person: Ticketing, form: str) -> str:
    return form.format(guess=person.chance.uint64() >> 32)


def _go_on(told: Reply) -> None:
    """A no is no reason to stop; an error, silence, or a method that is not served is."""
    if told.outcome != "refused":
        raise Ends(ending_of(told))


def _reserve(person: Ticketing, wishes: Wishes, token: str) -> Reply:
    fields = {
        "event_id": wishes.event,
        "seat_ids": wishes.seats[: wishes.quantity],
        "quantity": wishes.quantity,
        "user_id": person.user,
        "reservation_token": token,
        "idempotency_key": person.intention(),
    }
    return person.ask(_STEPS["reserve"], fields, provoked=True)


def _give_back(person: Ticketing, held: Reply) -> str:
    fields = {
        "reservation_id": held.field("reservation_id"),
        "user_id": person.user,
        "reason": "not meant to be",
        "idempotency_key": person.intention(),
    }
    person.ask(_STEPS["cancel"], fields)
    return "let_in"
