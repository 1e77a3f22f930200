"""The client's port on our own gRPC over HTTP/2, driven by gevent's loop. Belongs to one thread: that of its hub.

A call is written down, handed to one of the channel's connections in turn, and its greenlet sleeps until the connection
wakes it; there is no lock, no event and no thread. It costs about a tenth of a blocking grpcio stub on gevent
(`python -m benchmarks client`). Deadlines end calls with RST_STREAM CANCEL, so that the server learns of it; before one
is declared missed, what lies in the kernel's buffers is read: a loop that was busy must not be counted as the server's
silence.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from gevent import get_hub, getcurrent
from google.protobuf.message import DecodeError

from tacorush.wire import status as codes
from tacorush.wire.backoff import Backoff
from tacorush.wire.calling import ClientCall, call_head
from tacorush.wire.channel import Answer
from tacorush.wire.channel_options import ChannelOptions
from tacorush.wire.deadlines import Deadlines
from tacorush.wire.gevent_wire import WireFigures
from tacorush.wire.link import Link
from tacorush.wire.messages import MessageError
from tacorush.wire.metadata import MetadataError, write_fields
from tacorush.wire.tls_pipe import client_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from google.protobuf.message import Message

    from tacorush.wire.channel import Clock, Metadata, Stream

AGENT = "tacorush-wire"
_TIMED_OUT = "Deadline Exceeded"


class _Timer:
    """A timer of the hub's loop."""

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self._timer: Any = None

    def start(self, delay_s: float, callback: Callable[[], None]) -> None:
        self.stop()
        self._timer = self._loop.timer(delay_s)
        self._timer.start(callback)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None


