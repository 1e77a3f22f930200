"""The client's port on grpcio's blocking stubs: the reference that our own transport is held against.

It works on plain threads and, after `init_gevent`, on gevent, where each call in flight waits in a thread of the hub's
pool: a pool smaller than the number of calls in flight makes calls wait for each other and shows their waiting as the
platform's latency. Nothing may be made before a fork: grpcio starts threads with its first channel.

grpcio tells a caller a status and a text, whoever made them up. `DELIVERIES` reads from them whether the request can
have reached the server. What grpcio says of a stream that it had opened stands in "Stream removed (…)", what no stream
was opened for has texts of its own; any other text is the server's. Where a server could have sent the same text, the
safe reading is taken: a bare "Deadline Exceeded" may be the server's and never counts as unsent.
"""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import cycle
from typing import TYPE_CHECKING, Any, NamedTuple

import grpc

from tacorush.wire.channel import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from google.protobuf.message import Message

    from tacorush.wire.channel import Clock, Delivery, Metadata, Stream
    from tacorush.wire.tls import Tls

DEFAULT_MAX_MESSAGE_BYTES = 4 << 20
"""Largest message taken in, as gRPC has it everywhere."""

_OPTIONS: tuple[tuple[str, Any], ...] = (
    ("grpc.enable_retries", 0),  # a call is one attempt, transparent retries included
    ("grpc.enable_http_proxy", 0),  # load goes where it was sent, whatever the environment says
    ("grpc.service_config_disable_resolution", 1),
    ("grpc.use_local_subchannel_pool", 1),  # each channel has a connection of its own
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 20_000),  # how long connecting may take, whatever its name says
    ("grpc.max_reconnect_backoff_ms", 1000),  # a server that is back is found within a second, not within two minutes
    ("grpc.primary_user_agent", "tacorush"),
)


class DeliveryRule(NamedTuple):
    """One row of the reading of grpcio's texts."""

    status: str
    """Name of the gRPC status; empty for any."""
    detail: str
    """Regular expression that the detail must match from its start; PORT stands for the port of the address."""
    delivery: Delivery


DELIVERIES: tuple[DeliveryRule, ...] = (
    DeliveryRule("UNAVAILABLE", r"failed to connect to all addresses; last error: .*:PORT: ", "unsent"),
    DeliveryRule("UNAVAILABLE", r"errors resolving .*:PORT: ", "unsent"),
    DeliveryRule("", r"Stream removed \(RST_STREAM \(Received RST_STREAM with error code 7\)", "unsent"),
    DeliveryRule("", r"Stream removed \(GOAWAY received;", "unsent"),  # this stream is beyond its last one
    DeliveryRule("INTERNAL", r"Invalid metadata$|Exception serializing request!", "unsent"),
    DeliveryRule("", r"Stream removed \(", "unanswered"),
    DeliveryRule("DEADLINE_EXCEEDED", r"Deadline Exceeded", "unanswered"),
    DeliveryRule("CANCELLED", r"Locally cancelled by application!|Channel closed!", "unanswered"),
)
"""What did not go well, first match wins; whatever matches none came from the server."""


def init_gevent(calls_in_flight: int) -> None:
    """Makes grpcio work with gevent, in a process that gevent has patched and that has no channel yet.

    `calls_in_flight` bounds the calls that can wait at once; a stream counts as a call. The pool of the hub is
    shared with gevent's own file and name lookups, so it never gets smaller than it was.
    """
    from gevent import get_hub
    from grpc.experimental import gevent as grpc_gevent

    pool = get_hub().threadpool
    pool.maxsize = max(pool.maxsize, calls_in_flight)
    grpc_gevent.init_gevent()


class GrpcioStream:
    """A server stream over grpcio; see the port `Stream`."""

    def __init__(self, channel: GrpcioChannel, call: Any, sent_ns: int) -> None:
        self._channel = channel
        self._call = call
        self._sent_ns = sent_ns
        self._answer: Answer | None = None

    def __iter__(self) -> Iterator[Message]:
        """Yields each message as it comes; ends when the stream ends, however it ends, without raising."""
        with suppress(grpc.RpcError):  # `answer` says it
            yield from self._call
        self._settle()

    def cancel(self) -> None:
        """Ends the stream from this side; the iteration then stops."""
        self._call.cancel()
        self._settle()

    @property
    def answer(self) -> Answer | None:
        """How the stream ended; None while it goes on."""
        return self._answer

    def _settle(self) -> None:
        if self._answer is None:
            self._answer = self._channel.answer_of(self._call, self._sent_ns)


class _NoStream:
    """A stream that could not be opened: no messages, and the answer that says why."""

    def __init__(self, answer: Answer) -> None:
        self.answer: Answer | None = answer

    def __iter__(self) -> Iterator[Message]:
        return iter(())

    def cancel(self) -> None:
        """Does nothing: there is nothing to end."""


