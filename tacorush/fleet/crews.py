"""The crews of a run as the session sees them: one in its own process, or many behind Locust's messages.

muster    freezes who takes part                    raises Unfit when nobody can
order     gives each its stripe of the plan, and waits until all can begin
begin     fixes T0
end       nobody begins any more
drain     waits until each has sent everything, or is lost
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import gevent
from gevent.event import Event

from tacorush.evidence.delta import unpack
from tacorush.evidence.records import ProcessInfo
from tacorush.fleet.hello import Hello, disagreement, versions
from tacorush.fleet.messages import BEAT, BEAT_S, DELTA, DRAIN, HELLO, LOAD, ORDER, OVER, PREPARE, READY, WELCOME, Beat
from tacorush.fleet.roster import Roster
from tacorush.fleet.shipping import Inbox
from tacorush.fleet.unfit import Unfit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from locust.runners import MasterRunner

    from tacorush.evidence.records import Delta
    from tacorush.fleet.crew import Crew
    from tacorush.fleet.desk import Desk
    from tacorush.fleet.messages import Order
    from tacorush.fleet.outfit import Start
    from tacorush.wire.channel import Clock

READY_S = 20.0
"""How long workers may take to say hello, and to get ready."""
TAIL_S = 20.0
"""How long, after journeys and read-back are over, the last deltas may take to arrive and be committed."""


class Crews(Protocol):
    """All processes that drive one run."""

    def muster(self) -> int:
        """Freezes who takes part and returns how many."""
        ...

    def order(self, order_for: Callable[[int, int], Order]) -> None:
        """Gives each process its order (by stripe and number of stripes); returns when all can begin."""
        ...

    def begin(self, t0_ns: int) -> None:
        """Tells all when the first planned instant is."""
        ...

    def end(self, drain_s: float) -> None:
        """Nobody begins any more; those inside may take this long."""
        ...

    def drain(self, limit_s: float) -> None:
        """Waits until every process has sent everything that it saw, or is lost."""
        ...

    def finish(self) -> None:
        """Hands over what this process itself saw last."""
        ...

    def lost(self) -> Sequence[ProcessInfo]:
        """Who was lost."""
        ...

    def all_lost(self) -> bool:
        """Nobody is left who drives."""
        ...


class LocalCrews:
    """One crew, in this process. `crew` is it, once the run has begun."""

    def __init__(self, outfit: Callable[[Order], Start]) -> None:
        self._outfit = outfit
        self._start: Start | None = None
        self.crew: Crew | None = None
        self._drain_s = 0.0

    def muster(self) -> int:
        """There is one."""
        return 1

    def order(self, order_for: Callable[[int, int], Order]) -> None:
        """Prepares the crew."""
        self._start = self._outfit(order_for(0, 1))

    def begin(self, t0_ns: int) -> None:
        """Starts it."""
        assert self._start is not None, "ordered before it begins"
        self.crew = self._start(t0_ns)
        self.crew.begin(t0_ns)

    def end(self, drain_s: float) -> None:
        """Stops arrivals."""
        assert self.crew is not None, "begun before it ends"
        self._drain_s = drain_s
        self.crew.end()

    def drain(self, limit_s: float) -> None:  # noqa: ARG002 - the crew was told when it was ended
        """Drains it."""
        assert self.crew is not None, "begun before it drains"
        self.crew.drain(self._drain_s)

    def finish(self) -> None:
        """Hands the crew's final delta over, which also holds what the desk asked."""
        assert self.crew is not None, "begun before it finishes"
        self.crew.finish()

    def lost(self) -> Sequence[ProcessInfo]:
        """Who asks is there."""
        return ()

    def all_lost(self) -> bool:
        """Who asks is there."""
        return False


