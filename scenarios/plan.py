"""The plan of a run: who comes when and wants what, as a pure function of a few plain values.

Equal plans give equal arrivals and wishes, to the nanosecond and the seat, in every process that holds them: a plan is
packed once, sent, and frozen. An arrival's wishes come from (seed, number) alone, so that neither the number of workers
nor timing changes who wants what. Names that the platform remembers (users, idempotency keys) carry the run's id too,
so that the same plan driven twice is no repetition to it.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from scenarios.arrivals import Arrival, Schedule
from scenarios.chance import Chance, Lots, further_key, key_of, mix
from scenarios.facts import EventFacts
from scenarios.popularity import BEST_FIRST, UNIFORM
from scenarios.routes import ROUTES
from scenarios.scenario import Scenario
from scenarios.wishes import ANY, BEST, Wishes, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from scenarios.journeys import Kind
    from scenarios.people import People
    from scenarios.ranks import Ranks

_VERSION = 1
_SPARE = 4.0
"""Standard deviations of chance that estimates leave room for."""

_ROOM = 2
"""How many times the seats needed fakes are given, so that who comes last still has a choice."""


_REMEMBERED = 4096
"""Wishes that are kept for when their owner begins: more than can be due and not begun while nothing is dropped."""
_VARIANT, _VARIANT_MASK = 0x8 << 60, (1 << 62) - 1
"""The two bits that say that a UUID is made as RFC 9562 has it, and the 62 beside them."""
_INTENTION_BITS = 16
"""Room for a person's intentions in a key."""


class Venue(NamedTuple):
    """What fakes started for a plan are given: numbers of events and of seats in each; None: their own."""

    events: int | None
    seats: int | None


class _Ways(NamedTuple):
    """What is drawn for whom the mix calls by one name, made ready once."""

    kind: Kind
    people: People
    quantities: Lots[int]
    cards: Lots[str]