class GrpcioChannel:
    """One entrance over grpcio; see the port `Channel`.

    `connections` TCP connections are opened, each at its first call, and take calls in turn.
    """

    def __init__(
        self,
        address: str,
        clock: Clock,
        *,
        connections: int = 1,
        max_message_bytes: int = DEFAULT_MAX_MESSAGE_BYTES,
        tls: Tls | None = None,
    ) -> None:
        if connections < 1:
            raise ValueError(f"{connections} connections to {address}: at least 1 is needed")
        self._address = address
        self._clock = clock
        self._rules = _rules_for(address)
        options = [*_OPTIONS, ("grpc.max_receive_message_length", max_message_bytes)]
        if tls is not None and tls.server_name:
            options.append(("grpc.ssl_target_name_override", tls.server_name))
        credentials = None if tls is None else _credentials(tls)
        self._channels = [_open(address, options, credentials) for _ in range(connections)]
        self._unary: dict[tuple[str, type[Message]], Iterator[Any]] = {}
        self._streams: dict[tuple[str, type[Message]], Iterator[Any]] = {}

    def __repr__(self) -> str:
        """Says where it leads and over how many connections."""
        return f"<GrpcioChannel {self._address} connections={len(self._channels)}>"

    def unary(
        self, path: str, request: Message, response: type[Message], deadline_s: float, metadata: Metadata = ()
    ) -> Answer:
        """Calls `path` and waits for the answer, `deadline_s` seconds at the most."""
        sent_ns = self._clock()
        if deadline_s <= 0:
            return _unsent(4, "the deadline had passed before the call", sent_ns)
        callables = self._unary.get((path, response)) or self._unary_callables(path, response)
        try:
            message, call = next(callables).with_call(request, timeout=deadline_s, metadata=metadata or None)
        except grpc.RpcError as error:
            return self.answer_of(error, sent_ns)
        except ValueError as error:  # grpcio's word for a closed channel
            return _unsent(14, str(error), self._clock())
        return Answer(0, call.details() or "", message, "answered", sent_ns, self._clock(), _metadata(call))

    def stream(
        self, path: str, request: Message, response: type[Message], deadline_s: float, metadata: Metadata = ()
    ) -> Stream:
        """Calls `path` and returns the stream of its answers; the deadline is that of the whole stream."""
        sent_ns = self._clock()
        if deadline_s <= 0:
            return _NoStream(_unsent(4, "the deadline had passed before the call", sent_ns))
        callables = self._streams.get((path, response)) or self._stream_callables(path, response)
        try:
            call = next(callables)(request, timeout=deadline_s, metadata=metadata or None)
        except grpc.RpcError as error:  # the request could not even be written down
            return _NoStream(self.answer_of(error, sent_ns))
        except ValueError as error:
            return _NoStream(_unsent(14, str(error), self._clock()))
        return GrpcioStream(self, call, sent_ns)

    def close(self) -> None:
        """Ends every call in flight and frees the connections; a later call is answered as unsent."""
        for channel in self._channels:
            channel.close()

    def answer_of(self, call: Any, sent_ns: int) -> Answer:
        """Reads how a call of this channel ended that has brought no unary message."""
        answered_ns = self._clock()
        status, detail = call.code(), call.details() or ""
        delivery = self._delivery(status, detail)
        if delivery == "unsent":
            sent_ns = answered_ns
        return Answer(status.value[0], detail, None, delivery, sent_ns, answered_ns, _metadata(call))

    def _delivery(self, status: grpc.StatusCode, detail: str) -> Delivery:
        if status is grpc.StatusCode.OK:
            return "answered"
        for name, pattern, delivery in self._rules:
            if name in ("", status.name) and pattern.match(detail):
                return delivery
        return "answered"

    def _unary_callables(self, path: str, response: type[Message]) -> Iterator[Any]:
        made = [channel.unary_unary(path, _serialize, response.FromString) for channel in self._channels]
        return self._unary.setdefault((path, response), cycle(made))

    def _stream_callables(self, path: str, response: type[Message]) -> Iterator[Any]:
        made = [channel.unary_stream(path, _serialize, response.FromString) for channel in self._channels]
        return self._streams.setdefault((path, response), cycle(made))


def _serialize(message: Message) -> bytes:
    return message.SerializeToString()


def _unsent(status: int, detail: str, at_ns: int) -> Answer:
    return Answer(status, detail, None, "unsent", at_ns, at_ns)


def _metadata(call: Any) -> tuple[tuple[str, str | bytes], ...]:
    return (*(call.initial_metadata() or ()), *(call.trailing_metadata() or ()))


def _rules_for(address: str) -> list[tuple[str, re.Pattern[str], Delivery]]:
    port = re.escape(address.rpartition(":")[2])
    return [(rule.status, re.compile(rule.detail.replace("PORT", port)), rule.delivery) for rule in DELIVERIES]


def _open(
    address: str, options: Sequence[tuple[str, Any]], credentials: grpc.ChannelCredentials | None
) -> grpc.Channel:
    if credentials is None:
        return grpc.insecure_channel(address, options=options)
    return grpc.secure_channel(address, credentials, options=options)


def _credentials(tls: Tls) -> grpc.ChannelCredentials:
    """Reads the files; raises OSError that names the one that cannot be read."""
    read = [None if path is None else path.read_bytes() for path in (tls.ca, tls.key, tls.certificate)]
    return grpc.ssl_channel_credentials(*read)