class RemoteCrews:
    """The workers of a master: speaks to them once a second, and takes in what they send."""

    def __init__(self, runner: MasterRunner, clock: Clock) -> None:
        self._runner, self._clock = runner, clock
        self._desk: Desk | None = None
        self.roster = Roster(clock)
        self._ours = versions()
        self._inboxes: dict[str, Inbox[Delta]] = {}
        self._session = ""
        self._phase, self._t0_ns, self._drain_s = PREPARE, 0, 0.0
        self._turn = Event()
        for name, listener in ((HELLO, self._hello), (READY, self._ready), (DELTA, self._delta)):
            runner.register_message(name, listener)

    def sit(self, desk: Desk) -> None:
        """A new run begins: where its deltas go."""
        self._desk = desk

    def muster(self) -> int:
        """Waits until every connected worker has said hello, and freezes them; refuses those that run other code."""
        clients = self._runner.clients
        self._wait(READY_S, lambda: bool(clients.all) and all(client.id in self.roster.came for client in clients.all))
        present = [client.id for client in clients.ready + clients.running + clients.spawning]
        members = self.roster.enlist(present)
        if not members:
            raise Unfit("no worker has connected: start some with `locust -f locustfile.py --worker`")
        for member in members:
            if (refusal := disagreement(self._ours, member.hello)) is not None:
                raise Unfit(refusal)
        return len(members)

    def order(self, order_for: Callable[[int, int], Order]) -> None:
        """Gives each worker its order and waits until all are ready."""
        self._phase, self._t0_ns = PREPARE, 0
        assert self._desk is not None, "a desk stands before orders are given"
        self._inboxes = {name: Inbox(self._desk.take) for name in self.roster.members}
        for name, member in self.roster.members.items():
            order = order_for(member.stripe, len(self.roster.members))
            self._session = order.session
            self._runner.send_message(ORDER, order.pack(), name)
        gevent.spawn(self._speak, self._session)
        self._wait(READY_S, lambda: self.roster.all_ready or any(m.refused for m in self.roster.members.values()))
        for name, member in self.roster.members.items():
            if member.refused:
                self._phase = OVER
                raise Unfit(f"worker {name}: {member.refused}")
            if not member.ready:
                self._phase = OVER
                raise Unfit(f"worker {name} did not get ready within {READY_S:.0f} s: look at its own output")

    def begin(self, t0_ns: int) -> None:
        """Tells all workers T0."""
        assert self._desk is not None, "a desk stands before a run begins"
        self._desk.report(final=False)
        self._t0_ns = t0_ns
        self._enter(LOAD)

    def end(self, drain_s: float) -> None:
        """Tells all workers to drain."""
        self._drain_s = drain_s
        self._enter(DRAIN)

    def drain(self, limit_s: float) -> None:
        """Waits until each worker's final delta is committed, or it is lost."""
        self._wait(limit_s + TAIL_S, lambda: self.roster.settled)
        self.roster.give_up()
        self._wait(TAIL_S, self._all_committed)
        self._enter(OVER)

    def finish(self) -> None:
        """Hands over what the master asked itself."""
        assert self._desk is not None, "a desk stands while a run goes on"
        self._desk.report(final=True)

    def lost(self) -> Sequence[ProcessInfo]:
        """The workers that were silent before they were final."""
        return [
            ProcessInfo(
                member.hello.process,
                "worker",
                member.hello.host,
                member.hello.pid,
                dict(member.hello.versions),
                lost=True,
            )
            for member in self.roster.lost
        ]

    def all_lost(self) -> bool:
        """Every member is silent."""
        return len(self.roster.lost) == len(self.roster.members)

    def _all_committed(self) -> bool:
        committed = self._committed()
        return all(
            committed.get(name, 0) >= inbox.applied
            for name, inbox in self._inboxes.items()
            if self.roster.members[name].final
        )

    def _committed(self) -> Mapping[str, int]:
        return {} if self._desk is None else self._desk.committed()

    def _enter(self, phase: str) -> None:
        self._phase = phase
        self._turn.set()

    def _speak(self, session: str) -> None:
        """Beats until the run is over, once more at the end: the workers then know that all is committed."""
        while self._session == session:
            self._turn.clear()
            phase, committed = self._phase, self._committed()
            for name in self.roster.members:
                beat = Beat(session, phase, self._t0_ns, committed.get(name, 0), self._drain_s)
                if name in self._runner.clients:
                    self._runner.send_message(BEAT, beat.pack(), name)
            self.roster.look()
            if phase == OVER:
                return
            self._turn.wait(BEAT_S)

    def _wait(self, limit_s: float, condition: Callable[[], bool]) -> bool:
        """Waits until the condition holds; False when time ran out."""
        end_ns = self._clock() + int(limit_s * 1e9)
        while not condition():
            if self._clock() > end_ns:
                return False
            gevent.sleep(0.05)
        return True

    def _hello(self, environment: Any, msg: Any) -> None:  # noqa: ARG002 - Locust names the arguments
        self.roster.welcome(Hello.unpack(msg.data))
        self._runner.send_message(WELCOME, {}, msg.node_id)

    def _ready(self, environment: Any, msg: Any) -> None:  # noqa: ARG002
        member = self.roster.heard(msg.node_id)
        if member is not None and msg.data["session"] == self._session:
            member.ready, member.refused = not msg.data["refused"], msg.data["refused"]

    def _delta(self, environment: Any, msg: Any) -> None:  # noqa: ARG002
        member = self.roster.heard(msg.node_id)
        if member is None or msg.data["session"] != self._session:
            return
        delta = unpack(msg.data["delta"])
        self._inboxes[msg.node_id].receive(delta.sequence, delta)
        if delta.info is not None and delta.info.final and self._inboxes[msg.node_id].applied >= delta.sequence:
            member.final = True
