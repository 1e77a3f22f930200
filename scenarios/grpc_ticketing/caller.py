"""One person's calls: each is due, allowed, sent, judged once, and written down, whatever becomes of it.

The response time of a call runs from its due instant: the planned arrival for the first, then the moment when its
precondition was met (the last answer) plus the planned delay. The service time runs from the send. A call whose caller
is stopped half way (the run ends) is written down as CANCELLED, and what it may have done stays an open question.
"""

from __future__ import annotations

from copy import copy
from itertools import count, product
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from contracts.outcomes import USUAL, Expectation, Judged, judge_answer
from scenarios.cards import blotted
from scenarios.grpc_ticketing.claims import claims_of, cost
from scenarios.grpc_ticketing.questions import Questions, leaves_open
from scenarios.grpc_ticketing.updates import end_of, update_of
from scenarios.ticketing import HeldBack
from tacorush.evidence.records import HELD_BACK
from tacorush.wire.channel import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from google.protobuf.message import Message

    from contracts.catalogue import Method
    from scenarios.grpc_ticketing.line import Line
    from tacorush.evidence.records import Claim

Look: TypeAlias = tuple[str, str, int]
"""Code, status and position of a look at the queue."""

_CANCELLED, _DEADLINE_EXCEEDED = 1, 4
_EXPECTATIONS = {flags: Expectation(*flags) for flags in product((False, True), repeat=3)}


_Allowed: TypeAlias = "tuple[int, str, tuple[tuple[str, str | bytes], ...]]"
"""When a call was allowed, its trace id, and the metadata that carries it."""


class Shown(NamedTuple):
    """Seats with their prices, as they were shown to who looked."""

    event: str
    names: tuple[str, ...]
    seats: Sequence[Any]
    """The messages, in the order of their names: they are looked into when some of the seats are held."""

    def cost(self, names: Sequence[str], currency: str) -> int:
        """What some of them cost together; 0 where one was not shown with a price in that currency."""
        try:
            return cost([self.seats[self.names.index(name)].price for name in names], currency)
        except ValueError:
            return 0


class Heard(NamedTuple):
    """One answer with what it is worth."""

    judged: Judged
    messages: tuple[Message, ...]
    """The response, or a stream's messages; empty when none came."""
    answered_ns: int
    claims: Sequence[Claim] = ()
    """What the answer says about seats, orders and money; it is read out of the message once."""

    @property
    def message(self) -> Message | None:
        """The response, or None."""
        return self.messages[0] if self.messages else None


