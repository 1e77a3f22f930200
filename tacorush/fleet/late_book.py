"""Evidence from before T0 was fixed: kept as it came, and written down once there is a T0 to count seconds from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenarios.grpc_ticketing import Book
    from tacorush.evidence.records import Claim


class LateBook:
    """Takes in the few calls of a pre-flight; `copy_to` writes them into a recorder."""

    def __init__(self) -> None:
        self._notes: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def call(self, *words: Any, **more: Any) -> None:
        """One call, as `Book.call` takes it."""
        self._notes.append(("call", words, more))

    def time(self, *words: Any, **more: Any) -> None:
        """One time, as `Book.time` takes it."""
        self._notes.append(("time", words, more))

    def claim(self, claim: Claim) -> None:
        """One claim."""
        self._notes.append(("claim", (claim,), {}))

    def count(self, name: str, n: float = 1) -> None:
        """Adds to a counter."""
        self._notes.append(("count", (name, n), {}))

    def copy_to(self, book: Book) -> None:
        """Writes everything down, in the order in which it came, and forgets it."""
        for name, words, more in self._notes:
            getattr(book, name)(*words, **more)
        self._notes.clear()
