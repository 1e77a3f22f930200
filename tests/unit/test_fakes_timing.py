"""The agenda, its alarms and the scripted time; and who hears of changes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from contracts.messages.websocket_pb2 import MESSAGE_PRIORITY_NORMAL, MESSAGE_TYPE_INFO
from fakes.caller import Caller
from fakes.changes import Changes, MessageSent, QueueMoved
from fakes.timing import Agenda, Alarm, ScriptedTime

if TYPE_CHECKING:
    from fakes.changes import Change


@given(st.lists(st.integers(0, 20), max_size=30), st.sets(st.integers(0, 29)))
def test_appointments_are_kept_in_order_of_time_and_cancelled_ones_not(times: list[int], cancelled: set[int]) -> None:
    time, seen = ScriptedTime(0.0), list[tuple[float, int]]()
    agenda = Agenda(time.now, time)
    made = [
        agenda.at(when, lambda number=number: seen.append((time.now(), number)))  # type: ignore[misc]
        for number, when in enumerate(times)
    ]
    for number in cancelled & set(range(len(made))):
        made[number].cancel()
    time.advance(30)
    kept = [(when, number) for number, when in enumerate(times) if number not in cancelled]
    assert seen == sorted(kept)


def test_a_closed_agenda_forgets_what_was_going_to_happen_and_takes_nothing_more() -> None:
    """A platform that has died does nothing any more, whoever still reports to it."""
    time, seen = ScriptedTime(0.0), list[str]()
    agenda = Agenda(time.now, time)
    agenda.at(1, lambda: seen.append("before"))
    agenda.close()
    agenda.at(2, lambda: seen.append("after"))
    time.advance(10)
    assert seen == []


class LateTimers(ScriptedTime):
    """Timers that never fire, as a loop that is busy."""

    def advance(self, seconds: float) -> None:
        self._time += seconds


def test_what_is_due_is_done_when_asked_however_late_the_timers_are() -> None:
    time, seen = LateTimers(0.0), list[str]()
    agenda = Agenda(time.now, time)
    agenda.at(5, lambda: seen.append("five"))

    def make_another() -> None:
        agenda.at(4.5, lambda: seen.append("made on the way"))

    agenda.at(4, make_another)
    time.advance(10)
    assert seen == []
    agenda.run_due()
    assert seen == ["made on the way", "five"]


def test_an_earlier_appointment_moves_the_timer() -> None:
    time, seen = ScriptedTime(0.0), list[float]()
    agenda = Agenda(time.now, time)
    agenda.at(100, lambda: seen.append(time.now()))
    agenda.at(1, lambda: seen.append(time.now()))
    time.advance(1)
    assert seen == [1]
    time.advance(99)
    assert seen == [1, 100]


def test_an_alarm_rings_at_the_earliest_deadline_and_then_at_the_next() -> None:
    time, deadlines, rung = ScriptedTime(0.0), [3.0, 7.0, 9.0], list[float]()
    agenda = Agenda(time.now, time)

    def ring(now: float) -> float:
        rung.append(now)
        deadlines.pop(0)
        return deadlines[0] if deadlines else math.inf

    alarm = Alarm(agenda, time.now, ring)
    alarm.by(9.0)
    alarm.by(3.0)
    alarm.by(7.0)
    time.advance(100)
    assert rung == [3.0, 7.0, 9.0]


def message(user: str = "", session: str = "") -> MessageSent:
    return MessageSent("m", user, session, MESSAGE_TYPE_INFO, "t", "c", 0.0, MESSAGE_PRIORITY_NORMAL)


def test_a_change_is_heard_by_who_listens_to_one_of_its_topics_and_once() -> None:
    changes = Changes()
    heard: list[Change] = []
    end = changes.subscribe([("queue", "evt"), ("messages of user", "ann")], heard.append)
    assert changes.publish(QueueMoved("evt")) == 1
    assert changes.publish(QueueMoved("other")) == 0
    assert changes.publish(message(user="ann")) == 1
    assert changes.publish(message(session="ann")) == 0
    assert heard == [QueueMoved("evt"), message(user="ann")]
    assert changes.listening(("queue", "evt"))
    end()
    end()
    assert changes.publish(QueueMoved("evt")) == 0
    assert not changes.listening(("queue", "evt"))


def test_a_listener_can_leave_while_it_is_told() -> None:
    changes, heard = Changes(), list[str]()

    def once(change: Change) -> None:
        heard.append("once")
        end()

    end = changes.subscribe([("queue", "evt")], once)
    changes.subscribe([("queue", "evt")], lambda change: heard.append("always"))
    changes.publish(QueueMoved("evt"))
    changes.publish(QueueMoved("evt"))
    assert heard == ["once", "always", "always"]


def test_a_trace_is_taken_from_a_well_formed_traceparent_only() -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    header = f"00-{trace}-00f067aa0ba902b7-01"
    assert Caller("p", {"traceparent": header}).trace_id == trace
    assert Caller("p", {"traceparent": header.encode()}).trace_id == trace
    assert Caller("p", {"traceparent": "nonsense"}).trace_id == ""
    assert Caller("p").trace_id == ""
