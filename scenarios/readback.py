"""Reading back at the end: what became of the calls whose answers never came, and what the inventory says now.

First what was not answered; then holds that were left to run out, and payments without an order, longest due first: do
they still stand? A hold whose end is still to come has nothing to say yet, and is counted. Each open question is one
read, recorded as kind READBACK; its claims let the audit close what a missing answer left open. Reads go out a few at
a time, end at a deadline, and end early when the platform has stopped answering: what could not be asked is counted,
and stays open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from contracts.catalogue import METHODS
from scenarios.counting import counted
from scenarios.grpc_ticketing.caller import Caller
from scenarios.preflight import queue_figures
from scenarios.routes import ROUTES
from scenarios.ticketing import HeldBack
from tacorush.evidence.records import READBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from google.protobuf.message import Message

    from scenarios.grpc_ticketing import Line
    from scenarios.grpc_ticketing.caller import Heard
    from scenarios.grpc_ticketing.questions import Question

AT_ONCE = 8
"""Questions asked at the same time."""
SILENCES_BORNE = 3
"""Rounds in a row without any answer after which nothing more is asked."""

READBACK_JOURNEY = -1

_STEPS: Mapping[str, tuple[str, Callable[[Question], dict[str, Any]]]] = {
    "reservation": ("read_back", lambda question: {"reservation_id": question.name, "user_id": question.user}),
    "payment": ("payment_status", lambda question: {"payment_intent_id": question.name, "user_id": question.user}),
    "hold": ("read_back", lambda question: {"reservation_id": question.name, "user_id": question.user}),
    "refund": ("payment_status", lambda question: {"payment_intent_id": question.name, "user_id": question.user}),
    "reservations": ("list_reservations", lambda question: {"user_id": question.name}),
    "payments": (
        "list_payments",
        lambda question: {"user_id": question.user, "reservation_id": question.name},
    ),
}
"""What a question is about to the step that answers it (always of the services: they own the facts) and its request."""


class Settled(NamedTuple):
    """How the reading back went."""

    asked: int
    answered: int
    unasked: int
    not_due: int = 0
    """Holds that had not run out yet when the others were asked."""


def settle(line: Line, questions: Sequence[Question], deadline_ns: int) -> Settled:
    """Asks the open questions until the run's clock reads `deadline_ns`; counts `readback.asked` and the like."""
    now_ns = line.io.clock()
    due = sorted((question for question in questions if question.not_before_ns <= now_ns), key=_turn)
    not_due, questions = len(questions) - len(due), due
    asked = answered = silent = 0
    while asked < len(questions) and line.io.clock() < deadline_ns and silent < SILENCES_BORNE:
        batch = questions[asked : asked + AT_ONCE]
        heard = sum(line.io.together([_asking(line, question) for question in batch]))
        asked += len(batch)
        answered += heard
        silent = 0 if heard else silent + 1
    result = Settled(asked, answered, len(questions) - asked, not_due)
    for name, number in result._asdict().items():
        line.book.count(f"readback.{name}", number)
    return result


def _turn(question: Question) -> tuple[bool, int]:
    return question.about in {"hold", "refund"}, question.not_before_ns


def _asking(line: Line, question: Question) -> Callable[[], bool]:
    step, fields = _STEPS[question.about]
    return lambda: _ask(line, step, fields(question), question.user) is not None


def _ask(line: Line, step: str, fields: dict[str, Any], user: str) -> Heard | None:
    method = METHODS[ROUTES["services"][step]]
    caller = Caller(line, READBACK_JOURNEY, READBACK, user, line.io.clock())
    try:
        heard = caller.call(method, method.request(**fields))
    except HeldBack:
        return None
    return heard if heard.judged.outcome in {"ok", "refused"} or heard.message is not None else None


def queues_after(line: Line) -> dict[str, dict[str, int]]:
    """Asks once what the platform tells of its queues now: see queue_figures; empty where it tells nothing."""
    message: Any = _said(_ask(line, "stats", {}, ""))
    return {} if message is None else queue_figures(message)


def inventory_after(line: Line) -> dict[str, dict[str, Any]]:
    """Asks each event's inventory once; returns event id to what it counts, as `counting.counted` gives it.

    An event that gives no figures is left out.
    """
    found: dict[str, dict[str, Any]] = {}
    for event in line.plan.events:
        message: Any = _said(_ask(line, "inventory", {"event_id": event.id}, ""))
        if message is not None and (figures := counted(message)):
            found[event.id] = figures
    return found


def _said(heard: Heard | None) -> Message | None:
    return heard.message if heard else None
