"""A target that freezes, on a fake clock: the real dispatcher, crowd and recorder, in an open and in a closed loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.catalogue import PORTS
from contracts.messages import queue_pb2
from reports.judgement import judge_evidence
from scenarios.crowd import Crowd
from scenarios.plan import Plan
from scenarios.scenario import load
from tacorush.cli.planning.virtual_time import VirtualTime
from tacorush.evidence.recorder import Recorder
from tacorush.fleet.crew import ArrivalBook
from tacorush.fleet.dispatcher import Dispatcher
from tacorush.wire.channel import Answer
from tests.unit.written_run import Written

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from reports.judgement import Judgement
    from tacorush.wire.channel import Metadata, Stream

SECOND = 10**9
T0_NS = 1_760_000_000 * SECOND
RATE, LENGTH_S = 500, 10


class Freezing:
    """The port `Channel`: answers in `usual_s`, but nothing from one instant to another, in seconds from T0."""

    def __init__(self, io: VirtualTime, usual_s: float, freeze: tuple[float, float]) -> None:
        self._io, self._usual_s, self._freeze = io, usual_s, freeze

    def unary(
        self, path: str, request: Message, response: type[Message], deadline_s: float, metadata: Metadata = ()
    ) -> Answer:
        sent_ns = self._io.clock()
        since_t0_s = (sent_ns - T0_NS) / SECOND
        begins, ends = self._freeze
        held_s = ends - since_t0_s if begins <= since_t0_s < ends else 0.0
        self._io.sleep(held_s + self._usual_s)
        return Answer(0, "", queue_pb2.GetQueueStatsResponse(), "answered", sent_ns, self._io.clock())

    def stream(
        self, path: str, request: Message, response: type[Message], deadline_s: float, metadata: Metadata = ()
    ) -> Stream:
        raise NotImplementedError

    def close(self) -> None:
        """Nothing is open."""


class Unlimited:
    """A load limit that allows everything."""

    def spend(self, now_ns: int) -> bool:
        return True


def driven(users: int, usual_s: float = 0.001, freeze: tuple[float, float] = (4.0, 5.0)) -> Judgement:
    """Ten seconds of `ping`, judged: 500/s evenly in an open loop, or so many users in a closed one."""
    io = VirtualTime(T0_NS)
    plan = Plan.of(load("ping"), seed=1, run_id="stall", rate=RATE, duration_s=LENGTH_S)
    recorder = Recorder("local", T0_NS, io.clock)
    crowd = Crowd(plan, dict.fromkeys(PORTS, Freezing(io, usual_s, freeze)), recorder, io, Unlimited())
    book = ArrivalBook(plan, recorder)

    def dispatch() -> None:
        dispatcher = Dispatcher(
            book,
            crowd.perform,
            clock=io.clock,
            sleep=io.sleep,
            spawn=lambda act: io.begin(io.clock(), act),
            max_in_flight=10_000,
        )
        dispatcher.run(plan.arrivals(), T0_NS)

    def use(number: int) -> None:
        while io.clock() < T0_NS + LENGTH_S * SECOND:
            book.started((io.clock() - T0_NS) // SECOND, late=False, delay_ns=0)
            crowd.perform(number, io.clock())
            number += users

    for user in range(users):
        io.begin(T0_NS + round(user * usual_s / users * SECOND), lambda user=user: use(user))  # type: ignore[misc]
    if not users:
        io.begin(T0_NS, dispatch)
    io.run(T0_NS + 60 * SECOND)
    return judge_evidence(_written(recorder, closed=bool(users)), ())


def _written(recorder: Recorder, closed: bool) -> Written:
    delta = recorder.close(final=True)
    ended = {"how": "completed", "at_ns": T0_NS + LENGTH_S * SECOND, "reason": ""}
    meta = {"t0_ns": T0_NS, "duration_s": LENGTH_S, "mode": "closed" if closed else "open", "ended": ended}
    return Written(
        meta={"scenario": "ping", "target": "frozen", "seed": 1, "run_id": "stall", **meta},
        written_cells=list(delta.cells.items()),
        written_arrivals=list(delta.arrivals),
    )
