"""Evidence on its way home: every delta arrives exactly once, in order, whatever the messages do.

A sender numbers its deltas from 1 without gaps and keeps each until the receiver says that it is committed to disk:

    sender    ship        keep the delta under its number, send it
              acked n     forget all up to n
              resend      send what is left again, oldest first
    receiver  n expected  apply, and whatever waited behind it
              n higher    wait for the ones between
              n lower     a repetition: apply nothing

An acknowledgement says what the run file has committed, not what came in: a receiver that dies before the commit has
acknowledged nothing that is lost. Sender and receiver know no socket; what travels is handed to `send`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Parcel = TypeVar("Parcel")


class Outbox(Generic[Parcel]):
    """The sender's side: keeps what is not acknowledged yet."""

    def __init__(self, send: Callable[[int, Parcel], None]) -> None:
        self._send = send
        self._kept: dict[int, Parcel] = {}
        self._last = 0

    def __repr__(self) -> str:
        return f"<Outbox shipped {self._last}, {len(self._kept)} not acknowledged>"

    @property
    def empty(self) -> bool:
        """Everything shipped has been acknowledged."""
        return not self._kept

    @property
    def last(self) -> int:
        """The number of the last parcel; 0 before the first."""
        return self._last

    def ship(self, sequence: int, parcel: Parcel) -> None:
        """Sends a parcel and keeps it. Raises ValueError when its number does not follow the last one."""
        if sequence != self._last + 1:
            raise ValueError(f"parcel {sequence} follows {self._last}: numbers have no gaps")
        self._last = sequence
        self._kept[sequence] = parcel
        self._send(sequence, parcel)

    def acknowledged(self, sequence: int) -> None:
        """Forgets every parcel up to this number."""
        for number in [number for number in self._kept if number <= sequence]:
            del self._kept[number]

    def resend(self, before: int | None = None) -> None:
        """Sends again what is not acknowledged, oldest first; with `before`, only numbers below it."""
        for number, parcel in list(self._kept.items()):
            if before is None or number < before:
                self._send(number, parcel)


class Inbox(Generic[Parcel]):
    """The receiver's side for one sender: hands parcels on in order, each once."""

    def __init__(self, apply: Callable[[Parcel], None]) -> None:
        self._apply = apply
        self._waiting: dict[int, Parcel] = {}
        self._applied = 0

    def __repr__(self) -> str:
        return f"<Inbox applied {self._applied}, {len(self._waiting)} waiting>"

    @property
    def applied(self) -> int:
        """Every parcel up to this number has been handed on."""
        return self._applied

    def receive(self, sequence: int, parcel: Parcel) -> None:
        """Takes a parcel in, as often and in whatever order it comes."""
        if sequence <= self._applied:
            return
        self._waiting[sequence] = parcel
        while self._applied + 1 in self._waiting:
            self._applied += 1
            self._apply(self._waiting.pop(self._applied))
