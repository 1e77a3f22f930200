"""The shapes of evidence, as plain values. Times are whole nanoseconds of the run's clock, which counts Unix time.

Seconds are counted from T0, the first planned instant: second 0 is [T0, T0 + 1 s); what happened before T0 (probe and
pre-flight) lies in negative seconds, what came in the drain lies at or after the planned duration.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tacorush.evidence.histogram import Histogram

PREFLIGHT = "preflight"
"""Kind of journey of the calls that ask what the target has and can do, before the load."""
HELD_BACK = "limited_by_target"
"""Counter of the calls that were not sent because the target's own load limit forbade them."""
WIRE = "wire."
"""How the counters begin that tell what went over connections; only our own transport tells."""
WIRE_RPCS = "wire.rpcs "
"""Counter of the calls begun to one remote address, which follows."""
WEBHOOK = "webhook"
"""Kind and method of what the platform told the run's own mailbox."""
READBACK = "readback"
"""Kind of journey of the calls that ask at the end what became of reservations and payments."""


class CellKey(NamedTuple):
    """What one histogram counts. With the process that saw it, a key is unique in a run file."""

    second: int
    """Of the answer (of the giving up, when there was none), from T0."""
    measure: str
    """A method's full name, or a time of a journey (`journey.admission_wait`, `journey.time_to_ticket`,
    `journey.total`), or the generator's own (`generator.lag`, `generator.start_delay`)."""
    journey: str
    """Kind of journey (persona or side path), PREFLIGHT, READBACK; empty for the generator's own."""
    outcome: str
    """ok, refused, failed, unknown, unimplemented; for journeys: how they ended; empty for the generator's own."""
    code: str
    """The error's name inside the answer or the status' name (`OK`, `INVENTORY_CONFLICT`, `UNSENT`)."""
    clock: str
    """`response` (from the planned start) or `service` (from the send). Every call is counted once on each."""


@dataclass(slots=True)
class Claim:
    """One answer, or missing answer, that says something about seats, orders, money or a place in the queue: what the
    audit reads.
    """

    action: str
    """hold, extend, sale, cancel, intent, charge, void, or read (a read that states what is, in or after a journey);
    of the queue: join, poll, admission; webhook: what the platform told by itself; update: one message of a
    stream; stream: a stream that was followed, as a whole, with the trace of its updates."""
    method: str
    journey: int
    """Arrival number; -1 for the read-back."""
    kind: str
    """Kind of journey."""
    event: str = ""
    seats: tuple[str, ...] = ()
    """Seat ids as the answer states them; as asked when there is no answer."""
    wanted: tuple[str, ...] = ()
    """Seat ids as asked; of an intent, the address at which the run wants to be told of it."""
    quantity: int = 0
    reservation: str = ""
    order: str = ""
    intent: str = ""
    payment: str = ""
    """Payment or transaction id, when told."""
    user: str = ""
    key: str = ""
    """Idempotency key, empty for reads."""
    body: str = ""
    """Digest of the request: equal bodies have equal digests."""
    status: str = ""
    """The platform's own word, without its prefix: HOLD, CONFIRMED, COMPLETED, …"""
    amount: int = 0
    currency: str = ""
    outcome: str = ""
    effect: str = ""
    """happened, did_not, may_have."""
    code: str = ""
    sent_ns: int = 0
    answered_ns: int = 0
    expires_ns: int = 0
    """The end of the hold, the place or the token as the platform states it, Unix time; 0 when it does not."""
    trace: str = ""
    attempt: int = 1
    """Which attempt at the same intention (same key) this is."""
    token: str = ""
    """The waiting or reservation token that the answer gives."""
    shown: str = ""
    """The token that the request shows: a waiting token at a poll and at the door, a reservation token at a hold."""
    position: int = 0
    """The place in the queue as told, or the number of a stream's message."""
    wait_s: int = 0
    """Seconds as told: the estimated wait of a place in the queue, the life of a reservation token."""
    stated_ns: int = 0
    """When it became so by the platform's own clock, Unix time; 0 when it does not say."""
    worth: int = 0
    """What the seats cost together by the prices that the same answer shows at them; 0 where one of them shows none, or
    one in another currency than the total."""
    quoted: int = 0
    """Of a hold: what its seats cost together as this person was shown them last; 0 where one was not shown."""
    section: str = ""
    """The section of the seats as the answer states it; empty where it states none, or several."""


class SeatNews(NamedTuple):
    """A hold, sale or cancellation that is known to have happened: what is watched while a run goes on."""

    action: str
    event: str
    """Empty where the answer does not name it."""
    seats: tuple[str, ...]
    reservation: str
    order: str


SEAT_ACTIONS = frozenset({"hold", "sale", "cancel"})
"""Actions of claims that are SeatNews once they have happened."""


@dataclass(slots=True)
class KeptCall:
    """One call kept whole, because it was among the slowest or because it failed."""

    method: str
    journey: int
    kind: str
    outcome: str
    code: str
    detail: str
    due_ns: int
    """The planned start, from which the response time runs."""
    sent_ns: int
    answered_ns: int
    why: str
    """slow or failed."""
    trace: str = ""


@dataclass(slots=True)
class ArrivalSecond:
    """What became of the arrivals that were planned for one second, in one process."""

    second: int
    planned: int = 0
    started: int = 0
    late: int = 0
    dropped: int = 0
    digest: str = ""
    """Order-free digest (sum modulo 2**64, 16 hex digits) of what was planned: times, personas, wishes, choices."""


@dataclass(slots=True)
class ProcessInfo:
    """Who took part: sent at hello, again when it changes, and at the end."""

    process: str
    """Unique in the run: `local`, `master`, or the worker's id."""
    role: str
    host: str
    pid: int
    versions: dict[str, str] = field(default_factory=dict)
    cpu_seconds: float = 0.0
    """User and system CPU from T0 to the end of the drain."""
    final: bool = False
    """It said that it had sent everything."""
    lost: bool = False
    """It stopped answering before it was final."""


@dataclass(slots=True)
class Delta:
    """What one process saw since its last delta. Applying one twice changes nothing: (process, sequence) is a key."""

    process: str
    sequence: int
    """Counts from 1 without gaps."""
    cells: dict[CellKey, Histogram] = field(default_factory=dict)
    claims: Sequence[Claim] = ()
    """Packed, when they come from a recorder: see PackedClaims."""
    calls: list[KeptCall] = field(default_factory=list)
    arrivals: list[ArrivalSecond] = field(default_factory=list)
    info: ProcessInfo | None = None
    counters: dict[str, float] = field(default_factory=dict)
    """Counts that add up over deltas, by name: `wire.connections`, `wire.sent_bytes`, …"""
    extra: dict[str, Any] = field(default_factory=dict)
    """Facts that are no counts (plain values), kept by process."""
    seats: list[SeatNews] = field(default_factory=list)
    """The same of the claims once more, for the live figures; no part of the evidence."""
