"""What master and workers say to each other beside Locust's own messages; all of it plain msgpack values.

    worker → master   HELLO   who I am and what I run; repeated until welcome
    master → worker   WELCOME you are known
    master → worker   ORDER   the plan, your stripe, where the platform is; told once, before T0
    worker → master   READY   I can begin, or the sentence why I cannot
    master → worker   BEAT    each second and at each turn: phase, T0, and which of your deltas are committed
    worker → master   DELTA   what I saw, numbered from 1; the last one is marked final

A beat carries the whole state, so that a lost one is made good by the next. The phases of a run, in order; a worker
never goes back, and one that comes after the order was given has no part in this run.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

HELLO = "tacorush.hello"
WELCOME = "tacorush.welcome"
ORDER = "tacorush.order"
READY = "tacorush.ready"
BEAT = "tacorush.beat"
DELTA = "tacorush.delta"

PREPARE, LOAD, DRAIN, OVER = "prepare", "load", "drain", "over"
PHASES = (PREPARE, LOAD, DRAIN, OVER)
"""Orders are given and channels made; arrivals begin; nobody begins, those inside end; everything is committed."""

BEAT_S = 1.0
"""Seconds between two beats, and between two deltas."""


@dataclass(frozen=True, slots=True)
class Order:
    """One process's share of a run: enough to drive it without asking again."""

    session: str
    """Name of this run among the runs of one master."""
    plan: Any
    """The packed plan."""
    open_loop: bool
    stripe: int
    of: int
    """Stripe `stripe` of `of`: the share of the arrivals, and of the target's load limit."""
    target: str | None
    """As asked of the master; each sender looks it up in its own targets file."""
    carriage: Any
    """The packed carriage."""
    max_in_flight: int
    think: str = ""
    """Think time between two journeys of a user in a closed loop, as `scenarios.think` reads it."""

    def pack(self) -> dict[str, Any]:
        """Returns plain values for `unpack`."""
        return asdict(self)

    @classmethod
    def unpack(cls, packed: Mapping[str, Any]) -> Order:
        """Returns the order that `pack` made plain."""
        return cls(**packed)


@dataclass(frozen=True, slots=True)
class Beat:
    """The state of the run, as the master tells it to one worker."""

    session: str
    phase: str
    t0_ns: int = 0
    """0 until it is fixed."""
    committed: int = 0
    """This worker's deltas up to this number are on disk."""
    drain_s: float = 0.0
    """How long journeys inside may take to end, once the phase is `drain`."""

    def pack(self) -> dict[str, Any]:
        """Returns plain values for `unpack`."""
        return asdict(self)

    @classmethod
    def unpack(cls, packed: Mapping[str, Any]) -> Beat:
        """Returns the beat that `pack` made plain; raises ValueError for a phase that there is not."""
        beat = cls(**packed)
        if beat.phase not in PHASES:
            raise ValueError(f"phase {beat.phase!r}: there is {', '.join(PHASES)}")
        return beat
