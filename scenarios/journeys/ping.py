"""One question: how long are the queues?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.journeys.endings import ending_of
from scenarios.routes import ROUTES

if TYPE_CHECKING:
    from scenarios.ticketing import Ticketing
    from scenarios.wishes import Wishes


def ping(person: Ticketing, wishes: Wishes) -> str:
    """Asks GetQueueStats once; a person who only looked has left."""
    reply = person.ask(ROUTES["services"]["stats"], {"event_id": wishes.event} if wishes.event else {})
    return "left" if reply.ok else ending_of(reply)
