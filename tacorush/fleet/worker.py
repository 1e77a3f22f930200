"""A worker's side of a run: says who it is, takes its order, drives its stripe, and sends what it saw until it is safe.

It takes no decision about the run but one: when it has not heard the master for 5 s, it stops the load by itself, waits
for no one, and leaves. Ctrl-C reaches the whole group of processes in a terminal; the master alone decides then, so a
first one is passed over here while the master can be heard, and a second one ends this worker at once.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import gevent
from gevent.event import Event

from tacorush.evidence.delta import pack
from tacorush.fleet.hello import Hello, hello
from tacorush.fleet.lease import Lease
from tacorush.fleet.messages import BEAT, BEAT_S, DELTA, DRAIN, HELLO, LOAD, ORDER, OVER, READY, WELCOME, Beat, Order
from tacorush.fleet.shipping import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from locust.env import Environment
    from locust.runners import WorkerRunner

    from tacorush.evidence.records import Delta
    from tacorush.fleet.crew import Crew
    from tacorush.fleet.outfit import Start
    from tacorush.wire.channel import Clock

    Outfit = Callable[[Order, Hello, Callable[[Delta], None], Event], Start]

EXIT_ORPHANED = 3


class WorkerFleet:
    """The fleet of a worker process."""

    def __init__(self, environment: Environment, runner: WorkerRunner, clock: Clock, outfit: Outfit) -> None:
        self._environment, self._runner, self._clock, self._outfit = environment, runner, clock, outfit
        self._hello = hello(runner.client_id)
        self._welcome = Event()
        self._gate = Event()
        self._start: Start | None = None
        self._crew: Crew | None = None
        self._order: Order | None = None
        self._phase = ""
        self._outbox: Outbox[Delta] = Outbox(self._send)
        self._lease = Lease(clock)
        for name, listener, concurrent in (
            (WELCOME, self._welcomed, False),
            (ORDER, self._ordered, True),
            (BEAT, self._heard, False),
        ):
            runner.register_message(name, listener, concurrent=concurrent)
        gevent.spawn(self._introduce)

    def walk_in(self) -> None:
        """One journey of a user; waits while no run is on."""
        self._gate.wait()
        if self._crew is not None:
            self._crew.walk_in()

    def think_s(self) -> float:
        """How long a user pauses before the next journey."""
        return self._crew.think_s() if self._crew is not None else 0.0

    def _introduce(self) -> None:
        while not self._welcome.is_set():
            self._runner.send_message(HELLO, self._hello.pack())
            self._welcome.wait(0.5)

    def _welcomed(self, environment: Any, msg: Any) -> None:  # noqa: ARG002 - Locust names the arguments
        self._welcome.set()

    def _ordered(self, environment: Any, msg: Any) -> None:  # noqa: ARG002
        order = Order.unpack(msg.data)
        self._order, self._phase, self._crew = order, "", None
        self._outbox = Outbox(self._send)
        self._lease = Lease(self._clock)
        refused = ""
        try:
            self._start = self._outfit(order, self._hello, self._ship, self._gate)
        except Exception as failure:
            # Told to the master, who says it to the person in front of the terminal.
            refused = str(failure) or repr(failure)
        self._runner.send_message(READY, {"session": order.session, "refused": refused})

    def _heard(self, environment: Any, msg: Any) -> None:  # noqa: ARG002
        beat = Beat.unpack(msg.data)
        if self._order is None or self._start is None or beat.session != self._order.session:
            return
        self._lease.renew()
        self._outbox.acknowledged(beat.committed)
        if beat.phase == self._phase or self._lease.over:
            return
        self._phase = beat.phase
        if beat.phase == LOAD:
            self._crew = self._start(beat.t0_ns)
            self._crew.begin(beat.t0_ns)
            gevent.spawn(self._watch, self._order.session)
        elif beat.phase == DRAIN and self._crew is not None:
            gevent.spawn(self._end, self._crew, beat.drain_s)

    def _end(self, crew: Crew, drain_s: float) -> None:
        crew.end()
        crew.drain(drain_s)
        crew.finish()

    def _watch(self, session: str) -> None:
        """Sends again what was not acknowledged in time, and stops everything when the master is silent."""
        while self._order is not None and self._order.session == session and self._phase != OVER:
            before = self._outbox.last
            gevent.sleep(2 * BEAT_S)
            if self._lease.over:
                self._leave()
                return
            self._outbox.resend(before)

    def _leave(self) -> None:
        assert self._crew is not None, "only a worker with a crew watches"
        self._crew.end()
        sys.stderr.write("worker: the master has been silent for 5 s; this worker stops its load and leaves\n")
        self._environment.process_exit_code = EXIT_ORPHANED
        self._runner.quit()

    def _ship(self, delta: Delta) -> None:
        self._outbox.ship(delta.sequence, delta)

    def _send(self, sequence: int, delta: Delta) -> None:  # noqa: ARG002 - the delta carries its number
        assert self._order is not None, "deltas come from a crew, and a crew from an order"
        self._runner.send_message(DELTA, {"session": self._order.session, "delta": pack(delta)})


def pass_over_first_interrupt() -> None:
    """Leaves the first Ctrl-C to the master; the second one ends this process."""
    seen = False

    def handler(_signal: int, _frame: object) -> None:
        nonlocal seen
        if seen:
            os._exit(EXIT_ORPHANED)
        seen = True

    signal.signal(signal.SIGINT, handler)
