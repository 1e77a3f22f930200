"""Drives planned arrivals one after the other, as a generator's process does, and tells what each call came to.

    python -m tests.e2e.arrivals_one_by_one TRANSPORT '[{"name": "…", "address": "…", "scenario": "flow", …}, …]'

Plan, crowd, permit, channels and preparation of the process are those of a run. Time is not: nothing is told of when,
and whoever waits goes on at once, by a clock that skips what was waited for. What people do at the same time they do
in turn. So a plan, a seed and a platform that errs by count leave nothing to chance but the transport; nor to a
busy machine, for every deadline is `patience` times as long. A few drives run beside each other, each on a platform of
its own. Prints one line of JSON for each: `{"name": …, "arrivals": [{"who", "calls", "ending"}, …]}`.
"""

from __future__ import annotations

if __name__ == "__main__":
    from gevent import monkey

    monkey.patch_all()

import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from gevent.pool import Pool
from google.protobuf.empty_pb2 import Empty

from contracts.outcomes import STATUS_NAMES
from scenarios.crowd import Crowd
from scenarios.plan import Plan
from scenarios.preflight import examine
from scenarios.scenario import load
from tacorush.fleet.carriage import Carriage
from tacorush.fleet.clock import SECOND_NS, anchored_clock
from tacorush.fleet.equipment import equip, permitted, prepare_transport
from tests.e2e.misreadings import MISREADINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from google.protobuf.message import Message

    from tacorush.evidence.records import Claim
    from tacorush.wire.channel import Answer, Channel, Metadata, Stream

T = TypeVar("T")
NOBODYS = "/tests.Nobody/Asks"
"""A method that no platform has."""
AT_ONCE = 4
"""Drives beside each other: what waits for a deadline does not keep the others."""
SETTLE_NS = 60 * SECOND_NS


@dataclass
class Log:
    """A book that keeps the calls of one arrival after the other, each as a line."""

    arrivals: list[dict[str, Any]] = field(default_factory=list)
    came: str = ""
    """What the channel brought last: gRPC status and delivery; of streams only what they are worth is told."""

    def begin(self, who: str) -> None:
        """What follows is this arrival's."""
        self.arrivals.append({"who": who, "calls": [], "ending": ""})

    def end(self, ending: str) -> None:
        """So the arrival ended."""
        self.arrivals[-1]["ending"] = ending

    def call(self, method: str, kind: str, journey: int, outcome: str, code: str, *_: object, **__: object) -> None:
        """Takes in one call; times, details and trace ids are no outcomes."""
        self.arrivals[-1]["calls"].append(f"{method.partition('.v1.')[2]}: {self.came}, {outcome} {code}")

    def claim(self, claim: Claim) -> None:
        """Takes in what the last call says about seats, orders or money."""
        said = f"; {claim.action} {claim.effect} {claim.status} {','.join(claim.seats)} {claim.amount}"
        self.arrivals[-1]["calls"][-1] += said

    def time(self, *_: object) -> None:
        """Times are no outcomes."""

    def count(self, *_: object) -> None:
        """What is counted here follows from the calls."""


class Overheard:
    """A channel whose answers are written down, read wrongly where that is asked for, and waited for patiently."""

    def __init__(self, channel: Channel, log: Log, misread: Callable[[Answer], Answer], patience: int) -> None:
        self._channel, self._log, self._misread, self._patience = channel, log, misread, patience

    def unary(
        self, path: str, request: Message, response: type[Message], deadline_s: float, metadata: Metadata = ()
    ) -> Answer:
        """See Channel."""
        told = self._channel.unary(path, request, response, self._patience * deadline_s, metadata)
        if told.delivery == "unanswered" and STATUS_NAMES[told.status] == "UNAVAILABLE":
            self._wait_until_the_loss_is_noticed()
        answer = self._misread(told)
        self._log.came = f"{STATUS_NAMES[answer.status]} {_delivery(answer)}"
        return answer

    def _wait_until_the_loss_is_noticed(self) -> None:
        """grpcio fails a lost connection's calls first and takes it out of use a moment later, in a thread of its own.

        What comes in between is tried on the dead connection: whether it does is chance, and no outcome.
        """
        while self._channel.unary(NOBODYS, Empty(), Empty, self._patience, ()).delivery == "unanswered":
            pass

    def stream(
        self, path: str, request: Message, response: type[Message], deadline_s: float, metadata: Metadata = ()
    ) -> Stream:
        """See Channel."""
        self._log.came = "a stream"
        return self._channel.stream(path, request, response, self._patience * deadline_s, metadata)

    def close(self) -> None:
        """See Channel."""
        self._channel.close()


def _delivery(answer: Answer) -> str:
    """As the answer has it, but for a passed deadline: who says so first, grpcio's server or the client, is chance."""
    passed = STATUS_NAMES[answer.status] == "DEADLINE_EXCEEDED" and answer.delivery != "unsent"
    return "not in time" if passed else answer.delivery


class SkippingIo:
    """Time that is skipped and not waited for; nothing at the same time."""

    def __init__(self) -> None:
        self._read = anchored_clock()
        self._skipped_ns = 0

    def clock(self) -> int:
        """Reads the clock."""
        return self._read() + self._skipped_ns

    def sleep(self, seconds: float) -> None:
        """Skips so much time."""
        self._skipped_ns += round(seconds * SECOND_NS)

    def together(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """Runs the calls in turn."""
        return [call() for call in calls]


def first_of_each_kind(plan: Plan, each: int) -> Iterator[int]:
    """The numbers of the first few planned arrivals of every kind of the mix, in their order."""
    seen: dict[str, int] = {}
    for number in range(plan.planned_total):
        kind = plan.wishes(number).kind
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] <= each:
            yield number


def drive(transport: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Drives one case (see `pair_cases`) at its `address`: the first arrivals, between pre-flight and read-back."""
    target, permit = permitted(given["address"], None)
    io, log = SkippingIo(), Log()
    tools = equip(target, permit, io.clock, Carriage(transport, given["connections"]))
    channels = {
        entrance: Overheard(channel, log, MISREADINGS[given["misread"]], given["patience"])
        for entrance, channel in tools.channels.items()
    }
    plan = Plan.of(load(given["scenario"]), seed=given["seed"], run_id="pairs", route=given["route"])
    log.begin("the pre-flight")
    plan = plan.with_events(examine(plan, channels, log, io, permit).events)
    crowd = Crowd(plan, channels, log, io, permit)
    for number in first_of_each_kind(plan, given["each"]):
        log.begin(f"arrival {number} ({plan.wishes(number).kind})")
        log.end(crowd.perform(number, io.clock()))
    log.begin("the read-back")
    crowd.settle(io.clock() + SETTLE_NS)
    tools.close()
    return {"name": given["name"], "arrivals": log.arrivals}


def main() -> None:
    """Drives all and prints each."""
    transport, drives = sys.argv[1], json.loads(sys.argv[2])
    prepare_transport(transport, AT_ONCE)
    for driven in Pool(AT_ONCE).imap(lambda given: drive(transport, given), drives):
        sys.stdout.write(json.dumps(driven) + "\n")


if __name__ == "__main__":
    main()