@dataclass(frozen=True)
class Plan:
    """What is planned, whole. `seed`, `rate` and the rest override the scenario's own figures."""

    scenario: Scenario
    seed: int
    run_id: str
    rate: float
    """Journeys a second, as the scenario's own rate has it: mostly the mean (see `scenarios.arrivals_model`)."""
    duration_s: float
    time_scale: float = 1.0
    """Scales people's own lengths of time, as it scales the platform's."""
    route: str = "services"
    events: tuple[EventFacts, ...] = ()
    """What was learned of the events before the load, in a fixed order."""
    webhook_url: str = ""
    """Where the platform shall tell of payments; empty: nowhere."""

    @classmethod
    def of(
        cls,
        scenario: Scenario,
        *,
        seed: int,
        run_id: str,
        rate: float | None = None,
        duration_s: float | None = None,
        time_scale: float = 1.0,
        route: str | None = None,
        events: tuple[EventFacts, ...] = (),
    ) -> Plan:
        """Makes a plan, with the scenario's figures where none is given; raises ValueError when they do not fit."""
        plan = cls(
            scenario=scenario,
            seed=seed,
            run_id=run_id,
            rate=scenario.rate if rate is None else rate,
            duration_s=scenario.duration if duration_s is None else duration_s,
            time_scale=time_scale,
            route=scenario.route if route is None else route,
            events=events,
        )
        _ = plan.schedule
        return plan

    def with_events(self, events: tuple[EventFacts, ...]) -> Plan:
        """The same plan, knowing these events."""
        return dataclasses.replace(self, events=events)

    def told_at(self, url: str) -> Plan:
        """The same plan, with an address at which the platform shall tell of payments."""
        return dataclasses.replace(self, webhook_url=url)

    def pack(self) -> dict[str, Any]:
        """Returns plain values (for msgpack or JSON) from which `unpack` makes an equal plan."""
        return {
            "version": _VERSION,
            "scenario": self.scenario.model_dump(mode="json"),
            "seed": self.seed,
            "run_id": self.run_id,
            "rate": self.rate,
            "duration_s": self.duration_s,
            "time_scale": self.time_scale,
            "route": self.route,
            "events": [event.pack() for event in self.events],
            "webhook_url": self.webhook_url,
        }

    @classmethod
    def unpack(cls, packed: dict[str, Any]) -> Plan:
        """Returns the plan that `pack` made plain; raises ValueError for one of another version."""
        if packed.get("version") != _VERSION:
            raise ValueError(f"a plan of version {packed.get('version')} cannot be driven, only of version {_VERSION}")
        values = {name: value for name, value in packed.items() if name != "version"}
        values["scenario"] = Scenario.model_validate(packed["scenario"])
        values["events"] = tuple(EventFacts.unpack(event) for event in packed["events"])
        return cls(**values)

    @cached_property
    def schedule(self) -> Schedule:
        """Every planned instant."""
        profile = self.scenario.profile(self.rate, self.duration_s)
        return Schedule(profile, self.scenario.arrivals.spacing, self.seed)

    @cached_property
    def planned_total(self) -> int:
        """How many arrivals are planned in all."""
        return self.schedule.planned

    def arrivals(self, stripe: int = 0, of: int = 1) -> Iterator[Arrival]:
        """Yields one stripe's arrivals in order of time, nanoseconds after T0; all stripes together are the plan."""
        return self.schedule.arrivals(stripe, of)

    def digest(self, arrival: Arrival) -> int:
        """64 bits over one planned arrival and all that the person wants; a second's digest is their sum mod 2**64."""
        return self.wishes(arrival.number).digest(arrival.at_ns)

    def user(self, number: int) -> str:
        """The user id of one person in this run."""
        return f"u-{self.run_id}-{number}"

    def key(self, number: int, intention: int) -> str:
        """The idempotency key of a person's n-th intention in this run: a UUIDv4."""
        high = further_key(self._key_root, number << _INTENTION_BITS | intention)
        text = f"{high:016x}{mix(~high) & _VARIANT_MASK | _VARIANT:016x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{text[16:20]}-{text[20:]}"

    @cached_property
    def _key_root(self) -> int:
        return key_of(self.seed, "keys", self.run_id)

    def chance(self, number: int) -> Chance:
        """The stream from which one person chooses among what the platform offers."""
        return Chance.of_key(further_key(self._choice_root, number))

    @cached_property
    def _choice_root(self) -> int:
        return key_of(self.seed, "choices")

    def wishes(self, number: int) -> Wishes:
        """What one person wants, from the seed and the number alone (and the events that the plan knows)."""
        return self._drawn(number)

    @cached_property
    def _drawn(self) -> Callable[[int], Wishes]:
        # Wishes are asked for twice, for the digest when somebody is due and for the journey: a second draw
        # would take 5 µs a journey.
        return lru_cache(maxsize=_REMEMBERED)(self._draw)

    def _draw(self, number: int) -> Wishes:
        chance = Chance.of_key(further_key(self._wish_root, number))
        name = chance.draw(self._mix)
        kind, people, quantities, cards = self._ways[name]
        event = self._event(chance, people)
        quantity = chance.draw(quantities)
        sections = self._sections.get(event.id)
        return Wishes(
            number,
            name,
            event.id,
            chance.draw(sections) if sections else "",
            quantity,
            self._wished_seats(chance, event, people, quantity),
            "FAIL" if kind.first_card_fails else chance.draw(cards),
            _thinking(chance, people),
            people.poll_s,
            people.patience_s,
            people.tries,
            self._picks,
        )

    @cached_property
    def _wish_root(self) -> int:
        return key_of(self.seed, "wishes")

    def _event(self, chance: Chance, people: People) -> EventFacts:
        if not self.events:
            return EventFacts("")
        law = self._event_ranks
        chosen = chance.choice(self.events) if law is None else self.events[law.draw(chance)]
        if law is None and people.seats == "wished":
            # Who come for certain seats come to one hall, or there would be no crowd around any of them.
            return self._largest
        return chosen

    @cached_property
    def _event_ranks(self) -> Ranks | None:
        law = self.scenario.popularity.events
        return None if law is None else law.ranks(len(self.events))

    @cached_property
    def _largest(self) -> EventFacts:
        return _largest(self.events)

    def _wished_seats(self, chance: Chance, event: EventFacts, people: People, quantity: int) -> tuple[str, ...]:
        if people.seats != "wished" or not event.seats:
            return ()
        return tuple(self._wish(chance, self._halls[event.id], quantity * people.tries))

    @cached_property
    def _wish(self) -> Callable[[Chance, Sequence[str], int], list[str]]:
        return self.scenario.popularity.seats.wished()

    @cached_property
    def _halls(self) -> dict[str, Sequence[str]]:
        """The seats of each event in the order of the law, the most wanted first where there is one."""
        ranked = self.scenario.popularity.seats.law != UNIFORM
        return {event.id: in_order(event.seats) if ranked else event.seats for event in self.events}

    @cached_property
    def _picks(self) -> str:
        return BEST if self.scenario.popularity.seats.law == BEST_FIRST else ANY

    @cached_property
    def _mix(self) -> Lots[str]:
        return Lots.of(sorted(self.scenario.mix.items()))

    @cached_property
    def _ways(self) -> dict[str, _Ways]:
        return {
            name: _Ways(
                kind,
                people,
                Lots.of(sorted(people.quantity.items())),
                Lots.of(sorted(people.cards.items())),
            )
            for name, (kind, people) in self.scenario.cast.items()
        }

    @cached_property
    def _sections(self) -> dict[str, Lots[str]]:
        # By size, not by what is free: free seats differ from run to run, and the wishes must not.
        return {
            event.id: Lots.of((part.name, float(part.total or 1)) for part in event.sections)
            for event in self.events
            if event.sections
        }

    def share(self, names: set[str]) -> float:
        """The planned share of journeys that the mix calls by these names."""
        return sum(weight for name, weight in self._mix.options if name in names) / self._mix.total

    def event_shares(self, events: Sequence[EventFacts]) -> list[float]:
        """The planned share of people who come to each of these events."""
        law = self.scenario.popularity.events
        if not events:
            return []
        if law is not None:
            ranks = law.ranks(len(events))
            return [ranks.share(rank) for rank in range(len(events))]
        to_one_hall = self.share({name for name, ways in self._ways.items() if ways.people.seats == "wished"})
        largest = _largest(events)
        return [(1 - to_one_hall) / len(events) + (to_one_hall if event is largest else 0) for event in events]

    def seats_needed(self, events: int, share: float | None = None) -> int:
        """Seats that the busiest of so many events needs, so that nobody comes in vain, with room for chance.

        The same of another event, when the share of people who come to it is given.
        """
        if share is None:
            share = max(self.event_shares([EventFacts(str(number)) for number in range(events)]))
        mean = square = 0.0
        for name, weight in self._mix.options:
            kind, _, (options, total), _ = self._ways[name]
            if kind.reserves:
                mean += weight * sum(number * part for number, part in options) / total
                square += weight * sum(number * number * part for number, part in options) / total
        coming = self.planned_total * share / self._mix.total
        return math.ceil(coming * mean + _SPARE * math.sqrt(coming * square))

    def queuers(self) -> float:
        """How many people are planned to stand in a queue."""
        return self.planned_total * self.share({name for name, ways in self._ways.items() if ways.kind.queues})

    def rpcs_expected(self) -> float:
        """About how many calls the plan makes when nothing is refused and nobody waits."""
        options, weights = self._mix
        return self.planned_total * sum(self._ways[name].kind.calls * weight for name, weight in options) / weights

    def methods(self) -> tuple[str, ...]:
        """Full names of the methods that the planned journeys cannot do without."""
        steps = {step for name, weight in self._mix.options if weight for step in self._ways[name].kind.steps}
        return tuple(sorted({ROUTES[self.route].get(step, step) for step in steps}))

    def kinds(self) -> tuple[str, ...]:
        """The names by which the mix calls its journeys, as evidence has them."""
        return tuple(name for name, weight in self._mix.options if weight)

    def reach(self) -> frozenset[str]:
        """Full names of the methods that the planned journeys may call."""
        return frozenset().union(*(self._ways[name].kind.reach(self.route) for name in self.kinds()))

    def venue(self) -> Venue:
        """What fakes that are started for this plan must offer; scarce scenarios say their own seats."""
        fakes = self.scenario.fakes
        if fakes.seats is not None:
            return Venue(fakes.events, fakes.seats)
        return Venue(fakes.events, max(_ROOM * self.seats_needed(fakes.events or 1), 100))


def _thinking(chance: Chance, people: People) -> tuple[float, float, float]:
    shortest, longest = people.think_s
    if shortest == longest:
        return shortest, shortest, shortest
    return chance.uniform(shortest, longest), chance.uniform(shortest, longest), chance.uniform(shortest, longest)


def _largest(events: Sequence[EventFacts]) -> EventFacts:
    return max(events, key=lambda event: len(event.seats))
