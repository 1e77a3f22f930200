"""Both asyncio servers behind the server's port, over real sockets with plain grpcio clients: one suite."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from contracts.messages import queue_pb2, websocket_pb2
from tacorush.wire.asyncio_server import AsyncioServer, ServerOptions
from tacorush.wire.grpcio_server import GrpcioServer
from tacorush.wire.serving import Call, Endpoint, Handler

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from contextlib import AbstractAsyncContextManager
    from typing import TypeAlias

    from tacorush.wire.serving import Server

    Make: TypeAlias = Callable[[int], Server]
    Serving: TypeAlias = Callable[..., AbstractAsyncContextManager[grpc.aio.Channel]]

JOIN = "/gateway.v1.QueueService/JoinQueue"
WATCH = "/gateway.v1.WebSocketService/StreamQueueUpdates"
LIMIT_S = 20.0


def unary(handler: Handler) -> Endpoint:
    return Endpoint(JOIN, queue_pb2.JoinQueueRequest, queue_pb2.JoinQueueResponse, False, handler)


def stream(handler: Handler) -> Endpoint:
    request, response = websocket_pb2.StreamQueueUpdatesRequest, websocket_pb2.StreamQueueUpdatesResponse
    return Endpoint(WATCH, request, response, True, handler)


@pytest.fixture(params=["grpcio", "ours"])
def make(request: pytest.FixtureRequest) -> Make:
    """Makes a server that lets so many messages of a stream wait."""
    if request.param == "grpcio":
        return lambda waiting: GrpcioServer(waiting_messages=waiting)
    return lambda waiting: AsyncioServer(ServerOptions(waiting_messages=waiting))


@pytest.fixture
def serving(make: Make) -> Serving:
    """Serves these endpoints, and gives a channel to them."""

    @asynccontextmanager
    async def serving(*endpoints: Endpoint, waiting: int = 4) -> AsyncIterator[grpc.aio.Channel]:
        server = make(waiting)
        (address,) = await server.start(endpoints, ["127.0.0.1:0"])
        try:
            async with grpc.aio.insecure_channel(address) as channel:
                yield channel
        finally:
            await server.drain(0)

    return serving


def join(channel: grpc.aio.Channel, path: str = JOIN) -> Callable[..., Any]:
    return channel.unary_unary(
        path, queue_pb2.JoinQueueRequest.SerializeToString, queue_pb2.JoinQueueResponse.FromString
    )


def watch(channel: grpc.aio.Channel) -> Callable[..., Any]:
    return channel.unary_stream(
        WATCH,
        websocket_pb2.StreamQueueUpdatesRequest.SerializeToString,
        websocket_pb2.StreamQueueUpdatesResponse.FromString,
    )


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), LIMIT_S))


async def failure(call: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value.code(), caught.value.details() or ""


def update(text: str) -> websocket_pb2.StreamQueueUpdatesResponse:
    return websocket_pb2.StreamQueueUpdatesResponse(correlation_id=text)


def echo(call: Call, request: queue_pb2.JoinQueueRequest) -> None:
    call.answer(queue_pb2.JoinQueueResponse(waiting_token=f"{request.user_id} {call.path} {call.metadata['who']!r}"))


def test_an_answer_given_at_once_reaches_the_caller_with_what_the_call_carried(serving: Serving) -> None:
    async def test() -> None:
        async with serving(unary(echo)) as channel:
            answer = await join(channel)(queue_pb2.JoinQueueRequest(user_id="ann"), metadata=(("who", "me"),))
            assert answer.waiting_token == f"ann {JOIN} 'me'"

    run(test)


def test_an_answer_given_later_reaches_the_caller(serving: Serving) -> None:
    def later(call: Call, request: queue_pb2.JoinQueueRequest) -> None:
        assert call.peer.startswith("ipv4:127.0.0.1:")
        asyncio.get_running_loop().call_soon(call.answer, queue_pb2.JoinQueueResponse(waiting_token=request.user_id))

    async def test() -> None:
        async with serving(unary(later)) as channel:
            assert (await join(channel)(queue_pb2.JoinQueueRequest(user_id="bob"))).waiting_token == "bob"

    run(test)


@pytest.mark.parametrize("status", range(1, 17))
def test_every_status_and_its_detail_reach_the_caller(serving: Serving, status: int) -> None:
    async def test() -> None:
        async with serving(unary(lambda call, _: call.fail(status, "because, ja: 왜"))) as channel:
            code, detail = await failure(join(channel)(queue_pb2.JoinQueueRequest()))
            assert (code.value[0], detail) == (status, "because, ja: 왜")

    run(test)


def test_the_first_answer_counts_and_the_others_do_nothing(serving: Serving) -> None:
    def twice(call: Call, _: object) -> None:
        call.answer(queue_pb2.JoinQueueResponse(waiting_token="first"))
        call.fail(13, "second")
        call.answer(queue_pb2.JoinQueueResponse(waiting_token="third"))

    async def test() -> None:
        async with serving(unary(twice)) as channel:
            assert (await join(channel)(queue_pb2.JoinQueueRequest())).waiting_token == "first"

    run(test)


def test_a_handler_that_raises_answers_internal_and_the_server_goes_on(
    serving: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(call: Call, request: queue_pb2.JoinQueueRequest) -> None:
        if request.user_id == "bad":
            raise ZeroDivisionError("a bug")
        call.answer(queue_pb2.JoinQueueResponse(waiting_token="fine"))

    async def test() -> None:
        async with serving(unary(broken)) as channel:
            told = await failure(join(channel)(queue_pb2.JoinQueueRequest(user_id="bad")))
            assert told == (grpc.StatusCode.INTERNAL, "the handler failed: ZeroDivisionError")
            assert (await join(channel)(queue_pb2.JoinQueueRequest())).waiting_token == "fine"

    run(test)
    assert f"the handler of {JOIN} failed" in caplog.text


def test_a_path_that_is_not_served_is_unimplemented(serving: Serving) -> None:
    async def test() -> None:
        async with serving(unary(echo)) as channel:
            code, _ = await failure(join(channel, JOIN + "s")(queue_pb2.JoinQueueRequest()))
            assert code is grpc.StatusCode.UNIMPLEMENTED

    run(test)


@pytest.mark.parametrize("kind", ["unary", "stream"])
def test_the_end_is_told_once_when_the_caller_gives_up(serving: Serving, kind: str) -> None:
    async def test() -> None:
        started, ended = asyncio.Event(), asyncio.Queue[str]()

        def handler(call: Call, _: object) -> None:
            call.on_end(lambda: ended.put_nowait(kind))
            started.set()

        async with serving(unary(handler), stream(handler)) as channel:
            method, request = (join, queue_pb2.JoinQueueRequest()) if kind == "unary" else (watch, update_request())
            call = method(channel)(request)
            await started.wait()
            call.cancel()
            assert await ended.get() == kind
        assert ended.empty()

    run(test)


def update_request() -> websocket_pb2.StreamQueueUpdatesRequest:
    return websocket_pb2.StreamQueueUpdatesRequest(waiting_token="wtkn_1")


def test_the_end_is_told_at_once_to_who_asks_after_it(serving: Serving) -> None:
    told: list[str] = []

    def handler(call: Call, _: object) -> None:
        call.answer(queue_pb2.JoinQueueResponse())
        call.on_end(lambda: told.append("late"))

    async def test() -> None:
        async with serving(unary(handler)) as channel:
            await join(channel)(queue_pb2.JoinQueueRequest())

    run(test)
    assert told == ["late"]


def test_a_stream_brings_its_messages_in_order_and_then_its_end(serving: Serving) -> None:
    def handler(call: Call, _: object) -> None:
        assert [call.send(update(str(number))) for number in range(4)] == [True] * 4
        call.finish()
        assert call.send(update("too late")) is False

    async def test() -> None:
        async with serving(stream(handler)) as channel:
            call = watch(channel)(update_request())
            assert [message.correlation_id async for message in call] == ["0", "1", "2", "3"]
            assert await call.code() is grpc.StatusCode.OK

    run(test)


def test_a_stream_without_messages_is_seen_to_be_open(serving: Serving) -> None:
    """A reader can wait for that before it provokes the change that it wants to see."""

    async def test() -> None:
        async with serving(stream(lambda call, _: None)) as channel:
            call = watch(channel)(update_request())
            assert await call.initial_metadata() is not None
            call.cancel()

    run(test)


def test_a_stream_that_fails_brings_what_was_sent_and_then_the_status(serving: Serving) -> None:
    def handler(call: Call, _: object) -> None:
        call.send(update("one"))
        call.fail(5, "the token died")

    async def test() -> None:
        async with serving(stream(handler)) as channel:
            call = watch(channel)(update_request())
            assert (await call.read()).correlation_id == "one"
            assert await failure(call.read()) == (grpc.StatusCode.NOT_FOUND, "the token died")

    run(test)


def test_a_slow_reader_is_dropped_and_what_waited_for_it_is_let_go(serving: Serving) -> None:
    """A reader that stops reading costs the server its bound of messages and no more: exactly these are not sent."""
    waiting = 8
    accepted = 0
    received: list[object] = []

    async def read(reader: Any) -> None:
        async for message in reader:
            received.append(message)

    async def test() -> None:
        nonlocal accepted
        calls: asyncio.Queue[Call] = asyncio.Queue()
        ended = asyncio.Event()
        async with serving(stream(lambda call, _: calls.put_nowait(call)), waiting=waiting) as channel:
            reader = watch(channel)(update_request())
            call = await calls.get()
            call.on_end(ended.set)
            large = update("x" * 1_000_000)
            while call.send(large):
                accepted += 1
                await asyncio.sleep(0)
            assert ended.is_set()
            assert await failure(read(reader)) == (
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                "the reader is too slow: more than 8 messages were waiting for it",
            )

    run(test)
    assert accepted - len(received) == waiting


def test_a_reader_that_keeps_up_is_never_dropped(serving: Serving) -> None:
    """The near-miss of the slow reader: a hundred times the bound, read as it comes."""

    async def test() -> None:
        calls: asyncio.Queue[Call] = asyncio.Queue()
        async with serving(stream(lambda call, _: calls.put_nowait(call)), waiting=4) as channel:
            reader = watch(channel)(update_request())
            call = await calls.get()
            for number in range(400):
                assert call.send(update(str(number)))
                assert (await reader.read()).correlation_id == str(number)

    run(test)


@pytest.mark.parametrize(
    ("method", "wrong", "sentence"),
    [
        (unary, lambda call: call.send(update("")), f"{JOIN} answers once: use answer(), not send(StreamQueue"),
        (unary, lambda call: call.finish(), f"{JOIN} answers once: use answer()"),
        (stream, lambda call: call.answer(update("")), f"{WATCH} is a stream: use send(StreamQueueUpdatesResponse)"),
    ],
)
def test_answering_in_the_other_kinds_way_is_refused(
    serving: Serving, method: Callable[[Handler], Endpoint], wrong: Callable[[Call], None], sentence: str
) -> None:
    told: list[str] = []

    def handler(call: Call, _: object) -> None:
        with pytest.raises(TypeError) as caught:
            wrong(call)
        told.append(str(caught.value))
        call.fail(13, "done")

    async def test() -> None:
        async with serving(method(handler)) as channel:
            ask = join(channel) if method is unary else watch(channel)
            request = queue_pb2.JoinQueueRequest() if method is unary else update_request()
            assert await ask(request).code() is grpc.StatusCode.INTERNAL

    run(test)
    assert told[0].startswith(sentence)


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
def test_reflection_lists_the_services_and_gives_their_files(serving: Serving, version: str) -> None:
    async def test() -> None:
        async with serving(unary(echo), stream(lambda call, _: call.finish())) as channel:
            ask = channel.stream_stream(
                f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
                reflection_pb2.ServerReflectionRequest.SerializeToString,
                reflection_pb2.ServerReflectionResponse.FromString,
            )
            requests = [
                reflection_pb2.ServerReflectionRequest(list_services=""),
                reflection_pb2.ServerReflectionRequest(file_containing_symbol=JOIN[1:].replace("/", ".")),
            ]
            services, file = [answer async for answer in ask(iter(requests))]
            listed = [row.name for row in services.list_services_response.service]
            # grpcio serves reflection's v1 without listing it; ours lists it.
            assert [name for name in listed if name != "grpc.reflection.v1.ServerReflection"] == [
                "gateway.v1.QueueService",
                "gateway.v1.WebSocketService",
                "grpc.health.v1.Health",
                "grpc.reflection.v1alpha.ServerReflection",
            ]
            assert b"JoinQueue" in file.file_descriptor_response.file_descriptor_proto[0]

    run(test)


def test_health_is_serving_for_the_whole_and_each_service_and_unknown_for_others(serving: Serving) -> None:
    async def test() -> None:
        async with serving(unary(echo)) as channel:
            check = channel.unary_unary(
                "/grpc.health.v1.Health/Check",
                health_pb2.HealthCheckRequest.SerializeToString,
                health_pb2.HealthCheckResponse.FromString,
            )
            for service in ("", "gateway.v1.QueueService"):
                answer = await check(health_pb2.HealthCheckRequest(service=service))
                assert answer.status == health_pb2.HealthCheckResponse.SERVING
            code, _ = await failure(check(health_pb2.HealthCheckRequest(service="no.such.Service")))
            assert code is grpc.StatusCode.NOT_FOUND

    run(test)


def test_drain_lets_a_call_in_flight_finish_and_takes_no_new_one(make: Make) -> None:
    async def test() -> None:
        calls: asyncio.Queue[Call] = asyncio.Queue()
        server = make(4)
        (address,) = await server.start([unary(lambda call, _: calls.put_nowait(call))], ["127.0.0.1:0"])
        async with grpc.aio.insecure_channel(address) as channel:
            inside = asyncio.ensure_future(join(channel)(queue_pb2.JoinQueueRequest()))
            call = await calls.get()
            draining = asyncio.ensure_future(server.drain(LIMIT_S))
            while not (await refused(address)):
                await asyncio.sleep(0)
            call.answer(queue_pb2.JoinQueueResponse(waiting_token="in time"))
            assert (await inside).waiting_token == "in time"
            await draining

    run(test)


async def refused(address: str) -> bool:
    """Can nobody connect any more?"""
    host, _, port = address.rpartition(":")
    try:
        _, writer = await asyncio.open_connection(host, int(port))
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:  # the listener was closed in between
        return False
    writer.close()
    return False


def test_a_taken_port_is_named_with_the_reason(make: Make) -> None:
    async def test() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            with pytest.raises(OSError, match=f"cannot listen on {address}: Address already in use"):
                await make(4).start([unary(echo)], ["127.0.0.1:0", address])

    run(test)


def test_two_servers_never_share_a_port(make: Make) -> None:
    """Without it, Linux would deal the calls out between a forgotten platform and the new one, of whatever make."""

    async def test() -> None:
        first = make(4)
        (address,) = await first.start([unary(echo)], ["127.0.0.1:0"])
        try:
            with pytest.raises(OSError, match="Address already in use"):
                await make(4).start([unary(echo)], [address])
            with socket.socket() as stranger:
                stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                with pytest.raises(OSError, match="Address already in use"):
                    stranger.bind(("127.0.0.1", int(address.rpartition(":")[2])))
        finally:
            await first.drain(0)

    run(test)


def test_it_serves_on_all_its_addresses(make: Make) -> None:
    async def test() -> None:
        server = make(4)
        addresses = await server.start([unary(echo)], ["127.0.0.1:0", "127.0.0.1:0"])
        assert len(set(addresses)) == 2
        for address in addresses:
            async with grpc.aio.insecure_channel(address) as channel:
                answer = await join(channel)(queue_pb2.JoinQueueRequest(user_id="x"), metadata=(("who", "y"),))
                assert answer.waiting_token.startswith("x ")
        await server.drain(0)

    run(test)
