"""The port `Ticketing`: what a person can do on a ticket platform, and what the person learns from it.

A journey is a function over this port and knows no gRPC, no address and no clock of its own. Every method asks once
(a second attempt is the journey's own doing), never raises for what the platform did, and returns a small value whose
`outcome` is one of the contract's five. Time passes only through `pause`, `pause_until` and the answers themselves;
lengths of time given here are a person's own (think, poll) and are scaled by the run's time scale.

The answers are values: nobody changes one. They are not frozen, because a frozen Hold takes 1.2 µs to make, this 0.2.
`key` is the name of one intention: made by `intention()`, reused by whoever repeats that intention.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from google.protobuf.message import Message

    from scenarios.chance import Chance

T = TypeVar("T")


class HeldBack(Exception):  # noqa: N818 - it is no error: the harness itself was not allowed to send
    """The target's own load limit forbids this call; the journey ends unfinished."""


@dataclass(slots=True)
class Told:
    """What every answer says: its outcome and code, as the contract's table gives them."""

    outcome: str
    code: str

    @property
    def ok(self) -> bool:
        """It went through."""
        return self.outcome == "ok"

    @property
    def unserved(self) -> bool:
        """The platform does not offer this method at all."""
        return self.outcome == "unimplemented"


@dataclass(slots=True)
class Place(Told):
    """A place in the queue."""

    token: str = ""
    status: str = ""
    """WAITING, READY, EXPIRED, LEFT or ERROR."""
    ready: bool = False
    """Admission may be asked for."""
    position: int = 0


@dataclass(slots=True)
class Admission(Told):
    """An answer at the door: a token when granted."""

    token: str = ""
    status: str = ""
    """GRANTED, DENIED, EXPIRED or INVALID."""
    ends_ns: int = 0
    """When the token's life is over at the latest, Unix time; 0 where the platform does not say."""


@dataclass(slots=True)
class Offer(Told):
    """What is free, as far as it was told."""

    available: bool = False
    seats: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    """Of the seats asked for, those that are not free."""
    remaining: int = 0


@dataclass(slots=True)
class Hold(Told):
    """A reservation as it stands: just made, extended, cancelled or read."""

    reservation: str = ""
    status: str = ""
    """PENDING or HOLD while held, CONFIRMED, CANCELLED, EXPIRED, FAILED, REFUNDED."""
    seats: tuple[str, ...] = ()
    amount: int = 0
    currency: str = "KRW"
    ends_ns: int = 0
    """When the hold runs out, Unix time; as documented where the platform does not say."""
    order: str = ""


@dataclass(slots=True)
class Payment(Told):
    """A payment as it stands."""

    intent: str = ""
    status: str = ""
    """PENDING, PROCESSING, COMPLETED, FAILED, CANCELLED, REFUNDED or EXPIRED."""

    @property
    def final(self) -> bool:
        """It will not change by waiting."""
        return self.status in {"COMPLETED", "FAILED", "CANCELLED", "REFUNDED", "EXPIRED"}


@dataclass(slots=True)
class Order(Told):
    """A confirmed reservation."""

    order: str = ""
    seats: tuple[str, ...] = ()


@dataclass(slots=True)
class Reply(Told):
    """The answer to a method asked by its name; `messages` holds the response, or what a stream sent."""

    messages: tuple[Message, ...] = field(default=())

    def field(self, path: str, default: Any = "") -> Any:
        """Reads a field of the first message by its dotted name; the default when there is no message."""
        value: Any = self.messages[0] if self.messages else None
        for name in path.split("."):
            if value is None:
                return default
            value = getattr(value, name)
        return default if value is None else value


class Ticketing(Protocol):
    """One person in front of the platform."""

    @property
    def user(self) -> str:
        """The person's id, unique in this run and among runs."""
        ...

    @property
    def chance(self) -> Chance:
        """The person's own stream of chance, for choices among what the platform offers."""
        ...

    def clock(self) -> int:
        """Reads the run's clock, nanoseconds of Unix time."""
        ...

    def pause(self, seconds: float) -> None:
        """Waits; the next call is due this long after the last answer."""
        ...

    def pause_until(self, instant_ns: int) -> None:
        """Waits for an instant that the platform named; the next call is due then."""
        ...

    def scaled(self, seconds: float) -> float:
        """Returns a person's length of time as it is in this run."""
        ...

    def intention(self) -> str:
        """Makes the key of a new intention: a UUIDv4, the same for the same run, seed, person and count."""
        ...

    def together(self, *acts: Callable[[Ticketing], T]) -> list[T]:
        """Does several things at the same time, as a double click does; each act gets a hand of its own."""
        ...

    def again(self) -> Ticketing:
        """The same person coming once more: under a further name, since a platform may take nobody twice."""
        ...

    def note(self, measure: str) -> None:
        """Takes down the time from the planned arrival to the last answer, as `journey.admission_wait` or the like."""
        ...

    def join(self, event: str) -> Place:
        """Joins the event's queue."""
        ...

    def poll(self, token: str) -> Place:
        """Looks how far the queue has moved."""
        ...

    def ask_admission(self, event: str, token: str) -> Admission:
        """Asks to be let in."""
        ...

    def leave(self, token: str) -> Told:
        """Leaves the queue and says so."""
        ...

    def look(self, event: str, section: str, quantity: int) -> Offer:
        """Looks for free seats."""
        ...

    def reserve(self, event: str, seats: Sequence[str], quantity: int, token: str, key: str) -> Hold:
        """Holds these seats, or any when none is named."""
        ...

    def extend(self, hold: Hold, seconds: int, key: str) -> Hold:
        """Asks for a longer hold."""
        ...

    def cancel(self, hold: Hold, key: str) -> Told:
        """Gives the seats back."""
        ...

    def read_back(self, hold: Hold) -> Hold:
        """Reads what became of the reservation."""
        ...

    def open_payment(self, hold: Hold, card: str, key: str, *, provoked: bool = False) -> Payment:
        """Opens a payment of the hold's amount; `card` says how it will fare. A `provoked` one is to be told no."""
        ...

    def pay(self, payment: Payment, key: str) -> Payment:
        """Pays, with a test card."""
        ...

    def payment_status(self, payment: Payment) -> Payment:
        """Looks how the payment stands."""
        ...

    def confirm(self, hold: Hold, payment: Payment, key: str) -> Order:
        """Turns the hold into an order."""
        ...

    def ask(self, method: str, fields: Mapping[str, Any], *, provoked: bool = False) -> Reply:
        """Asks any unary method of the contract by its full name; `provoked` ones are meant to be told no."""
        ...

    def listen(self, method: str, fields: Mapping[str, Any], messages: int, seconds: float) -> Reply:
        """Listens to a server stream until so many messages have come or the time is over."""
        ...

    def follow(self, method: str, fields: Mapping[str, Any], seconds: float) -> Told:
        """Follows a server stream for so long (of the clock), and then hangs up; what it tells is for the audit."""
        ...
