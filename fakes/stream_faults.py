"""What leaves on a stream when incidents may spoil it: not everything, or not in its order, or nothing any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.relayed_call import RelayedCall

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from fakes.faults import Faults
    from tacorush.wire.serving import Call


class SpoiledCall(RelayedCall):
    """The call of a stream whose messages incidents may hold back, repeat or cut off."""

    def __init__(self, call: Call, faults: Faults) -> None:
        super().__init__(call)
        self._faults = faults
        self._sent = 0
        self._silent = False
        self._last: Message | None = None

    def send(self, message: Message) -> bool:
        """Sends the message, unless the stream is silent; behind it, perhaps, the one before once more, or an end."""
        path, before = self._call.path, self._last
        self._silent = self._silent or self._faults.hush_stream(path, self._sent)
        if self._silent:
            return True
        if not self._call.send(message):
            return False
        self._sent, self._last = self._sent + 1, message
        if before is not None and self._faults.send_again(path, before, message):
            self._call.send(before)
        if self._faults.cut_stream(path, message):
            self._call.finish()
        return True
