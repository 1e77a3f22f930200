"""The crowd of one process: performs planned journeys on a line to the target, and asks at the end what is still open.

`perform` runs one journey whole, whatever the platform does, and books how it ended. A journey that the harness stops
(the end of the run, a closed greenlet) is booked as unfinished before the stop goes on. What journeys could not learn
is collected and asked by `settle`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.grpc_ticketing import GrpcTicketing, Line
from scenarios.journeys import Ends
from scenarios.readback import Settled, settle
from scenarios.ticketing import HeldBack
from scenarios.wishes import CARDS_THAT_MAY_FAIL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scenarios.concurrency import Io
    from scenarios.grpc_ticketing import Allowance, Book
    from scenarios.grpc_ticketing.questions import Question
    from scenarios.journeys import Kind
    from scenarios.plan import Plan
    from scenarios.wishes import Wishes
    from tacorush.wire.channel import Channel


_CARDS_THAT_MAY_NOT_PAY = CARDS_THAT_MAY_FAIL | {"TIMEOUT"}


class Crowd:
    """All people of one process. Many may perform at once, on threads or greenlets."""

    def __init__(self, plan: Plan, channels: Mapping[str, Channel], recorder: Book, io: Io, permit: Allowance) -> None:
        self._line = Line(plan, channels, recorder, io, permit)
        self._there: set[int] = set()
        self._open: dict[Question, None] = {}
        self._left: dict[Question, None] = {}

    @property
    def in_flight(self) -> int:
        """How many journeys have begun and not ended."""
        return len(self._there)

    @property
    def open_questions(self) -> int:
        """How many questions ended journeys have left for `settle`."""
        return len(self._open)

    def perform(self, number: int, due_ns: int) -> str:
        """Runs one planned journey from its planned instant to its end, and returns the ending.

        `number` must not be performed twice in a run. Raises nothing for what a platform did; what stops the journey
        from outside is raised again once the journey is booked as unfinished.
        """
        wishes = self._line.plan.wishes(number)
        person = GrpcTicketing(self._line, number, wishes.kind, due_ns)
        self._there.add(number)
        ending = "unfinished"
        try:
            ending = self._line.plan.scenario.cast[wishes.kind].kind.run(person, wishes)
        except Ends as end:
            ending = end.ending
        except HeldBack:
            pass
        finally:
            self._there.discard(number)
            if person.questions:
                self._open.update(dict.fromkeys(person.questions))
            if person.questions.left:
                self._left.update(dict.fromkeys(person.questions.left))
            self._book_times(wishes, ending, due_ns, person.notes)
        return ending

    def _book_times(self, wishes: Wishes, ending: str, due_ns: int, notes: list[tuple[str, int]]) -> None:
        """Every time of a journey is booked when its ending is known, under that ending."""
        code = "paying" if means_to_pay(self._line.plan.scenario.cast[wishes.kind].kind, wishes.card) else "browsing"
        total_ns = max(self._line.io.clock() - due_ns, 0)
        notes.append(("journey.total", total_ns))
        for measure, ns in notes:
            self._line.book.time(measure, wishes.kind, ending, code, ns)

    def settle(self, deadline_ns: int) -> Settled:
        """Asks what is still open or was left behind, until all is answered or the run's clock reads `deadline_ns`."""
        return settle(self._line, [*self._open, *self._left], deadline_ns)


def means_to_pay(kind: Kind, card: str) -> bool:
    """Who makes such a journey with such a card should come home with a ticket unless the platform refuses one."""
    card_works = kind.first_card_fails or card not in _CARDS_THAT_MAY_NOT_PAY
    return kind.paying and card_works
