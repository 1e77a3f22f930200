"""The server's port on grpcio's asyncio server: the reference that our own server is held against.

A unary call whose handler answers before it returns costs no task and no future beyond what grpcio itself makes. A
stream has one bounded buffer: what the handler sends waits there until grpcio, which obeys the reader's flow control,
has taken it. A reader that lets more than `waiting_messages` wait loses the buffer and is ended with
RESOURCE_EXHAUSTED, so that no reader, however slow, makes the server grow.

Reflection is served as v1alpha and as v1 (the same messages under another name), health as `grpc.health.v1`.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import deque
from typing import TYPE_CHECKING, Any, TypeAlias

import grpc
import grpc.aio
from google.protobuf import descriptor_pool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import SERVICE_NAME, aio
from grpc_reflection.v1alpha import reflection, reflection_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from google.protobuf.descriptor import FileDescriptor
    from google.protobuf.message import Message

    from tacorush.wire.channel import Metadata
    from tacorush.wire.serving import Endpoint, Handler

    Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
    RpcHandler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"

WAITING_MESSAGES = 256
"""How many messages of a stream may wait for its reader, unless told otherwise."""

_REFLECTION_V1 = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
_STATUS_OF = {code.value[0]: code for code in grpc.StatusCode}
_LOG = logging.getLogger(__name__)


class _Call:
    """What both kinds of call share: who asked, and that the end is told once."""

    def __init__(self, path: str, context: Context) -> None:
        self.path = path
        self.failure: tuple[int, str] | None = None
        self._context = context
        self._ended = False
        self._callbacks: list[Callable[[], None]] = []
        self._initial: Metadata = ()
        self._trailing: Metadata = ()

    @property
    def metadata(self) -> Mapping[str, str | bytes]:
        return dict(self._context.invocation_metadata() or ())

    @property
    def peer(self) -> str:
        return self._context.peer()

    def on_end(self, callback: Callable[[], None]) -> None:
        if self._ended:
            callback()
        else:
            self._callbacks.append(callback)

    def end(self) -> bool:
        """Marks the call as ended and tells who asked; False when it already was."""
        if self._ended:
            return False
        self._ended = True
        for callback in self._callbacks:
            callback()
        return True

    def attach(self, initial: Metadata = (), trailing: Metadata = ()) -> None:
        self._initial = (*self._initial, *initial)
        if trailing:
            self._trailing = (*self._trailing, *trailing)
            self._context.set_trailing_metadata(self._trailing)

    async def show_initial(self) -> None:
        """Sends what the handler attached to the head."""
        if self._initial:
            await self._context.send_initial_metadata(self._initial)

    async def conclude(self) -> None:
        """Ends the call towards the client with the failure, if there is one."""
        if self.failure is not None:
            status, detail = self.failure
            await self._context.abort(_STATUS_OF[status], detail)

    def send(self, message: Message) -> bool:
        raise TypeError(f"{self.path} answers once: use answer(), not send({type(message).__name__})")

    def finish(self) -> None:
        raise TypeError(f"{self.path} answers once: use answer()")

    def answer(self, message: Message) -> None:
        raise TypeError(f"{self.path} is a stream: use send({type(message).__name__}) and finish()")


class _UnaryCall(_Call):
    """A call that is answered once, now or later."""

    def __init__(self, path: str, context: Context) -> None:
        super().__init__(path, context)
        self.message: Message | None = None
        self._waiter: asyncio.Future[None] | None = None

    def answer(self, message: Message) -> None:
        if self.end():
            self.message = message
            self._wake()

    def fail(self, status: int, detail: str) -> None:
        if self.end():
            self.failure = (status, detail)
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def wait(self) -> None:
        """Returns once the handler has answered."""
        if not self._ended:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter


class _StreamCall(_Call):
    """A call that is answered message by message, through a buffer that is never longer than its bound."""

    def __init__(self, path: str, context: Context, bound: int) -> None:
        super().__init__(path, context)
        self._bound = bound
        self._buffer: deque[Message] = deque()
        self._news = asyncio.Event()

    def send(self, message: Message) -> bool:
        if self._ended:
            return False
        if len(self._buffer) >= self._bound:
            self._buffer.clear()
            self.fail(
                grpc.StatusCode.RESOURCE_EXHAUSTED.value[0],
                f"the reader is too slow: more than {self._bound} messages were waiting for it",
            )
            return False
        self._buffer.append(message)
        self._news.set()
        return True

    def fail(self, status: int, detail: str) -> None:
        if not self._ended:
            self.failure = (status, detail)
            self.finish()

    def finish(self) -> None:
        self.end()
        self._news.set()

    async def pump(self) -> None:
        """Writes what the handler sends, at the reader's pace, until the stream has ended and the buffer is empty.

        A stream that has nothing to say yet shows the reader at once that it is open.
        """
        if not self._buffer and not self._ended:
            await self._context.send_initial_metadata(self._initial)
        else:
            await self.show_initial()
        while True:
            while self._buffer:
                await self._context.write(self._buffer.popleft())
            if self._ended:
                return
            self._news.clear()
            await self._news.wait()


class GrpcioServer:
    """`serving.Server` over grpc.aio; one object serves once."""

    def __init__(self, *, waiting_messages: int = WAITING_MESSAGES, health: bool = True) -> None:
        """With `health` it serves `grpc.health.v1`."""
        self._waiting_messages = waiting_messages
        self._offers_health = health
        self._server: grpc.aio.Server | None = None
        self._health = aio.HealthServicer()

    async def start(self, endpoints: Sequence[Endpoint], addresses: Sequence[str]) -> Sequence[str]:
        """Listens on each `host:port` and returns the addresses bound; OSError names the one that cannot be."""
        for address in addresses:
            await _try_to_bind(address)
        server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        server.add_generic_rpc_handlers((_Routes(endpoints, self._waiting_messages),))
        await self._offer_health_and_reflection(server, endpoints)
        bound = [_bind(server, address) for address in addresses]
        await server.start()
        self._server = server
        return bound

    async def _offer_health_and_reflection(self, server: grpc.aio.Server, endpoints: Sequence[Endpoint]) -> None:
        services = sorted({endpoint.path[1:].partition("/")[0] for endpoint in endpoints})
        listed = [*services, reflection.SERVICE_NAME]
        if self._offers_health:
            for service in services:
                await self._health.set(service, health_pb2.HealthCheckResponse.SERVING)
            health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
            listed.append(SERVICE_NAME)
        pool: Any = _Pool()  # grpcio's types ask for a DescriptorPool; it uses the methods that _Pool passes on
        reflection.enable_server_reflection(listed, server, pool)
        server.add_generic_rpc_handlers((_ReflectionV1(reflection.aio.ReflectionServicer(listed, pool=pool)),))

    async def drain(self, grace_s: float) -> None:
        """Takes no new call, lets those in flight finish for `grace_s` seconds, then ends them."""
        await self._health.enter_graceful_shutdown()
        if self._server is not None:
            await self._server.stop(grace_s)


class _Routes(grpc.GenericRpcHandler):
    """Path to handler: one look-up a call."""

    def __init__(self, endpoints: Sequence[Endpoint], bound: int) -> None:
        self._handlers = {endpoint.path: _rpc_handler(endpoint, bound) for endpoint in endpoints}

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> RpcHandler | None:
        return self._handlers.get(handler_call_details.method)


class _Pool:
    """The default pool of descriptors, which finds the file of a method too: protobuf's own knows no methods."""

    def __init__(self) -> None:
        self._pool = descriptor_pool.Default()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    def FindFileContainingSymbol(self, symbol: str) -> FileDescriptor:  # noqa: N802 - protobuf's name
        try:
            return self._pool.FindFileContainingSymbol(symbol)
        except KeyError:
            return self._pool.FindMethodByName(symbol).containing_service.file


