"""A plan, performed: its own people make their own journeys at the bundled platform's own code, in virtual time.

Nothing is looked up that could go stale: who comes, what each wants, what each calls and how long each waits come from
the same code as in a run. No call leaves the process. Of a large plan every n-th person is performed, at a platform
that admits and seats so many fewer.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from contracts.catalogue import METHODS, PORTS
from scenarios import preflight
from scenarios.crowd import Crowd
from tacorush.cli.planning.stand_in import StandIn, platform_for
from tacorush.cli.planning.virtual_time import VirtualTime

if TYPE_CHECKING:
    from scenarios.plan import Plan
    from tacorush.evidence.records import Claim

START_NS = 1_760_000_000 * 10**9
"""Any instant will do."""
DRAIN_S = 600.0
"""How long after the last arrival people are followed."""
PREFLIGHT_S = 5.0
"""Virtual time before T0 in which the platform is asked what it has."""


@dataclass
class Notes:
    """What happened, in order of nothing: the port `Book`. Seconds count from T0."""

    t0_ns: int
    calls: Counter[str] = field(default_factory=Counter)
    """By method's full name."""
    by_second: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    """Method to second of the send, to calls."""
    outcomes: Counter[str] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)
    admissions_ns: list[int] = field(default_factory=list)
    """How long those took who were admitted."""
    stays: list[tuple[int, int]] = field(default_factory=list)
    """When each came and went, nanoseconds after T0."""
    seats_held: int = 0

    def call(
        self,
        method: str,
        kind: str,  # noqa: ARG002
        journey: int,
        outcome: str,
        code: str,  # noqa: ARG002
        due_ns: int,  # noqa: ARG002
        sent_ns: int,
        answered_ns: int,  # noqa: ARG002
        detail: str = "",  # noqa: ARG002
        trace: str = "",  # noqa: ARG002
    ) -> None:
        """Takes in one call of a journey; those of the pre-flight are no part of the plan."""
        if journey == preflight.PREFLIGHT_JOURNEY:
            return
        self.calls[method] += 1
        self.outcomes[outcome] += 1
        self.by_second[method][(sent_ns - self.t0_ns) // 10**9] += 1

    def time(self, measure: str, kind: str, outcome: str, code: str, ns: int) -> None:  # noqa: ARG002
        """Takes in one time of a journey."""
        if measure == "journey.admission_wait":
            self.admissions_ns.append(ns)

    def claim(self, claim: Claim) -> None:
        """Takes in what an answer says about seats."""
        if claim.action == "hold" and claim.outcome == "ok":
            self.seats_held += len(claim.seats)

    def count(self, name: str, n: float = 1) -> None:
        """Takes in a counter; none of them matters here."""


class _Anything:
    """The load limit of a target that has none."""

    def spend(self, now_ns: int) -> bool:  # noqa: ARG002
        return True


@dataclass(frozen=True)
class Rehearsal:
    """How a plan went."""

    notes: Notes
    people: int
    """How many were performed."""
    share: int
    """One person in so many was performed."""
    shortages: tuple[str, ...]
    """What the platform has too little of, as a run would say it before the load."""
    plan: Plan
    """The plan, knowing the platform's events."""


def rehearse(plan: Plan, profile: str, *, most: int, service_s: float, latest_s: float = DRAIN_S) -> Rehearsal:
    """Performs about `most` people of the plan at the bundled platform in this profile, each answer in `service_s`."""
    share = max(1, math.ceil(plan.planned_total / most))
    io = VirtualTime(START_NS)
    platform = platform_for(io, profile, plan, share)
    channels = dict.fromkeys(PORTS, StandIn(io, platform, service_s))
    t0_ns = START_NS + round(PREFLIGHT_S * 1e9)
    notes = Notes(t0_ns)
    found: list[preflight.Preflight] = []

    def examine() -> None:
        found.append(preflight.examine(plan, channels, notes, io, _Anything(), served=METHODS.keys()))

    io.begin(START_NS, examine)
    io.run(t0_ns)
    known = plan.with_events(found[0].events)
    crowd = Crowd(known, channels, notes, io, _Anything())
    people = 0
    for arrival in known.arrivals(0, share):
        io.begin(t0_ns + arrival.at_ns, partial(_perform, crowd, notes, arrival.number, t0_ns + arrival.at_ns, io))
        people += 1
    io.run(t0_ns + round((plan.duration_s + latest_s) * 1e9))
    return Rehearsal(notes, people, share, found[0].shortages if share == 1 else (), known)


def _perform(crowd: Crowd, notes: Notes, number: int, due_ns: int, io: VirtualTime) -> None:
    ending = "unfinished"
    try:
        ending = crowd.perform(number, due_ns)
    finally:
        notes.endings[ending] += 1
        notes.stays.append((due_ns - notes.t0_ns, io.clock() - notes.t0_ns))
