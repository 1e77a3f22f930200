"""The front in process: of whom it serves it asks the transport only what somebody wants to know."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from random import Random

import pytest
from google.protobuf.message import Message

from contracts.messages import errors_pb2, queue_pb2
from fakes.collecting import collect_seldom
from fakes.error_modes import IN_MESSAGE
from fakes.events import program
from fakes.front import Front
from fakes.incidents.planted import Planted
from fakes.platform import Platform
from fakes.services import handlers
from fakes.settings import OPEN
from fakes.streams import OPENERS
from fakes.timing import ScriptedTime

JOIN = "/gateway.v1.QueueService/JoinQueue"
TRACE = "0af7651916cd43dd8448eb211c80319c"


class Call:
    """A call that counts how often it is asked who sent it."""

    path = JOIN

    def __init__(self) -> None:
        self.asked = 0
        self.answers: list[Message] = []

    @property
    def metadata(self) -> Mapping[str, str | bytes]:
        self.asked += 1
        return {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}

    @property
    def peer(self) -> str:
        self.asked += 1
        return "ipv4:127.0.0.1:1"

    def attach(self, initial: object = (), trailing: object = ()) -> None:
        raise AssertionError("the platform has no metadata of its own")

    def answer(self, message: Message) -> None:
        self.answers.append(message)

    def fail(self, status: int, detail: str) -> None:
        raise AssertionError(f"status {status}: {detail}")

    def send(self, message: Message) -> bool:
        raise AssertionError(f"a unary call was sent {message}")

    def finish(self) -> None:
        raise AssertionError("a unary call was finished")

    def on_end(self, callback: Callable[[], None]) -> None:
        raise AssertionError(f"nobody waits for the end of a unary call, but {callback} does")


@pytest.fixture
def join() -> Callable[[Call, queue_pb2.JoinQueueRequest], None]:
    time = ScriptedTime()
    planted = Planted((), 1, time.now)
    platform = Platform(OPEN, now=time.now, timers=time, chance=Random(1), events=program(["evt"], 100), faults=planted)
    front = Front(platform, time, latencies={}, incidents=planted, error_mode=IN_MESSAGE)
    return next(end.handler for end in front.endpoints(handlers(platform), OPENERS) if end.path == JOIN)


def test_a_call_that_is_served_is_not_asked_who_sent_it(
    join: Callable[[Call, queue_pb2.JoinQueueRequest], None],
) -> None:
    """A transport may have to decode the headers for that, at more than the price of the whole call."""
    call = Call()
    join(call, queue_pb2.JoinQueueRequest(event_id="evt", user_id="ann"))
    (answer,) = call.answers
    assert isinstance(answer, queue_pb2.JoinQueueResponse)
    assert answer.waiting_token
    assert call.asked == 0


def test_a_refusal_names_the_trace_that_the_call_came_with(
    join: Callable[[Call, queue_pb2.JoinQueueRequest], None],
) -> None:
    call = Call()
    join(call, queue_pb2.JoinQueueRequest(event_id="evt_x", user_id="ann"))
    (answer,) = call.answers
    assert isinstance(answer, queue_pb2.JoinQueueResponse)
    assert (answer.error.code, answer.error.trace_id) == (errors_pb2.ERROR_CODE_NOT_FOUND, TRACE)


@pytest.fixture
def collector() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


@pytest.mark.usefixtures("collector")
def test_what_is_there_before_the_load_is_never_collected_again() -> None:
    made_before: list[object] = []
    collect_seldom()
    assert all(found is not made_before for found in gc.get_objects())
    assert gc.isenabled()