class GeventChannel:
    """One entrance over our own wire; see the port `Channel`. `chance` draws from [0, 1), for jitter alone."""

    def __init__(
        self,
        address: str,
        clock: Clock,
        *,
        options: ChannelOptions | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._options = options or ChannelOptions()
        self._address, self._clock = address, clock
        self._hub = get_hub()
        self.figures = WireFigures()
        self._closed = False
        tls = self._options.tls
        context = None if tls is None else client_context(tls)
        host = address.rpartition(":")[0].strip("[]")
        name = (tls.server_name if tls is not None else "") or host
        self._authority = "localhost" if address.startswith("unix:") else address
        self._secure = tls is not None
        self._links = [
            Link(address, clock, self._options, Backoff(chance), chance, self.figures, context, name)
            for _ in range(self._options.connections)
        ]
        self._turn = 0
        self._heads: dict[tuple[str, float], bytes] = {}
        self._deadlines = Deadlines(clock, _Timer(self._hub.loop), self._expire)
        self._ticking = self._hub.loop.timer(1.0, 1.0, ref=False)
        self._ticking.start(self._tick)

    def __repr__(self) -> str:
        """Says where it leads and over how many connections."""
        return f"<GeventChannel {self._address} connections={len(self._links)}>"

    @property
    def rpcs(self) -> dict[str, int]:
        """Calls begun so far, by the address that was connected to."""
        found: dict[str, int] = {}
        for link in self._links:
            for peer, number in link.begun.items():
                found[peer] = found.get(peer, 0) + number
        return found

    def unary(
        self, path: str, request: Message, response: type[Message], deadline_s: float, metadata: Metadata = ()
    ) -> Answer:
        """Calls `path` and waits for the answer, `deadline_s` seconds at the most."""
        call = ClientCall()
        if self._begin(call, path, request, deadline_s, metadata):
            self._wait(call)
        if call.status:
            return self.answer_of(call)
        assert call.message is not None, "a unary call that ended OK has its message"
        try:
            message = response.FromString(call.message)
        except DecodeError as error:
            call.status, call.detail = codes.INTERNAL, f"the answer is no {response.DESCRIPTOR.name}: {error}"
            return self.answer_of(call)
        return Answer(0, call.detail, message, "answered", call.sent_ns, call.answered_ns, call.metadata)

    def stream(
        self, path: str, request: Message, response: type[Message], deadline_s: float, metadata: Metadata = ()
    ) -> Stream:
        """Calls `path` and returns the stream of its answers; the deadline is that of the whole stream."""
        call = ClientCall(streams=True)
        self._begin(call, path, request, deadline_s, metadata)
        return GeventStream(self, call, response)

    def close(self) -> None:
        """Ends every call in flight and frees the connections; a later call is answered as unsent."""
        if self._closed:
            return
        self._closed = True
        self._ticking.stop()
        self._ticking.close()
        self._deadlines.close()
        now_ns = self._clock()
        for link in self._links:
            for call in link.close():
                call.answered_ns = now_ns
                self._wake(call)

    def cancel(self, call: ClientCall, status: int, detail: str) -> None:
        """Ends a call from this side, whether it was sent or waits; does nothing when it has ended."""
        if call.status >= 0:
            return
        call.answered_ns = self._clock()
        if call.link is None:
            call.end(status, detail, "unsent")
        else:
            call.link.calls.cancel(call, status, detail)
            call.link.schedule()
            call.link.settle()

    def wait(self, call: ClientCall) -> None:
        """Lets the calling greenlet sleep until there is news of a call."""
        call.waiter = getcurrent()
        self._hub.switch()

    def _begin(self, call: ClientCall, path: str, request: Message, deadline_s: float, metadata: Metadata) -> bool:
        """Sends a call or lets it wait for a connection; False when it has ended at once."""
        now_ns = call.sent_ns = call.answered_ns = self._clock()
        if deadline_s <= 0:
            call.end(codes.DEADLINE_EXCEEDED, "the deadline had passed before the call", "unsent")
            return False
        if self._closed:
            call.end(codes.UNAVAILABLE, "the channel was closed", "unsent")
            return False
        block = self._heads.get((path, deadline_s)) or self._head(path, deadline_s)
        try:
            if metadata:
                block += write_fields(metadata)
            message = request.SerializeToString()
        except MetadataError as error:
            call.end(codes.INTERNAL, f"Invalid metadata: {error}", "unsent")
            return False
        call.deadline_ns = now_ns + int(deadline_s * 1e9)
        turn = self._turn = (self._turn + 1) % len(self._links)
        if not self._links[turn].begin(call, block, message):
            return False
        self._deadlines.add(call, deadline_s)
        return True

    def _head(self, path: str, deadline_s: float) -> bytes:
        head = call_head(path, self._authority, self._secure, deadline_s, AGENT)
        if len(self._heads) >= _HEADS:
            self._heads.clear()
        self._heads[path, deadline_s] = head
        return head

    def _wait(self, call: ClientCall) -> None:
        call.waiter = getcurrent()
        switch = self._hub.switch
        try:
            switch()
            while call.status < 0:
                call.waiter = getcurrent()
                switch()
        except BaseException:
            call.waiter = None
            self.cancel(call, codes.CANCELLED, "the caller was stopped")
            raise

    def _expire(self, calls: list[ClientCall]) -> None:
        for link in self._links:
            link.read()
        for call in calls:
            if call.status < 0:
                self.cancel(call, codes.DEADLINE_EXCEEDED, _TIMED_OUT)
                self._wake(call)

    def _wake(self, call: ClientCall) -> None:
        waiter, call.waiter = call.waiter, None
        if waiter is not None:
            self._hub.loop.run_callback(waiter.switch)

    def answer_of(self, call: ClientCall) -> Answer:
        """How a call ended, without its message."""
        sent_ns = call.answered_ns if call.delivery == "unsent" else call.sent_ns
        return Answer(call.status, call.detail, None, call.delivery, sent_ns, call.answered_ns, call.metadata)

    def _tick(self) -> None:
        now_ns = self._clock()
        for link in self._links:
            link.tick(now_ns)


_HEADS = 4096
"""Heads that are kept ready: one for each method and deadline."""


class GeventStream:
    """A server stream being read; see the port `Stream`."""

    def __init__(self, channel: GeventChannel, call: ClientCall, response: type[Message]) -> None:
        self._channel, self._call, self._response = channel, call, response

    def __iter__(self) -> Iterator[Message]:
        """Yields each message as it comes; ends when the stream ends, however it ends, without raising."""
        call = self._call
        messages = call.messages
        assert messages is not None, "a stream keeps its messages"
        while True:
            while messages:
                packed, octets = messages.popleft()
                if call.link is not None and call.status < 0:
                    call.link.calls.taken(call, octets)
                    call.link.schedule()
                try:
                    message = self._response.FromString(packed.unpacked())
                except MessageError as error:
                    self._spoil(error.status, error.text)
                    return
                except DecodeError as error:
                    self._spoil(codes.INTERNAL, f"a message is no {self._response.DESCRIPTOR.name}: {error}")
                    return
                yield message
            if call.status >= 0:
                return
            try:
                self._channel.wait(call)
            except BaseException:
                call.waiter = None
                self._channel.cancel(call, codes.CANCELLED, "the caller was stopped")
                raise

    def _spoil(self, status: int, detail: str) -> None:
        """A message cannot be read: the stream has failed, even one that the server has ended with OK meanwhile."""
        call = self._call
        if call.status > 0:
            return
        self._channel.cancel(call, status, detail)
        call.status, call.detail = status, detail
        call.delivery = "unanswered" if status == codes.RESOURCE_EXHAUSTED else "answered"

    def cancel(self) -> None:
        """Ends the stream from this side; the iteration then stops."""
        self._channel.cancel(self._call, codes.CANCELLED, "the caller hung up")
        if self._call.messages is not None:
            self._call.messages.clear()

    @property
    def answer(self) -> Answer | None:
        """How the stream ended; None while it goes on."""
        return None if self._call.status < 0 else self._channel.answer_of(self._call)
