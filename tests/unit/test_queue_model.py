"""Any order of joining, asking, being admitted, leaving and reserving, with time passing, equals a naive queue.

Every answer is foretold: status, position, announced wait, readiness, grants and refusals. No position ever rises, no
reservation token is good twice, and statistics count who stands. Operators stop admissions and drain queues meanwhile.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contracts.messages import errors_pb2, queue_pb2
from fakes.events import event as hall
from fakes.settings import OPEN
from tests.examples import examples
from tests.unit import naive_queue
from tests.unit.naive_queue import BANDS, EVENTS, WINDOWS, NaiveQueue
from tests.unit.ticket_desk import Desk

FIGURES = replace(
    OPEN,
    waiting_ranks=tuple(float(end) for end, _ in BANDS),
    waiting_minimums_s=tuple(float(wait) for _, wait in BANDS),
    free_ranks=naive_queue.FREE_RANKS,
    admission_per_s=float(naive_queue.REFILL),
    admission_burst=naive_queue.BUCKET,
    system_admission_per_s=float(naive_queue.SYSTEM_REFILL),
    system_admission_burst=naive_queue.SYSTEM_BUCKET,
    heartbeat_s=naive_queue.HEARTBEAT_S,
    waiting_life_s=naive_queue.WAITING_S,
    reservation_token_life_s=naive_queue.TOKEN_S,
    duplicate_join_s=naive_queue.DUPLICATE_S,
    eta_windows_s=tuple(float(length) for length, _ in WINDOWS),
    eta_weights=tuple(float(weight) for _, weight in WINDOWS),
)
USERS = st.sampled_from([f"user_{number}" for number in range(8)])


class QueueAgainstNaive(RuleBasedStateMachine):
    """Two queues, drawn calls, and a naive reference."""

    @initialize()
    def begin(self) -> None:
        self.desk = Desk(FIGURES, events={name: hall(name, 200) for name in EVENTS})
        self.naive = NaiveQueue()
        self.told: dict[str, int] = {}
        """The last position of each waiting token."""
        self.tokens: list[str] = ["rtkn_unknown"]
        self.names: list[str] = ["wtkn_unknown"]

    @rule(event=st.sampled_from([EVENTS[0], *EVENTS]), user=USERS)
    def one_joins(self, event: str, user: str) -> None:
        self.join(event, user)

    @rule(event=st.sampled_from([EVENTS[0], *EVENTS]), number=st.integers(1, 8))
    def a_crowd_joins(self, event: str, number: int) -> None:
        """Several at once, each of whom is new to the platform."""
        for _ in range(number):
            self.join(event, f"one_of_many_{len(self.names)}")

    def join(self, event: str, user: str) -> None:
        answer = self.desk.ask("queue/JoinQueue", event_id=event, user_id=user)
        if not self.naive.may_join(event, user):
            assert code(answer) == "ALREADY_EXISTS"
            return
        name = answer.waiting_token
        self.naive.join(name, event, user)
        self.names.append(name)
        assert (code(answer), answer.position_hint) == ("", self.naive.rank(name))
        assert answer.eta_seconds == self.naive.eta(name)

    @rule(data=st.data())
    def ask(self, data: st.DataObject) -> None:
        name = self.pick(data)
        answer = self.desk.ask("queue/GetQueueStatus", waiting_token=name)
        if name not in self.naive.people:
            assert (code(answer), answer.status) == ("NOT_FOUND", queue_pb2.QUEUE_STATUS_ERROR)
            return
        one = self.naive.people[name]
        one.seen = self.naive.now
        ready = self.naive.ready(name)
        status = "READY" if ready else one.status
        assert queue_pb2.QueueStatus.Name(answer.status) == f"QUEUE_STATUS_{status}"
        assert (answer.position, answer.admission_ready) == (self.naive.rank(name), ready)
        assert answer.eta_seconds == self.naive.eta(name)
        assert answer.position <= self.told.setdefault(name, answer.position), "a position rose"
        self.told[name] = answer.position

    @rule(data=st.data(), event=st.sampled_from(["", *EVENTS]), user=st.one_of(st.just(""), USERS))
    def request_admission(self, data: st.DataObject, event: str, user: str) -> None:
        """Saying for which event and whom is optional; who says it wrongly is not let in."""
        self.request(self.pick(data), event, user)

    @rule()
    def everybody_requests_admission(self) -> None:
        """Both lines in turn, who stands further back first, so that each takes from the buckets: all run dry."""
        for pair in zip_longest(*(self.naive.line(event)[:6][::-1] for event in EVENTS)):
            for name in pair:
                if name is not None:
                    self.request(name)

    def request(self, name: str, event: str = "", user: str = "") -> None:
        answer = self.desk.ask("queue/RequestAdmission", waiting_token=name, event_id=event, user_id=user)
        admission = queue_pb2.AdmissionStatus.Name(answer.admission).removeprefix("ADMISSION_STATUS_")
        if name not in self.naive.people or not self.naive.is_of(name, event, user):
            assert (code(answer), admission) == ("FORBIDDEN", "INVALID")
            return
        one = self.naive.people[name]
        one.seen = self.naive.now
        if one.status in ("LEFT", "EXPIRED"):
            assert admission == "EXPIRED"
        elif one.status == "READY":
            assert (admission, answer.reservation_token) == ("GRANTED", one.token)
        elif not self.naive.ready(name):
            assert (admission, answer.reservation_token) == ("DENIED", "")
        else:
            assert admission == "GRANTED"
            assert answer.ttl_seconds == naive_queue.TOKEN_S
            assert answer.reservation_token not in self.tokens
            self.naive.admit(name, answer.reservation_token)
            self.tokens.append(answer.reservation_token)

    @rule(data=st.data(), scope=st.sampled_from(["", "queue", "reserve"]))
    def validate(self, data: st.DataObject, scope: str) -> None:
        """A waiting token is good while its owner is here, a reservation token until it is spent or runs out."""
        token = data.draw(st.sampled_from([*self.names[-3:], *self.tokens[-3:]]))
        answer = self.desk.do("gateway/ValidateToken", token=token, required_scope=scope)
        found = self.naive.scope_of(token)
        assert answer.valid == (found is not None and scope in ("", found))
        assert list(answer.scopes) == ([found] if found else [])

    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        name = self.pick(data)
        answer = self.desk.ask("queue/LeaveQueue", waiting_token=name)
        assert code(answer) == ("" if name in self.naive.people else "NOT_FOUND")
        if name in self.naive.people:
            self.naive.leave(name)

    @rule(off=st.booleans())
    def an_operator_stops_admissions_or_lets_them_go_on(self, off: bool) -> None:
        wish: dict[str, Any] = {
            "action": "EMERGENCY_ACTION_TYPE_STOP_ADMISSIONS",
            "parameters": {"off": str(off).lower()},
        }
        self.desk.do("admin/EmergencyAction", **wish, confirm=True)
        self.naive.admitting = off

    @precondition(lambda self: not self.naive.admitting)
    @rule()
    def admissions_go_on(self) -> None:
        """Twice as likely as that they stop."""
        self.an_operator_stops_admissions_or_lets_them_go_on(off=True)

    @precondition(lambda self: len(self.naive.people) > 6)
    @rule(event=st.sampled_from(EVENTS))
    def an_operator_sends_everybody_home(self, event: str) -> None:
        wish: dict[str, Any] = {"operation": "OPERATION_TYPE_DRAIN_QUEUE", "parameters": {"event_id": event}}
        gone = self.naive.drain(event)
        assert self.desk.do("admin/TriggerOperation", **wish).result == f"{gone} waiting people sent home"

    @precondition(lambda self: self.naive.people)
    @rule(data=st.data(), own=st.integers(0, 3), elsewhere=st.booleans())
    def reserve(self, data: st.DataObject, own: int, elsewhere: bool) -> None:
        """Mostly with one's own token, as soon as there is one, and half of these at the event that it is for."""
        token = data.draw(st.sampled_from(self.tokens[-3:]))
        owner = next((one for one in self.naive.people.values() if one.token == token), None)
        someone = data.draw(st.sampled_from(list(self.naive.people.values())))
        who = owner if owner is not None and own else someone
        self.reserve_with(token, next(other for other in EVENTS if (other != who.event) == elsewhere), who.user)

    @precondition(lambda self: self.naive.unspent())
    @rule(data=st.data(), how=st.sampled_from(["twice", "left before", "just in time", "a second too late"]))
    def use_a_token(self, data: st.DataObject, how: str) -> None:
        """One who was admitted uses his token twice, gives it back before, or comes at the last moment, or after it."""
        name = data.draw(st.sampled_from(self.naive.unspent()))
        one = self.naive.people[name]
        if how == "left before":
            self.desk.do("queue/LeaveQueue", waiting_token=name)
            self.naive.leave(name)
        elif how != "twice":
            self.time_passes(max(one.token_ends - self.naive.now - (how == "just in time"), 0))
        for _ in range(2 if how == "twice" else 1):
            self.reserve_with(one.token, one.event, one.user)

    def reserve_with(self, token: str, event: str, user: str) -> None:
        answer = self.desk.ask(
            "reservation/CreateReservation", event_id=event, user_id=user, reservation_token=token, quantity=1
        )
        good = self.naive.spendable(token, event, user)
        assert code(answer) == ("" if good is not None else "FORBIDDEN")
        if good is not None:
            good.used = True

    @rule(seconds=st.integers(1, 4))
    def time_passes(self, seconds: int) -> None:
        self.desk.time.advance(seconds)
        self.naive.pass_time(seconds)

    @precondition(lambda self: self.naive.admissions[EVENTS[0]])
    @rule(length=st.sampled_from([length for length, _ in WINDOWS]))
    def an_admission_is_as_old_as_a_window(self, length: int) -> None:
        """At that second it counts no more, and who joins then is told so by the wait that is announced to him."""
        age = self.naive.now - self.naive.admissions[EVENTS[0]][-1]
        if age < length:
            self.time_passes(length - age)
        self.join(EVENTS[0], f"one_of_many_{len(self.names)}")

    @invariant()
    def the_statistics_count_who_stands_and_who_was_admitted(self) -> None:
        for one in self.desk.do("queue/GetQueueStats").events:
            assert one.total_waiting == len(self.naive.line(one.event_id))
            assert one.total_admitted == len(self.naive.admissions[one.event_id])

    def pick(self, data: st.DataObject) -> str:
        """One of those at the front, of the last who came, or of the last who were admitted."""
        front = self.naive.line(EVENTS[0])[:4]
        admitted = [name for name, one in self.naive.people.items() if one.token][-3:]
        return str(data.draw(st.sampled_from([*front, *self.names[-4:], *admitted])))


def code(answer: Any) -> str:
    """The name of an answer's error; empty for none."""
    return errors_pb2.ErrorCode.Name(answer.error.code).removeprefix("ERROR_CODE_") if answer.HasField("error") else ""


QueueAgainstNaive.TestCase.settings = examples(120, stateful_step_count=50)
test_any_order_of_calls_equals_the_naive_queue = QueueAgainstNaive.TestCase
