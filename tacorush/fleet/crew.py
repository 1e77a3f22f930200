"""One process's share of a run: its journeys, its evidence, and the order in which it ends.

    begin   beat and deltas start at once; at T0 arrivals begin (open loop) or users may (closed loop)
    end     nobody begins any more; whoever is inside goes on
    drain   wait for those inside, up to a limit; then ask the platform what answers left open (the read-back)
    finish  the final delta, with the CPU spent from T0 until now: nothing that happened is missing

Every journey is a greenlet of the crew's own, also in a closed loop: when Locust kills a user, it kills somebody who
waits for a journey, not one in the middle of a call.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
import time
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import gevent
from gevent.event import Event

from scenarios import think
from scenarios.chance import Chance
from scenarios.own_journeys import OwnJourneyError
from tacorush.evidence.records import ProcessInfo
from tacorush.fleet.beat import beat
from tacorush.fleet.clock import SECOND_NS
from tacorush.fleet.dispatcher import Dispatcher
from tacorush.fleet.inside import Inside
from tacorush.fleet.messages import BEAT_S

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scenarios.plan import Plan
    from tacorush.evidence.recorder import Recorder
    from tacorush.evidence.records import Delta
    from tacorush.fleet.messages import Order
    from tacorush.wire.channel import Clock

SETTLE_S = 10.0
"""How long the read-back may take."""
COLLECT = (50_000, 20, 100)
"""How seldom garbage is collected under load. Calls leave no cycles behind; with Python's own (700, 10, 10) a call of
the channel cost 22 µs, with these 15 (`python -m benchmarks client`)."""
CRASHED = "generator.crashed_journeys"
"""Counter of what ended in an error of the harness itself."""
OWN_FAILED = "generator.failed_own_journeys"
"""Counter of journeys of one's own that failed in their own code."""


class Performer(Protocol):
    """What the crew drives: `scenarios.crowd.Crowd`."""

    def perform(self, number: int, due_ns: int) -> object:
        """Runs one journey whole."""
        ...

    def settle(self, deadline_ns: int) -> object:
        """Asks the platform what is still open."""
        ...


class ArrivalBook:
    """Writes what the dispatcher decides into the evidence."""

    def __init__(self, plan: Plan, recorder: Recorder) -> None:
        self._plan, self._recorder = plan, recorder

    def planned(self, second: int, number: int, at_ns: int) -> None:
        """One arrival was due; its digest tells two runs of one plan from two plans."""
        self._recorder.arrival(second, planned=1, digest=self._plan.wishes(number).digest(at_ns))

    def started(self, second: int, late: bool, delay_ns: int) -> None:
        """One arrival has begun."""
        self._recorder.arrival(second, started=1, late=int(late))
        self._recorder.time("generator.start_delay", "", "", "", delay_ns)

    def dropped(self, second: int) -> None:
        """One arrival will never begin."""
        self._recorder.arrival(second, dropped=1)


