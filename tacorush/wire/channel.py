"""The client's port: what a caller may ask of a transport, and all that it learns from an answer.

A transport moves messages and reads the clock at two instants, when the request leaves and when the answer is there.
It never retries, never raises for a call that failed, and never decides what an answer is worth: that is said once, in
the contract's outcome table, from what an `Answer` holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from google.protobuf.message import Message

Clock: TypeAlias = "Callable[[], int]"
"""Reads the time of a run, in nanoseconds."""

Metadata: TypeAlias = "Sequence[tuple[str, str | bytes]]"
"""Names (lower case) and values; the value of a name that ends in `-bin` is bytes."""

Delivery: TypeAlias = Literal["unsent", "unanswered", "answered"]
"""Can the request have reached the server, and did it answer?

`unsent`: it cannot have (no connection, refused stream, beyond a GOAWAY's last stream).
`unanswered`: it may have, and nothing came back that tells (deadline, cancellation, connection lost after the send).
`answered`: the status came from the server.
"""


class Answer(NamedTuple):
    """How one call ended."""

    status: int
    """gRPC status code, 0 to 16."""
    detail: str
    """The status message, empty when there is none."""
    message: Message | None
    """The response of a unary call that ended OK; None otherwise and for streams."""
    delivery: Delivery
    sent_ns: int
    """When the request was handed over; for an unsent one, when it was given up."""
    answered_ns: int
    """When the answer was taken in; for an unanswered one, when the wait for it ended."""
    metadata: tuple[tuple[str, str | bytes], ...] = ()
    """Initial and trailing metadata that the server sent, in this order."""


class Stream(Protocol):
    """A server stream being read: iterate over its messages, then ask `answer` how it ended."""

    def __iter__(self) -> Iterator[Message]:
        """Yields each message as it comes; ends when the stream ends, however it ends, without raising."""
        ...

    def cancel(self) -> None:
        """Ends the stream from this side; the iteration then stops."""
        ...

    @property
    def answer(self) -> Answer | None:
        """How the stream ended; None while it goes on."""
        ...


class Channel(Protocol):
    """One entrance of a target, as callers see it. Connects at the first call; safe for many callers at once."""

    def unary(
        self, path: str, request: Message, response: type[Message], deadline_s: float, metadata: Metadata = ()
    ) -> Answer:
        """Calls `path` and waits for the answer, `deadline_s` seconds at the most."""
        ...

    def stream(
        self, path: str, request: Message, response: type[Message], deadline_s: float, metadata: Metadata = ()
    ) -> Stream:
        """Calls `path` and returns the stream of its answers; the deadline is that of the whole stream."""
        ...

    def close(self) -> None:
        """Ends every call in flight and frees the connections; a later call is answered as unsent."""
        ...
