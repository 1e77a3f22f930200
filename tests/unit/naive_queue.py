"""Where everybody stands, who is admitted and how long a wait is announced, by counting people and replaying buckets.

The reference of the waiting room; it shares no code with it. Times are whole seconds, rates whole or halves, so that
everything that is counted here is exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

EVENTS = ("evt_one", "evt_two")
BANDS = ((2, 0), (4, 2), (6, 5))
"""Up to this rank, after this wait."""
FREE_RANKS = 1
BUCKET, REFILL = 2, Fraction(1, 2)
"""Size, and tokens a second, of each event's bucket."""
SYSTEM_BUCKET, SYSTEM_REFILL = 3, Fraction(1, 2)
HEARTBEAT_S, WAITING_S, TOKEN_S, DUPLICATE_S = 7, 20, 6, 9
WINDOWS = ((15, Fraction(5, 10)), (30, Fraction(3, 10)), (60, Fraction(2, 10)))
"""Length and weight: short enough for what is too old to be seen to go."""
SLOT_S = Fraction(WINDOWS[0][0], 60)
"""The least time that a rate is taken over."""


@dataclass
class Person:
    """Who joined a queue."""

    event: str
    user: str
    joined: int
    seen: int
    status: str = "WAITING"
    token: str = ""
    """The reservation token."""
    token_ends: int = 0
    used: bool = False
    gone: int = 0


@dataclass
class NaiveQueue:
    """All queues."""

    now: int = 0
    people: dict[str, Person] = field(default_factory=dict)
    """In the order of joining, by waiting token; forgotten ones left out."""
    joins: dict[tuple[str, str], int] = field(default_factory=dict)
    admissions: dict[str, list[int]] = field(default_factory=lambda: {event: [] for event in EVENTS})
    admitting: bool = True
    takes: dict[str, list[int]] = field(default_factory=lambda: {event: [] for event in ("", *EVENTS)})
    """When a token was taken from each bucket; of the system under the empty name."""

    def line(self, event: str) -> list[str]:
        """Who waits, in order."""
        return [name for name, one in self.people.items() if one.event == event and one.status == "WAITING"]

    def may_join(self, event: str, user: str) -> bool:
        """Whether the last join is long enough ago."""
        return self.now >= self.joins.get((event, user), -DUPLICATE_S) + DUPLICATE_S

    def join(self, name: str, event: str, user: str) -> None:
        """Somebody stands at the end."""
        self.people[name] = Person(event, user, self.now, self.now)
        self.joins[event, user] = self.now

    def rank(self, name: str) -> int:
        """From 1; 0 for who does not wait."""
        one = self.people[name]
        return self.line(one.event).index(name) + 1 if one.status == "WAITING" else 0

    def ready(self, name: str) -> bool:
        """Whether admission would be granted now."""
        one, rank = self.people[name], self.rank(name)
        if one.status != "WAITING":
            return one.status == "READY"
        if not self.admitting:
            return False
        minimum = next((wait for end, wait in BANDS if rank <= end), None)
        if minimum is None or self.now - one.joined < minimum:
            return False
        return rank <= FREE_RANKS or (self.level(one.event) >= 1 and self.level("") >= 1)

    def admit(self, name: str, token: str) -> None:
        """It was granted, with this reservation token."""
        one = self.people[name]
        if self.rank(name) > FREE_RANKS:
            self.takes[one.event].append(self.now)
            self.takes[""].append(self.now)
        self.admissions[one.event].append(self.now)
        one.status, one.token, one.token_ends = "READY", token, self.now + TOKEN_S

    def leave(self, name: str) -> None:
        """He goes, waiting or admitted; who has gone already stays so."""
        one = self.people[name]
        if one.status in ("WAITING", "READY"):
            one.status, one.gone = "LEFT", self.now

    def drain(self, event: str) -> int:
        """Everybody who waits for an event goes; returns how many."""
        waiting = self.line(event)
        for name in waiting:
            self.people[name].status, self.people[name].gone = "EXPIRED", self.now
        return len(waiting)

    def is_of(self, name: str, event: str, user: str) -> bool:
        """Whether it is this user's place in this event's queue; empty ones are not looked at."""
        one = self.people[name]
        return event in ("", one.event) and user in ("", one.user)

    def scope_of(self, token: str) -> str | None:
        """What a token is good for now."""
        waiting = self.people.get(token)
        if waiting is not None and waiting.status in ("WAITING", "READY"):
            return "queue"
        good = any(self.spendable(token, one.event, one.user) is one for one in self.people.values())
        return "reserve" if good else None

    def level(self, bucket: str) -> Fraction:
        """What is in a bucket, by filling it up from one taking to the next."""
        size, refill = (BUCKET, REFILL) if bucket else (SYSTEM_BUCKET, SYSTEM_REFILL)
        level, at = Fraction(size), 0
        for taken in [*self.takes[bucket], None]:
            until = self.now if taken is None else taken
            level = min(Fraction(size), level + (until - at) * refill)
            at = until
            level -= taken is not None
        return level

    def eta(self, name: str) -> int:
        """Position by rate times 1.1, the rate weighted over the windows, 1 to 600; twice the position without one."""
        one, rank = self.people[name], self.rank(name)
        if not rank:
            return 0
        admitted = self.admissions[one.event]
        rate = Fraction(0)
        for length, weight in WINDOWS:
            seen = [at for at in admitted if at > self.now - length]
            history = max(Fraction(self.now - min(admitted, default=0)), SLOT_S)
            rate += weight * len(seen) / min(Fraction(length), history)
        wait = rank / rate * Fraction(11, 10) if rate else Fraction(2 * rank)
        return math.ceil(min(max(wait, Fraction(1)), Fraction(600)))

    def spendable(self, token: str, event: str, user: str) -> Person | None:
        """Whose reservation token this is, if it is good for the user and the event."""
        return next(
            (
                one
                for one in self.people.values()
                if one.token == token
                and (one.event, one.user, one.status, one.used) == (event, user, "READY", False)
                and self.now < one.token_ends
            ),
            None,
        )

    def unspent(self) -> list[str]:
        """The last three who were admitted and have not used it."""
        return [name for name, one in self.people.items() if one.status == "READY" and not one.used][-3:]

    def pass_time(self, seconds: int) -> None:
        """Second by second: the silent and the old go, unused admissions run out, who has gone is forgotten."""
        for _ in range(seconds):
            self.now += 1
            for name, one in list(self.people.items()):
                if one.status in ("LEFT", "EXPIRED"):
                    if self.now >= one.gone + HEARTBEAT_S:
                        del self.people[name]
                elif self.now >= self._ends(one):
                    one.status, one.gone = "EXPIRED", self.now

    def _ends(self, one: Person) -> int:
        return one.token_ends if one.status == "READY" else min(one.joined + WAITING_S, one.seen + HEARTBEAT_S)
