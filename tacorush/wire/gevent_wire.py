"""One live connection on gevent's loop: watchers call it when its socket is ready, and it wakes whoever waits.

Nothing here blocks and no greenlet is spent on reading: callbacks run in the hub, take in what there is in one `recv`,
and switch straight to the greenlets whose calls have ended. What is sent within one turn of the loop leaves in one
`send` at its end. The two instants of a call are read next to the kernel: `sent_ns` just before the `send` that hands
over the last byte of its request, `answered_ns` just after the `recv` that brought its end.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable

    from tacorush.wire.calling import ClientCall, ClientCalls
    from tacorush.wire.tls_pipe import TlsPipe

    Clock = Callable[[], int]

_READ = 1 << 15
"""Octets of one read: some 300 answers, whose calls are still in the cache when their callers go on. With 10,000 calls
in flight a read of 256 KiB made each dearer by a third than with 100, this one by an eighth (`benchmarks client`)."""
_LATER = (BlockingIOError, InterruptedError)


@dataclass(slots=True)
class WireFigures:
    """What went over the connections of a channel, in all."""

    connections: int = 0
    sent_octets: int = 0
    received_octets: int = 0
    wakeups: int = 0
    """Reads that brought something."""
    answers: int = 0
    """Calls that ended in those."""
    backlog: int = 0
    """The most that ended in one of them: what had piled up while the loop was elsewhere."""


class GeventWire:
    """A connected socket (non-blocking) with the calls on it. `changed` is told of anything but ended calls."""

    def __init__(
        self,
        hub: Any,
        sock: socket.socket,
        calls: ClientCalls,
        clock: Clock,
        figures: WireFigures,
        changed: Callable[[GeventWire], None],
        tls: TlsPipe | None = None,
    ) -> None:
        self.calls = calls
        self.begun = 0
        """Calls begun on it so far."""
        self.closed = False
        self._hub, self._sock, self._clock, self._figures, self._changed = hub, sock, clock, figures, changed
        self._tls = tls
        self._reader = hub.loop.io(sock.fileno(), 1)
        self._writer = hub.loop.io(sock.fileno(), 2)
        self._unsent = b""
        """What the kernel did not take yet."""
        self._batch: list[tuple[ClientCall, int]] = []
        """Calls begun since the last send, and the number of chunks up to the end of each."""
        self._scheduled = False
        self._reader.start(self._readable)
        self.schedule()

    def __repr__(self) -> str:
        return f"<GeventWire {'closed' if self.closed else 'open'} {self.calls!r}>"

    def begin(self, call: ClientCall, block: bytes, message: bytes) -> None:
        """Begins a call; only while there is room."""
        calls = self.calls
        calls.begin(call, block, message)
        call.link = self
        self.begun += 1
        self._batch.append((call, len(calls.connection.out.chunks)))
        if not self._scheduled:
            self._scheduled = True
            self._hub.loop.run_callback(self._flush)

    def schedule(self) -> None:
        """What waits leaves at the end of this turn of the loop."""
        if not self._scheduled and not self.closed:
            self._scheduled = True
            self._hub.loop.run_callback(self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        if self.closed or self._unsent:
            return
        chunks = self.calls.connection.out.chunks
        batch, self._batch = self._batch, []
        if not chunks:
            return
        parts = chunks.copy()
        data = self.calls.connection.take()
        if self._tls is not None:
            data = self._tls.wrap(data)
        now_ns = self._clock()
        for call, _ in batch:
            call.sent_ns = now_ns
        self._send(data)
        if self._unsent and self._tls is None:
            # Calls whose bytes the kernel did not take wait for the next send with them.
            reached, ends = len(data) - len(self._unsent), list(accumulate(map(len, parts)))
            self._batch = [(call, 0) for call, end in batch if ends[end - 1] > reached] + self._batch

    def _send(self, data: bytes) -> None:
        try:
            sent = self._sock.send(data)
        except _LATER:
            sent = 0
        except OSError as error:
            self.lose(f"the connection broke: {error.strerror or error}")
            return
        self._figures.sent_octets += sent
        self._unsent = data[sent:]
        if self._unsent:
            self._writer.start(self._writable)

    def _writable(self) -> None:
        now_ns = self._clock()
        for call, _ in self._batch:
            call.sent_ns = now_ns
        self._send(self._unsent)
        if not self._unsent:
            self._writer.stop()
            self._batch = [entry for entry in self._batch if entry[1]]
            self._flush()

    def _readable(self) -> None:
        self.read()

    def read(self) -> None:
        """Takes in what has come, if anything has, and wakes whose calls have ended."""
        try:
            data = self._sock.recv(_READ)
        except _LATER:
            return
        except OSError as error:
            self.lose(f"the connection broke: {error.strerror or error}")
            return
        now_ns = self._clock()
        if not data:
            self.lose("the server closed the connection")
            return
        figures = self._figures
        figures.wakeups += 1
        figures.received_octets += len(data)
        news = self._receive(data)
        if self.calls.connection.out.chunks:
            self.schedule()
        if news:
            ended = 0
            for call in news:
                if call.status >= 0:
                    call.answered_ns = now_ns
                    call.stream = None  # no cycle is left behind for the collector
                    ended += 1
            figures.answers += ended
            figures.backlog = max(figures.backlog, ended)
            self.wake(news)
        self._changed(self)

    def _receive(self, data: bytes) -> list[ClientCall]:
        if self._tls is not None:
            try:
                data = self._tls.unwrap(data)
            except OSError as error:
                return self.calls.lost(str(error))
            if not data:
                return []
        return self.calls.receive(data)

    def settle(self) -> None:
        """A call was ended from this side: there may be room for another."""
        self._changed(self)

    def wake(self, calls: Iterable[ClientCall]) -> None:
        """Lets those go on who wait for these calls: at once from the hub, else at the loop's next turn."""
        here: Any = getcurrent()
        if here is not self._hub:
            self._hub.loop.run_callback(self.wake, list(calls))
            return
        for call in calls:
            waiter = call.waiter
            if waiter is not None:
                call.waiter = None
                try:
                    waiter.switch()
                except BaseException:
                    # What a greenlet dies of is its own affair and must not take the others along.
                    self._hub.handle_error(waiter, *sys.exc_info())

    def lose(self, detail: str) -> None:
        """The connection is gone: ends its calls and closes."""
        if self.closed:
            return
        now_ns = self._clock()
        ended = self.calls.lost(detail)
        self.close()
        for call in ended:
            call.answered_ns = now_ns
        self._changed(self)
        self.wake(ended)

    def close(self) -> None:
        """Closes the socket, after a last attempt to send what waits. Calls are not told."""
        if self.closed:
            return
        self._flush()
        self.closed = True
        for watcher in (self._reader, self._writer):
            watcher.stop()
            watcher.close()
        self._sock.close()