class Caller:
    """Calls in the name of one journey (`number`, `kind`). `due_ns` is when the next call is due."""

    __slots__ = (
        "_attempts",
        "_looks",
        "_trace_root",
        "_traces",
        "due_ns",
        "kind",
        "line",
        "number",
        "questions",
        "shown",
        "user",
    )

    def __init__(self, line: Line, number: int, kind: str, user: str, due_ns: int) -> None:
        self.line = line
        self.number = number
        self.kind = kind
        self.user = user
        self.due_ns = due_ns
        self.questions = Questions()
        self.shown: Shown | None = None
        """The free seats that this person looked at last."""
        self._traces = count(1)
        self._trace_root = line.trace_root(number, kind)
        self._attempts: dict[str, int] = {}
        self._looks: dict[str, tuple[Look, int]] = {}
        """What the queue said last to a waiting token, and how often in a row."""

    def fork(self) -> Caller:
        """Another hand of the same person: a due instant of its own, everything else shared."""
        return copy(self)

    def call(
        self,
        method: Method,
        request: Message,
        *,
        provoked: bool = False,
        card_may_fail: bool = False,
        hold_ends_ns: int = 0,
    ) -> Heard:
        """Sends one unary call and returns what it is worth; raises HeldBack when the target's limit forbids it."""
        sent_ns, trace, metadata = self._allow()
        unary, path, response, deadline_s = self.line.ways[method.name]
        try:
            answer = unary(path, request, response, deadline_s, metadata)
        except BaseException as stop:
            self._book(method, request, self._stopped(sent_ns, stop), USUAL, trace)
            raise
        expectation = USUAL
        if provoked or card_may_fail or hold_ends_ns:
            ran_out = 0 < hold_ends_ns <= answer.answered_ns
            expectation = _EXPECTATIONS[card_may_fail, ran_out, provoked]
        return self._book(method, request, answer, expectation, trace)

    def listen(self, method: Method, request: Message, messages: int, seconds: float) -> Heard:
        """Listens until `messages` have come, then hangs up; the time counted is that to the last of them.

        A stream that ends or falls silent before is judged by its end.
        """
        sent_ns, trace, metadata = self._allow()
        heard: list[Message] = []
        try:
            stream = self.line.channels[method.entrance].stream(
                method.path, request, method.response, seconds, metadata
            )
            for message in stream:
                heard.append(message)
                if len(heard) >= messages:
                    break
        except BaseException as stop:
            self._book(method, request, self._stopped(sent_ns, stop), USUAL, trace)
            raise
        if len(heard) >= messages:
            now_ns = self.line.io.clock()
            stream.cancel()
            answer = Answer(0, "", None, "answered", sent_ns, now_ns)
        else:
            answer = stream.answer or Answer(_CANCELLED, "no end", None, "unanswered", sent_ns, self.line.io.clock())
        return self._book(method, request, answer, USUAL, trace)._replace(messages=tuple(heard))

    def follow(self, method: Method, request: Message, seconds: float) -> Heard:
        """Follows a stream for so long, then hangs up; the time counted is that to its first message, or to its end.

        Every message is written down when it comes, and at last how the stream ended. Hanging up is no error.
        """
        allowed = self._allow()
        came: list[int] = []
        try:
            answer = self._updates(method, request, seconds, allowed, came)
        except BaseException as stop:
            self._followed(method, request, self._stopped(allowed[0], stop), allowed[1], came)
            raise
        return self._followed(method, request, answer, allowed[1], came)

    def _updates(self, method: Method, request: Message, seconds: float, allowed: _Allowed, came: list[int]) -> Answer:
        """Writes down each message of a stream, and in `came` when it came; returns how the stream ended."""
        sent_ns, trace, metadata = allowed
        channel = self.line.channels[method.entrance]
        stream = channel.stream(method.path, request, method.response, seconds, metadata)
        for message in stream:
            came.append(self.line.io.clock())
            update = update_of(method, message)
            if update is not None:
                self._claim(update, sent_ns, came[-1], trace)
        return stream.answer or Answer(_CANCELLED, "no end", None, "unanswered", sent_ns, self.line.io.clock())

    def _followed(self, method: Method, request: Message, answer: Answer, trace: str, came: list[int]) -> Heard:
        """Books a stream that is over; its deadline is that of who follows it, and no matter of the platform."""
        ended_ns, sent_ns = self.line.io.clock(), answer.sent_ns
        hung_up = answer.status == _DEADLINE_EXCEEDED
        if hung_up:
            answer = Answer(0, "", None, "answered", sent_ns, ended_ns)
        first_ns = came[0] if came else ended_ns
        heard = self._book(method, request, answer._replace(answered_ns=first_ns), USUAL, trace)
        self.due_ns = ended_ns
        end = end_of(method, request, heard.judged, hung_up=hung_up, messages=len(came))
        self._claim(end, sent_ns, ended_ns, trace)
        return heard

    def _allow(self) -> _Allowed:
        now_ns = self.line.io.clock()
        if not self.line.permit.spend(now_ns):
            self.line.book.count(HELD_BACK)
            raise HeldBack
        trace = f"{self._trace_root}{next(self._traces):08x}"
        return now_ns, trace, (("traceparent", f"00-{trace}-{trace[8:24]}-01"),)

    def _stopped(self, sent_ns: int, stop: BaseException) -> Answer:
        detail = f"the harness stopped it ({type(stop).__name__})"
        return Answer(_CANCELLED, detail, None, "unanswered", sent_ns, self.line.io.clock())

    def _book(self, method: Method, request: Message, answer: Answer, expectation: Expectation, trace: str) -> Heard:
        status, detail, message, delivery, sent_ns, answered_ns, _ = answer
        line = self.line
        judged = judge_answer(method, status, detail, delivery, message, expectation)
        due_ns = min(self.due_ns, sent_ns)
        self.due_ns = answered_ns
        line.book.call(
            method.name,
            self.kind,
            self.number,
            judged.outcome,
            judged.code,
            due_ns,
            sent_ns,
            answered_ns,
            blotted(detail) if detail else "",
            trace,
        )
        claims = claims_of(method, request, message, judged)
        for claim in claims:
            if claim.action == "hold" and claim.amount and self.shown is not None and self.shown.event == claim.event:
                claim.quoted = self.shown.cost(claim.seats, claim.currency)
            if claim.action != "poll" or self._is_news(claim):
                self._claim(claim, sent_ns, answered_ns, trace)
        return Heard(judged, () if message is None else (message,), answered_ns, claims)

    def _is_news(self, poll: Claim) -> bool:
        """Says if a look at the queue is written down: of equal ones in a row the 1st, 2nd, 4th, 8th, … are."""
        said = (poll.code, poll.status, poll.position)
        before, times = self._looks.get(poll.shown, (said, 0))
        times = times + 1 if said == before else 1
        self._looks[poll.shown] = (said, times)
        return times & (times - 1) == 0

    def _claim(self, claim: Claim, sent_ns: int, answered_ns: int, trace: str) -> None:
        claim.journey = self.number
        claim.kind = self.kind
        claim.user = claim.user or self.user
        claim.sent_ns = sent_ns
        claim.answered_ns = answered_ns
        claim.trace = trace
        if claim.key:
            claim.attempt = self._attempts[claim.key] = self._attempts.get(claim.key, 0) + 1
        self.line.book.claim(claim)
        self.questions.follow(claim)
        if leaves_open(claim):
            self.questions.open(claim)
        elif claim.action == "read":
            self.questions.answer(claim)
