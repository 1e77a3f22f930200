"""Before the load: which events there are, what they have left, what is served, and whether that is enough.

Events are those named, else those that GetQueueStats lists, else the documented ids that GetInventoryStatus knows;
sections come from GetInventoryStatus, or GetEventAvailability where that is not served; seats from CheckAvailability,
and only for people who come for certain seats. Nothing found means that there is nothing to drive: `TargetUnusable`.
Too little found is said in `shortages`, and the run goes on, but cannot end PASS. What is served comes from the
target's own list (reflection) where it has one, else from one harmless question to each reading method that the plan
uses; methods that write are never tried out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from contracts.catalogue import METHODS
from contracts.outcomes import was_answered
from scenarios.counting import counted
from scenarios.facts import EventFacts, SectionFacts
from scenarios.grpc_ticketing import Line
from scenarios.grpc_ticketing.caller import Caller
from scenarios.grpc_ticketing.claims import seat_ids
from scenarios.routes import ROUTES
from scenarios.ticketing import HeldBack
from tacorush.evidence.records import PREFLIGHT

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from scenarios.concurrency import Io
    from scenarios.grpc_ticketing import Allowance, Book
    from scenarios.grpc_ticketing.caller import Heard
    from scenarios.plan import Plan
    from tacorush.wire.channel import Channel

DOCUMENTED_EVENTS = tuple(f"evt_2025_{number}" for number in range(1001, 1007))
"""Asked for where the platform lists no events."""

SEATS_LEARNED = (500, 100, 10)
"""How many seats of one event are asked for, for people who come for certain seats; fewer where a platform refuses."""

PREFLIGHT_JOURNEY = -1
_NOBODY = "preflight"


class TargetUnusable(Exception):  # noqa: N818 - the sentence is for people
    """There is nothing to drive; the text says what was asked, where, and what to do."""


@dataclass(frozen=True, slots=True)
class Preflight:
    """What was learned before the load."""

    events: tuple[EventFacts, ...]
    shortages: tuple[str, ...] = ()
    """Sentences: what is too little for the plan."""
    unserved: tuple[str, ...] = ()
    """Full names of the methods that the plan needs and the target does not serve."""
    warnings: tuple[str, ...] = ()
    queues: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """What the platform told of its queues: see queue_figures; empty where it was not asked or told nothing."""
    counters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What the inventory counts of each event, as `counting.counted` gives it; an event that gives none is left out."""

    def as_meta(self) -> dict[str, Any]:
        """Returns what the run file keeps."""
        return {
            "events": [event.as_meta() for event in self.events],
            "shortages": list(self.shortages),
            "unserved": list(self.unserved),
            "warnings": list(self.warnings),
            "queues": {event: dict(told) for event, told in self.queues.items()},
            "counters": {event: dict(figures) for event, figures in self.counters.items()},
        }


def examine(
    plan: Plan,
    channels: Mapping[str, Channel],
    recorder: Book,
    io: Io,
    permit: Allowance,
    *,
    events: Sequence[str] = (),
    served: Collection[str] | None = None,
) -> Preflight:
    """Asks the target what it has; `events` are those that the command or the target's entry names.

    `served` holds the full names of the methods that the target lists, None where it lists none. Raises TargetUnusable
    when no event is found, one that was named does not exist, or nobody answers.
    """
    examiner = _Examiner(Line(plan, channels, recorder, io, permit))
    found = examiner.events(tuple(events) or plan.scenario.events)
    unserved = examiner.unserved(served)
    shortages = [] if plan.scenario.scarce else [*seats_short(plan, found), *examiner.admissions_short(found)]
    warnings = tuple(examiner.warnings)
    return Preflight(found, tuple(shortages), unserved, warnings, examiner.queues, examiner.counters)


def queue_figures(told: Any) -> dict[str, dict[str, int]]:
    """What a GetQueueStatsResponse tells: event id to `{admitted, per_minute}`, people let in so far and the rate."""
    return {
        one.event_id: {"admitted": one.total_admitted, "per_minute": one.admission_rate_per_minute}
        for one in told.events
        if one.event_id
    }


def seats_short(plan: Plan, events: Sequence[EventFacts]) -> list[str]:
    """Sentences about the events that have fewer seats left than the plan may need of them."""
    shares = zip(events, plan.event_shares(events), strict=True)
    needed = [(event, plan.seats_needed(len(events), share)) for event, share in shares]
    return [
        f"event {event.id} has {event.available:,} seats left, the plan may need {seats:,} of it: "
        "drive less, name other events, or start the platform with more seats"
        for event, seats in needed
        if event.total and event.available < seats
    ]


