"""The call of a stream behind another one: everything that is told goes on to it as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from google.protobuf.message import Message

    from tacorush.wire.channel import Metadata
    from tacorush.wire.serving import Call


class RelayedCall:
    """`tacorush.wire.serving.Call` in front of another; who changes something overrides it."""

    def __init__(self, call: Call) -> None:
        self._call = call

    @property
    def path(self) -> str:
        """See Call."""
        return self._call.path

    @property
    def metadata(self) -> Mapping[str, str | bytes]:
        """See Call."""
        return self._call.metadata

    @property
    def peer(self) -> str:
        """See Call."""
        return self._call.peer

    def attach(self, initial: Metadata = (), trailing: Metadata = ()) -> None:
        """See Call."""
        self._call.attach(initial, trailing)

    def answer(self, message: Message) -> None:
        """See Call."""
        self._call.answer(message)

    def fail(self, status: int, detail: str) -> None:
        """See Call."""
        self._call.fail(status, detail)

    def send(self, message: Message) -> bool:
        """See Call."""
        return self._call.send(message)

    def finish(self) -> None:
        """See Call."""
        self._call.finish()

    def on_end(self, callback: Callable[[], None]) -> None:
        """See Call."""
        self._call.on_end(callback)
