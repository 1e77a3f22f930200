"""One person's calls: each is due, allowed, sent, judged once, and written down, whatever becomes of it.

The response time of a call runs from its due instant: the planned arrival for the first, then the moment when its
precondition was met (the last answer) plus the planned delay. The service time runs from the send. A call whose caller
is stopped half way (the run ends) is written down as CANCELLED, and what it may have done stays an open question.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from contracts.outcomes import USUAL, Expectation, Judged, judge_answer
from scenarios.cards import blotted
from scenarios.chance import key_of
from scenarios.grpc_ticketing.claims import claims_of
from scenarios.grpc_ticketing.questions import Questions, leaves_open
from scenarios.ticketing import HeldBack
from tacorush.evidence.records import HELD_BACK
from tacorush.wire.channel import Answer

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from contracts.catalogue import Method
    from scenarios.grpc_ticketing.line import Line

_CANCELLED = 1


class Heard(NamedTuple):
    """One answer with what it is worth."""

    judged: Judged
    messages: tuple[Message, ...]
    """The response, or a stream's messages; empty when none came."""
    answered_ns: int

    @property
    def message(self) -> Message | None:
        """The response, or None."""
        return self.messages[0] if self.messages else None


class Caller:
    """Calls in the name of one journey (`number`, `kind`). `due_ns` is when the next call is due."""

    def __init__(self, line: Line, number: int, kind: str, user: str, due_ns: int) -> None:
        self.line = line
        self.number = number
        self.kind = kind
        self.user = user
        self.due_ns = due_ns
        self.questions = Questions(number, kind)
        self._traces = count(1)
        self._trace_root = f"{key_of(line.plan.run_id, 'trace', number, kind):016x}{number & 0xFFFFFFFF:08x}"
        self._attempts: dict[str, count[int]] = {}

    def fork(self) -> Caller:
        """Another hand of the same person: a due instant of its own, everything else shared."""
        hand = Caller.__new__(Caller)
        hand.__dict__.update(self.__dict__)
        return hand

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
        trace, metadata = self._allow()
        sent_ns = self.line.io.clock()
        try:
            answer = self.line.channels[method.entrance].unary(
                method.path, request, method.response, method.deadline_ms / 1000, metadata
            )
        except BaseException as stop:
            self._book(method, request, self._stopped(sent_ns, stop), USUAL, trace)
            raise
        expectation = USUAL
        if provoked or card_may_fail or hold_ends_ns:
            ran_out = 0 < hold_ends_ns <= answer.answered_ns
            expectation = Expectation(card_may_fail=card_may_fail, hold_ran_out=ran_out, provoked=provoked)
        return self._book(method, request, answer, expectation, trace)

    def listen(self, method: Method, request: Message, messages: int, seconds: float) -> Heard:
        """Listens until `messages` have come, then hangs up; the time counted is that to the last of them.

        A stream that ends or falls silent before is judged by its end.
        """
        trace, metadata = self._allow()
        sent_ns = self.line.io.clock()
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

    def _allow(self) -> tuple[str, tuple[tuple[str, str | bytes], ...]]:
        if not self.line.permit.spend(self.line.io.clock()):
            self.line.book.count(HELD_BACK)
            raise HeldBack
        trace = f"{self._trace_root}{next(self._traces):08x}"
        return trace, (("traceparent", f"00-{trace}-{trace[8:24]}-01"),)

    def _stopped(self, sent_ns: int, stop: BaseException) -> Answer:
        detail = f"the harness stopped it ({type(stop).__name__})"
        return Answer(_CANCELLED, detail, None, "unanswered", sent_ns, self.line.io.clock())

    def _book(self, method: Method, request: Message, answer: Answer, expectation: Expectation, trace: str) -> Heard:
        judged = judge_answer(method, answer.status, answer.detail, answer.delivery, answer.message, expectation)
        due_ns = min(self.due_ns, answer.sent_ns)
        self.due_ns = answer.answered_ns
        self.line.book.call(
            method.name,
            self.kind,
            self.number,
            judged.outcome,
            judged.code,
            due_ns,
            answer.sent_ns,
            answer.answered_ns,
            blotted(answer.detail),
            trace,
        )
        self._claim(method, request, answer, judged, trace)
        messages = () if answer.message is None else (answer.message,)
        return Heard(judged, messages, answer.answered_ns)

    def _claim(self, method: Method, request: Message, answer: Answer, judged: Judged, trace: str) -> None:
        for claim in claims_of(method, request, answer.message, judged):
            claim.journey = self.number
            claim.kind = self.kind
            claim.user = claim.user or self.user
            claim.sent_ns = answer.sent_ns
            claim.answered_ns = answer.answered_ns
            claim.trace = trace
            if claim.key:
                claim.attempt = next(self._attempts.setdefault(claim.key, count(1)))
            self.line.book.claim(claim)
            if leaves_open(claim):
                self.questions.open(claim)
            elif claim.action == "read":
                self.questions.answer(claim)
