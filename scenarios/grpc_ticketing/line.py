"""What all people of one process share: the plan, the way to the platform, the book for the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from contracts.catalogue import METHODS
from scenarios.chance import further_key, key_of
from scenarios.routes import ROUTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from google.protobuf.message import Message

    from scenarios.concurrency import Io
    from scenarios.plan import Plan
    from tacorush.evidence.records import Claim
    from tacorush.wire.channel import Answer, Channel


class Book(Protocol):
    """Where evidence goes: the recorder of this process."""

    def call(
        self,
        method: str,
        kind: str,
        journey: int,
        outcome: str,
        code: str,
        due_ns: int,
        sent_ns: int,
        answered_ns: int,
        detail: str = "",
        trace: str = "",
    ) -> None:
        """Takes in one call, answered or given up."""
        ...

    def time(self, measure: str, kind: str, outcome: str, code: str, ns: int) -> None:
        """Takes in one time of a journey."""
        ...

    def claim(self, claim: Claim) -> None:
        """Takes in what an answer says about seats, orders or money."""
        ...

    def count(self, name: str, n: float = 1) -> None:
        """Adds to a counter."""
        ...


class Allowance(Protocol):
    """The target's load limit, as every sender asks it."""

    def spend(self, now_ns: int) -> bool:
        """Takes one call out of the allowance; False when it may not be sent."""
        ...


class Way(NamedTuple):
    """How one method is called, looked up once and not at each call."""

    unary: Callable[..., Answer]
    """Of the channel at the method's entrance."""
    path: str
    response: type[Message]
    deadline_s: float


class Line:
    """The way of one process to one target. `channels` has a channel for each entrance of the contract."""

    def __init__(self, plan: Plan, channels: Mapping[str, Channel], book: Book, io: Io, permit: Allowance) -> None:
        self.plan = plan
        self.channels = channels
        self.book = book
        self.io = io
        self.permit = permit
        self.steps = {step: METHODS[name] for step, name in ROUTES[plan.route].items()}
        """Step to its method, on the plan's route."""
        self.ways = {
            name: Way(channels[row.entrance].unary, row.path, row.response, row.deadline_ms / 1000)
            for name, row in METHODS.items()
        }
        """Full name of a method to how it is called."""
        self._trace_roots: dict[str, int] = {}

    def trace_root(self, number: int, kind: str) -> str:
        """The first 24 of the 32 hex digits of a journey's trace ids."""
        root = self._trace_roots.get(kind)
        if root is None:
            root = self._trace_roots[kind] = key_of(self.plan.run_id, "trace", kind)
        return f"{further_key(root, number):016x}{number & 0xFFFFFFFF:08x}"