class _ReflectionV1(grpc.GenericRpcHandler):
    """Reflection under the name that newer clients ask for first."""

    def __init__(self, servicer: Any) -> None:
        self._handler = grpc.stream_stream_rpc_method_handler(
            servicer.ServerReflectionInfo,
            request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
            response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
        )

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> RpcHandler | None:
        return self._handler if handler_call_details.method == _REFLECTION_V1 else None


def _rpc_handler(endpoint: Endpoint, bound: int) -> RpcHandler:
    path, handler = endpoint.path, endpoint.handler

    async def unary(request: Message, context: Context) -> Message | None:
        call = _UnaryCall(path, context)
        try:
            _handle(handler, call, request)
            await call.wait()
        finally:
            call.end()
        await call.show_initial()
        await call.conclude()
        return call.message

    async def stream(request: Message, context: Context) -> None:
        call = _StreamCall(path, context, bound)
        try:
            _handle(handler, call, request)
            await call.pump()
        finally:
            call.end()
        await call.conclude()

    if endpoint.streams:
        return grpc.unary_stream_rpc_method_handler(
            stream, endpoint.request.FromString, endpoint.response.SerializeToString
        )
    return grpc.unary_unary_rpc_method_handler(unary, endpoint.request.FromString, endpoint.response.SerializeToString)


def _handle(handler: Handler, call: _UnaryCall | _StreamCall, request: Message) -> None:
    """Runs the handler; its bug is the server's log and the client's INTERNAL."""
    try:
        handler(call, request)
    except Exception as error:
        _LOG.exception("the handler of %s failed", call.path)
        call.fail(grpc.StatusCode.INTERNAL.value[0], f"the handler failed: {type(error).__name__}")


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


async def _try_to_bind(address: str) -> None:
    """Raises OSError with the system's own reason: grpcio writes it to the log only, in several lines."""
    host, port = _split(address)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        for family, kind, protocol, _, where in found:
            with socket.socket(family, kind, protocol) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    trial.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                trial.bind(where)
                trial.listen(1)
    except OSError as error:
        raise OSError(error.errno, f"cannot listen on {address}: {error.strerror or error}") from error


def _bind(server: grpc.aio.Server, address: str) -> str:
    try:
        port = server.add_insecure_port(address)
    except RuntimeError as error:
        raise OSError(f"cannot listen on {address}: {error}") from error
    return f"{address.rpartition(':')[0]}:{port}"
