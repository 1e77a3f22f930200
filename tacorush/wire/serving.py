"""The server's port: how a handler answers a call, now, later or as a stream, whatever transport carries it.

A handler is a plain function that gets the call and its request on the server's event loop and returns at once. It
answers through the call: right away, from a timer, or, for a stream, message by message. Everything runs on one loop,
so handlers need no lock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from google.protobuf.message import Message

    from tacorush.wire.channel import Metadata


class Call(Protocol):
    """One call being served."""

    @property
    def path(self) -> str:
        """The `:path` of the call, `/package.Service/Method`."""
        ...

    @property
    def metadata(self) -> Mapping[str, str | bytes]:
        """What the client sent; of a name that came more than once, the last value."""
        ...

    @property
    def peer(self) -> str:
        """The address of the client, as the transport writes it."""
        ...

    def attach(self, initial: Metadata = (), trailing: Metadata = ()) -> None:
        """Adds metadata: to the head, unless it has been sent, and to the trailers."""
        ...

    def answer(self, message: Message) -> None:
        """Answers a unary call with OK and this message. After the call has ended it does nothing."""
        ...

    def fail(self, status: int, detail: str) -> None:
        """Ends the call with a gRPC status other than OK. After the call has ended it does nothing."""
        ...

    def send(self, message: Message) -> bool:
        """Sends one message of a stream; False when the call has ended.

        A reader that lets more than the server's bound of messages wait is dropped with RESOURCE_EXHAUSTED.
        """
        ...

    def finish(self) -> None:
        """Ends a stream with OK once all that was sent has left."""
        ...

    def on_end(self, callback: Callable[[], None]) -> None:
        """Calls back once when the call has ended, by whichever side; at once when it already has."""
        ...


Handler: TypeAlias = Callable[[Call, Any], None]
"""Gets the call and its parsed request (of the endpoint's request class)."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method that a server offers."""

    path: str
    request: type[Message]
    response: type[Message]
    streams: bool
    handler: Handler


@runtime_checkable
class Doors(Protocol):
    """What a server may let others do with its connections; one that cannot lacks these methods.

    `peer` is what `Call.peer` says.
    """

    def hang_up(self, peer: str = "") -> None:
        """Cuts the connections of a peer (all when none is named) at once, with the calls on them."""
        ...

    def send_away(self, peer: str) -> None:
        """Ends the connections of a peer with GOAWAY (ENHANCE_YOUR_CALM), as one that asks too much."""
        ...

    def shut(self, seconds: float) -> None:
        """Cuts off at once whoever connects within so many seconds."""
        ...


class Server(Protocol):
    """A server on the running asyncio loop. Serves reflection and `grpc.health.v1` beside its endpoints."""

    async def start(self, endpoints: Sequence[Endpoint], addresses: Sequence[str]) -> Sequence[str]:
        """Listens on each `host:port` (port 0 picks a free one) and returns the addresses bound, in that order.

        Raises OSError that names the address when one cannot be bound.
        """
        ...

    async def drain(self, grace_s: float) -> None:
        """Takes no new call, lets those in flight finish for `grace_s` seconds, then ends them."""
        ...