class _Examiner:
    """Asks the questions of a pre-flight, one after the other."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._plan = line.plan
        self._caller = Caller(line, PREFLIGHT_JOURNEY, PREFLIGHT, _NOBODY, line.io.clock())
        self._heard: dict[str, Heard] = {}
        self.queues: dict[str, dict[str, int]] = {}
        self.warnings: list[str] = []
        self.counters: dict[str, dict[str, Any]] = {}

    def _ask(self, name: str, /, provoked: bool = False, **fields: Any) -> Heard:
        method = METHODS[name]
        self._caller.due_ns = self._line.io.clock()
        try:
            heard = self._caller.call(method, method.request(**fields), provoked=provoked)
        except HeldBack:
            raise TargetUnusable(
                "the target's max_rate leaves no call for the pre-flight: allow more in its entry of the targets file"
            ) from None
        self._heard[name] = heard
        return heard

    def events(self, named: Sequence[str]) -> tuple[EventFacts, ...]:
        """The events to drive, with what is known of each; raises TargetUnusable when there is none."""
        if named:
            return tuple(self._named(event) for event in sorted(set(named)))
        listed = self._listed()
        if not self._plan.queuers() and self._answered():
            return tuple(EventFacts(event) for event in listed)
        if listed:
            return tuple(self._facts(event) or EventFacts(event) for event in listed)
        found = []
        for event in DOCUMENTED_EVENTS:
            facts = self._facts(event)
            if facts is not None:
                found.append(facts)
            if not self._answered():
                break
        if not found:
            raise TargetUnusable(self._nothing())
        return tuple(found)

    def _named(self, event: str) -> EventFacts:
        facts = self._facts(event)
        if facts is None and self._heard[ROUTES["services"]["inventory"]].judged.code == "NOT_FOUND":
            raise TargetUnusable(
                f"the target knows no event {event} (GetInventoryStatus: NOT_FOUND): "
                "name another with --event, or in the scenario's `events`"
            )
        if facts is None:
            self.warnings.append(f"the platform tells nothing about event {event}, which was named")
        return facts or EventFacts(event)

    def _listed(self) -> list[str]:
        heard = self._ask(ROUTES["services"]["stats"])
        said: Any = heard.message
        if heard.judged.outcome != "ok" or said is None:
            return []
        self.queues = queue_figures(said)
        return sorted(self.queues)

    def _facts(self, event: str) -> EventFacts | None:
        said: Any = self._told(ROUTES["services"]["inventory"], event_id=event)
        if said is not None and (figures := counted(said)):
            self.counters[event] = figures
        if said is None:
            said = self._told("gateway.v1.GatewayService/GetEventAvailability", event_id=event, quantity=1)
        if said is None or not (said.HasField("event") or said.sections):
            return None
        sections = tuple(
            SectionFacts(part.section_id or part.section_name, part.total_seats, part.available_seats)
            for part in sorted(said.sections, key=lambda part: (part.section_id, part.section_name))
        )
        total = said.event.total_seats or sum(part.total for part in sections)
        free = sum(part.available for part in sections) if sections else said.event.remaining_seats
        return EventFacts(event, said.event.name, total, free, sections, self._seats(event, total))

    def _told(self, method: str, /, **fields: Any) -> Any:
        heard = self._heard.get(method)
        if heard is not None and heard.judged.outcome == "unimplemented":
            return None
        heard = self._ask(method, provoked=True, **fields)
        return heard.message if heard.judged.outcome == "ok" else None

    def _seats(self, event: str, total: int) -> tuple[str, ...]:
        if not self._plan.scenario.wants_seats:
            return ()
        for most in SEATS_LEARNED:
            quantity = min(total or most, most)
            said: Any = self._told(ROUTES["services"]["look"], event_id=event, quantity=quantity)
            if said is not None:
                return tuple(sorted(set(seat_ids(said.available_seats))))
        self.warnings.append(f"the platform names no free seat of event {event}: people take any")
        return ()

    def admissions_short(self, events: Sequence[EventFacts]) -> list[str]:
        """Sentences about the events that admit fewer a minute than the plan sends, where the platform says it."""
        plan, queuers = self._plan, self._plan.queuers()
        needed = {event.id: queuers * share for event, share in zip(events, plan.event_shares(events), strict=True)}
        window_s = plan.duration_s + plan.scenario.people.patience_s * plan.time_scale
        return [
            f"event {event} admits {told['per_minute']:,} people a minute by its own figures, the plan sends it "
            f"{needed[event]:,.0f} in {window_s:,.0f} s: drive less, or let the platform admit more"
            for event, told in sorted(self.queues.items())
            if event in needed and 0 < told["per_minute"] * window_s / 60 < needed[event]
        ]

    def _answered(self) -> bool:
        return len(self._silences()) < len(self._heard)

    def _silences(self) -> list[str]:
        return [
            f"{METHODS[name].short} on {METHODS[name].entrance}: {heard.judged.code}"
            for name, heard in self._heard.items()
            if not was_answered(heard.judged.outcome, heard.judged.code)
        ]

    def _nothing(self) -> str:
        silences = self._silences()
        if not self._answered():
            return (
                f"nobody answers at the target ({'; '.join(silences)}): "
                "start the platform (`tacorush fakes`), or name it with --target"
            )
        return (
            "the target has no event to drive: GetQueueStats lists none, GetInventoryStatus and GetEventAvailability "
            f"know none of {DOCUMENTED_EVENTS[0]} to {DOCUMENTED_EVENTS[-1]}; name one with --event ID"
            + (f" (no answer: {'; '.join(silences)})" if silences else "")
        )

    def unserved(self, served: Collection[str] | None) -> tuple[str, ...]:
        """The methods that the plan needs and the target does not have."""
        needed = self._plan.methods()
        if served is not None:
            return tuple(name for name in needed if name not in served)
        return tuple(name for name in needed if not self._is_served(name))

    def _is_served(self, name: str) -> bool:
        method = METHODS[name]
        if method.writes or method.streams:
            return True
        heard = self._heard.get(name) or self._ask(name, provoked=True)
        return heard.judged.outcome != "unimplemented"