class Crew:
    """Drives one stripe of a plan and hands its evidence over once a second.

    `gate` is open while users of a closed loop may begin a journey; `free` gives back what the crew was given.
    """

    def __init__(
        self,
        order: Order,
        plan: Plan,
        performer: Performer,
        recorder: Recorder,
        clock: Clock,
        hand_over: Callable[[Delta], None],
        info: ProcessInfo,
        gate: Event,
        free: Callable[[], None],
    ) -> None:
        self._order, self._plan, self._performer = order, plan, performer
        self._recorder, self._clock, self._hand_over, self._info = recorder, clock, hand_over, info
        self._journeys = Inside()
        self._book = ArrivalBook(plan, recorder)
        self._dispatcher = Dispatcher(
            self._book,
            self._perform,
            clock=clock,
            sleep=gevent.sleep,
            spawn=self._journeys.spawn,
            max_in_flight=order.max_in_flight,
        )
        self._gate, self._free = gate, free
        self._walked = self._thought = 0
        self._think = think.parse(order.think)
        self._t0_ns = 0
        self._cpu_before = 0.0
        self._over = Event()
        self._greenlets: list[gevent.Greenlet[..., None]] = []
        self._driving: list[gevent.Greenlet[..., None]] = []
        self._ended = False
        self._said: set[str] = set()

    def __repr__(self) -> str:
        return f"<Crew stripe {self._order.stripe} of {self._order.of}, {len(self._journeys)} journeys in flight>"

    def begin(self, t0_ns: int) -> None:
        """Starts everything; returns at once, arrivals begin at T0."""
        self._t0_ns = t0_ns
        self._driving = [gevent.spawn(self._drive)]
        self._greenlets = [gevent.spawn(self._report), *self._driving]

    def end(self) -> None:
        """Lets nobody begin any more."""
        self._ended = True
        self._gate.clear()
        self._dispatcher.stop()

    def drain(self, limit_s: float) -> None:
        """Waits for those inside, then asks what is still open."""
        self.end()
        gevent.joinall(self._driving, timeout=limit_s)
        self._journeys.join(timeout=limit_s)
        # Killed journeys record themselves as unfinished on their way out.
        self._journeys.kill(timeout=2.0)
        self._performer.settle(self._clock() + int(SETTLE_S * SECOND_NS))

    def finish(self) -> None:
        """Hands the final delta over: nothing is seen by this process after it."""
        self._over.set()
        gevent.joinall(self._greenlets, timeout=2 * BEAT_S)
        self._info.cpu_seconds = time.process_time() - self._cpu_before
        self._info.final = True
        self._report_once(final=True)
        self._free()

    def walk_in(self) -> None:
        """One journey of a closed loop, from now: what a user of Locust does. Returns when it has ended."""
        number = self._order.stripe + self._walked * self._order.of
        self._walked += 1
        now = self._clock()
        at_ns = max(0, now - self._t0_ns)
        self._book.planned(at_ns // SECOND_NS, number, 0)
        self._book.started(at_ns // SECOND_NS, late=False, delay_ns=0)
        left = Event()
        self._journeys.spawn(self._walk, number, now, left)
        left.wait()

    def think_s(self) -> float:
        """The next think time of a user in a closed loop, in seconds of this run."""
        self._thought += 1
        chance = Chance(self._plan.seed, "think", self._order.stripe, self._thought)
        return self._think.draw(chance) * self._plan.time_scale

    def _walk(self, number: int, now_ns: int, left: Event) -> None:
        try:
            self._perform(number, now_ns)
        finally:
            left.set()

    def _drive(self) -> None:
        try:
            self._drive_from_t0()
        except Exception:
            self._crashed()

    def _drive_from_t0(self) -> None:
        # What was made so far stays: the collector need not look at it again in the middle of a measurement.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT)
        gevent.sleep(max(0.0, (self._t0_ns - self._clock()) / 1e9))
        self._cpu_before = time.process_time()
        self._greenlets.append(gevent.spawn(self._beat))
        if self._order.open_loop:
            self._dispatcher.run(self._plan.arrivals(self._order.stripe, self._order.of), self._t0_ns)
        elif not self._ended:
            self._gate.set()

    def _beat(self) -> None:
        beat(
            self._clock,
            gevent.sleep,
            lambda lag_ns: self._recorder.time("generator.lag", "", "", "", lag_ns),
            lambda: not self._over.is_set(),
        )

    def _perform(self, number: int, due_ns: int) -> None:
        try:
            self._performer.perform(number, due_ns)
        except OwnJourneyError as failure:
            self._own_failed(str(failure))
        except Exception:
            self._crashed()

    def _own_failed(self, said: str) -> None:
        """Said once, since each of thousands fails alike; counted each time, for the run must not pass without them."""
        self._recorder.count(OWN_FAILED, 1)
        if said not in self._said:
            self._said.add(said)
            sys.stderr.write(f"tacorush: {said}\n")

    def _crashed(self) -> None:
        """A journey's own failures are answers; this is a bug, and the run must not pass on what is left."""
        self._recorder.count(CRASHED, 1)
        traceback.print_exc()

    def _report(self) -> None:
        self._report_once(final=False)
        while not self._over.wait(BEAT_S):
            self._report_once(final=False)

    def _report_once(self, final: bool) -> None:
        delta = self._recorder.close(final=final)
        # A copy: an earlier delta that is sent again must not say that it is the final one.
        delta.info = replace(self._info)
        self._hand_over(delta)


def process_info(process: str, role: str, versions: Mapping[str, str]) -> ProcessInfo:
    """Returns who this process is."""
    return ProcessInfo(process, role, socket.gethostname(), os.getpid(), dict(versions))
