"""Our channel and our server against grpcio's: whoever is at either end, a call means the same.

One suite over all four pairs. What grpcio does with grpcio is the meaning; ours must not be told from it through the
two ports.
"""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import gevent
import pytest
from grpc_health.v1 import health_pb2

from contracts.messages import queue_pb2, websocket_pb2
from tacorush.wire.asyncio_server import AsyncioServer, ServerOptions
from tests.wire.both_ends import MANY, MIB, PAIRS, Ends, OnGevent, OnThreads, Pair, Side, connected
from tests.wire.live_servers import LIMIT_S, SERVICE, LiveServer, Platform, update
from tests.wire.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from google.protobuf.message import Message

    from tacorush.wire.channel import Answer, Channel, Metadata
    from tacorush.wire.serving import Server


@pytest.fixture(params=PAIRS)
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    client, make_server = request.param
    side = client()
    yield Pair(side, make_server)
    side.end()


@pytest.fixture
def ends(pair: Pair) -> Iterator[Ends]:
    with connected(pair) as found:
        yield found


def call(channel: Channel, word: str, deadline_s: float = LIMIT_S, metadata: Metadata = (), **fields: str) -> Answer:
    request = queue_pb2.JoinQueueRequest(**fields)  # type: ignore[arg-type]
    return channel.unary(SERVICE + word, request, queue_pb2.JoinQueueResponse, deadline_s, metadata)


def listen(channel: Channel, word: str, deadline_s: float = LIMIT_S, **fields: str) -> Any:
    request = queue_pb2.JoinQueueRequest(**fields)  # type: ignore[arg-type]
    return channel.stream(SERVICE + word, request, websocket_pb2.StreamQueueUpdatesResponse, deadline_s)


def told(answer: Answer | None) -> tuple[int, str, Message | None]:
    assert answer is not None
    return answer.status, answer.delivery, answer.message


def ids(messages: Any) -> list[str]:
    return [message.correlation_id for message in messages]


def test_an_answer_brings_the_message_and_its_instants_in_order(ends: Ends) -> None:
    before = time.monotonic_ns()
    answer = call(ends.channel, "Join", user_id="ann, 안")
    assert told(answer) == (0, "answered", queue_pb2.JoinQueueResponse(waiting_token="ann, 안"))
    assert before <= answer.sent_ns <= answer.answered_ns <= time.monotonic_ns()


def test_an_empty_message_is_a_message_both_ways(ends: Ends) -> None:
    assert told(call(ends.channel, "Join")) == (0, "answered", queue_pb2.JoinQueueResponse())


@pytest.mark.parametrize("status", range(1, 17))
def test_every_status_arrives_with_its_words(ends: Ends, status: int) -> None:
    words = "because 100 %, ja: 왜 🌮\n%41"
    for answer in (call(ends.channel, "Fail", user_id=str(status), event_id=words) for _ in range(2)):
        assert (*told(answer), answer.detail) == (status, "answered", None, words)


@pytest.mark.parametrize("status", range(1, 17))
def test_every_status_ends_a_stream_behind_what_was_sent(ends: Ends, status: int) -> None:
    stream = listen(ends.channel, "Break", user_id=str(status), event_id="왜")
    assert ids(stream) == ["one"]
    assert (*told(stream.answer), stream.answer.detail) == (status, "answered", None, "왜")


METADATA: Metadata = (
    ("x-text", " inside  ! ~ "[1:-1]),
    ("x-empty", ""),
    ("x-all-bin", bytes(range(256))),
    ("x-none-bin", b""),
    ("x-long", "y" * 4_000),
)


def test_metadata_goes_there_and_comes_back_in_head_and_trailers(ends: Ends) -> None:
    for _ in range(3):  # a block that is seen again is not decoded again
        answer = call(ends.channel, "Meta", metadata=METADATA)
        assert answer.status == 0
        assert set(answer.metadata) == {
            *METADATA,
            ("last", "1"),
            *((f"y{name[1:]}", value) for name, value in METADATA),
        }
        assert answer.metadata.index(("x-text", METADATA[0][1])) < answer.metadata.index(("last", "1"))


def test_a_call_that_fails_brings_its_trailing_metadata(ends: Ends) -> None:
    answer = call(ends.channel, "Meta", metadata=(("x-why-bin", b"\x00\xff"),), user_id="9")
    assert (answer.status, answer.detail) == (9, "with metadata")
    assert {("last", "1"), ("y-why-bin", b"\x00\xff"), ("x-why-bin", b"\x00\xff")} <= set(answer.metadata)


@pytest.mark.parametrize("name", ["Upper", "sp ace", "ümlaut"])
def test_metadata_that_no_header_can_carry_is_unsent(ends: Ends, name: str) -> None:
    assert told(call(ends.channel, "Join", metadata=((name, "x"),))) == (13, "unsent", None)
    assert ends.platform.peers == []


def test_a_deadline_ends_the_call_on_both_sides(ends: Ends) -> None:
    """A server that knows the deadline may be the first to say so: then it has answered."""
    call(ends.channel, "Join")  # connected, so that the deadline is the call's alone
    answer = call(ends.channel, "Held", deadline_s=1.0)
    assert told(answer) in [(4, "unanswered", None), (4, "answered", None)]
    assert answer.sent_ns < answer.answered_ns
    ends.ended("Held")


def test_a_deadline_ends_a_stream_on_both_sides(ends: Ends) -> None:
    """Whoever of the two is first to say so, as with a call."""
    stream = listen(ends.channel, "Watch", deadline_s=0.2)
    assert ids(stream) == []
    assert told(stream.answer) in [(4, "unanswered", None), (4, "answered", None)]
    ends.ended("Watch")


def test_calls_with_other_deadlines_go_on_when_one_is_missed(ends: Ends) -> None:
    patient = ends.client.beside(call, ends.channel, "Held")
    ends.came("Held")
    assert call(ends.channel, "Held", deadline_s=0.1).status == 4
    ends.live.ask(ends.platform.calls["Held"][0].answer, queue_pb2.JoinQueueResponse(waiting_token="late"))
    assert told(patient()) == (0, "answered", queue_pb2.JoinQueueResponse(waiting_token="late"))


def test_a_cancelled_stream_ends_on_both_sides(ends: Ends) -> None:
    stream = listen(ends.channel, "Watch")
    messages = iter(stream)
    ends.came("Watch")
    assert ends.live.ask(ends.platform.calls["Watch"][0].send, update("one"))
    assert next(messages).correlation_id == "one"
    assert stream.answer is None
    stream.cancel()
    assert list(messages) == []
    assert told(stream.answer) == (1, "unanswered", None)
    ends.ended("Watch")


def test_an_answer_of_5_mib_needs_a_limit_that_allows_it(pair: Pair) -> None:
    with connected(pair, largest=6 * MIB) as ends:
        answer = call(ends.channel, "Big", user_id=str(5 * MIB))
        assert answer.status == 0
        assert len(answer.message.waiting_token) == 5 * MIB  # type: ignore[union-attr]
    with connected(pair) as ends:
        assert told(call(ends.channel, "Big", user_id=str(5 * MIB))) == (8, "unanswered", None)
        assert call(ends.channel, "Join").status == 0


def test_a_request_of_3_mib_is_taken_and_one_of_5_mib_is_refused(ends: Ends) -> None:
    answer = call(ends.channel, "Big", event_id="x" * (3 * MIB))
    assert told(answer) == (0, "answered", queue_pb2.JoinQueueResponse(waiting_token=str(3 * MIB)))
    assert told(call(ends.channel, "Big", event_id="x" * (5 * MIB))) == (8, "answered", None)
    assert call(ends.channel, "Join").status == 0


@pytest.mark.parametrize("client", [OnGevent, OnThreads])
def test_our_server_takes_a_request_of_5_mib_where_its_limit_allows_it(client: Callable[[], Side]) -> None:
    def raised(_: int) -> Server:
        return AsyncioServer(ServerOptions(max_message_bytes=6 * MIB))

    side = client()
    with connected(Pair(side, raised)) as ends:
        assert call(ends.channel, "Big", event_id="x" * (5 * MIB)).status == 0
    side.end()


def test_large_messages_beside_each_other_all_arrive(pair: Pair) -> None:
    """Together they are more than every window and buffer on the way."""
    with connected(pair, largest=6 * MIB) as ends:
        waiting = [ends.client.beside(lambda: call(ends.channel, "Big", user_id=str(3 * MIB))) for _ in range(8)]
        assert {len(answer().message.waiting_token) for answer in waiting} == {3 * MIB}


def test_a_long_stream_arrives_whole_and_in_order(ends: Ends) -> None:
    stream = listen(ends.channel, "Count", user_id="3000")
    assert ids(stream) == [str(number) for number in range(3000)]
    assert told(stream.answer) == (0, "answered", None)


def test_a_stream_without_messages_ends_well(ends: Ends) -> None:
    stream = listen(ends.channel, "Count", user_id="0")
    assert ids(stream) == []
    assert told(stream.answer) == (0, "answered", None)


def test_a_slow_reader_is_dropped_with_a_reason_and_keeps_what_it_had(pair: Pair) -> None:
    bound = 8
    with connected(pair, waiting=bound) as ends:
        stream = listen(ends.channel, "Watch")
        ends.came("Watch")
        served = ends.platform.calls["Watch"][0]
        large, accepted = update("x" * 1_000_000), 0
        while ends.live.ask(served.send, large):
            accepted += 1
        ends.ended("Watch")
        received = ids(stream)
        assert told(stream.answer) == (8, "answered", None)
        assert stream.answer.detail == f"the reader is too slow: more than {bound} messages were waiting for it"
        assert accepted - len(received) == bound


@pytest.mark.parametrize("path", [SERVICE + "Unheard", "/no.such.Service/Join", "/"])
def test_a_method_that_is_not_served_is_unimplemented(ends: Ends, path: str) -> None:
    answer = ends.channel.unary(path, queue_pb2.JoinQueueRequest(), queue_pb2.JoinQueueResponse, LIMIT_S)
    assert told(answer) == (12, "answered", None)


def test_calls_beside_each_other_get_each_its_own_answer(ends: Ends) -> None:
    waiting = {str(n): ends.client.beside(lambda n=n: call(ends.channel, "Join", user_id=str(n))) for n in range(100)}
    assert {name: answer().message.waiting_token for name, answer in waiting.items()} == {
        name: name for name in waiting
    }


def test_answers_come_in_any_order(ends: Ends) -> None:
    waiting = []
    for number in range(5):  # one after the other, so that the server's order is known
        waiting.append(ends.client.beside(call, ends.channel, "Held"))
        ends.came("Held")
        assert len(ends.platform.calls["Held"]) == number + 1
    for number in (3, 0, 4, 2, 1):
        answer = queue_pb2.JoinQueueResponse(waiting_token=str(number))
        ends.live.ask(ends.platform.calls["Held"][number].answer, answer)
        assert waiting[number]().message == answer


def test_a_connection_lost_in_the_middle_leaves_calls_unanswered_and_the_next_one_connects_again(pair: Pair) -> None:
    platform = Platform()
    with LiveServer(pair.make_server(MANY), platform.endpoints()) as live, Relay(live.address) as relay:
        channel = pair.client.open(relay.address, 4 * MIB)
        ends = Ends(pair.client, channel, platform, live)
        waiting = [ends.client.beside(call, channel, "Held") for _ in range(3)]
        stream = listen(channel, "Watch")
        for name in ("Held", "Held", "Held", "Watch"):
            ends.came(name)
        relay.cut()
        assert {told(answer()) for answer in waiting} == {(14, "unanswered", None)}
        assert ids(stream) == []
        assert told(stream.answer) == (14, "unanswered", None)
        for name in ("Held", "Held", "Held", "Watch"):
            ends.ended(name)
        assert told(until_connected(channel)) == (0, "answered", queue_pb2.JoinQueueResponse(waiting_token="again"))
        channel.close()


def until_connected(channel: Channel) -> Answer:
    """Calls until something listens again: an attempt to connect may just have failed."""
    end = time.monotonic() + LIMIT_S
    while (answer := call(channel, "Join", user_id="again")).delivery == "unsent" and time.monotonic() < end:
        gevent.idle()
    return answer


def test_nothing_listening_is_unsent(pair: Pair) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    channel = pair.client.open(address, 4 * MIB)
    assert told(call(channel, "Join")) == (14, "unsent", None)
    channel.close()


def test_health_tells_each_service_and_denies_others(ends: Ends) -> None:
    def health(service: str) -> tuple[int, str, Message | None]:
        request, response = health_pb2.HealthCheckRequest(service=service), health_pb2.HealthCheckResponse
        return told(ends.channel.unary("/grpc.health.v1.Health/Check", request, response, LIMIT_S))

    serving = health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)
    assert {name: health(name) for name in ("", "gateway.v1.QueueService")} == dict.fromkeys(
        ("", "gateway.v1.QueueService"), (0, "answered", serving)
    )
    assert health("no.such.Service") == (5, "answered", None)


def test_a_drain_lets_calls_in_flight_finish_and_tells_the_watcher_of_health(ends: Ends) -> None:
    health: Any = ends.channel.stream(
        "/grpc.health.v1.Health/Watch", health_pb2.HealthCheckRequest(), health_pb2.HealthCheckResponse, LIMIT_S
    )
    watched = iter(health)
    assert next(watched).status == health_pb2.HealthCheckResponse.SERVING
    waiting = [ends.client.beside(call, ends.channel, "Held") for _ in range(3)]
    for _ in waiting:
        ends.came("Held")
    draining = ends.live.begin(ends.live.server.drain(LIMIT_S))
    assert next(watched).status == health_pb2.HealthCheckResponse.NOT_SERVING
    assert ends.client.wait(lambda: refused(ends.live.address))
    assert call(ends.channel, "Join").delivery == "unsent"
    health.cancel()
    for served in ends.platform.calls["Held"]:
        ends.live.ask(served.answer, queue_pb2.JoinQueueResponse(waiting_token="in time"))
    assert {answer().message.waiting_token for answer in waiting} == {"in time"}
    assert ends.client.wait(lambda: draining.result(LIMIT_S) is None)


def test_a_drain_without_grace_ends_calls_in_flight(ends: Ends) -> None:
    waiting = ends.client.beside(call, ends.channel, "Held")
    ends.came("Held")
    ends.live.run(ends.live.server.drain(0))
    answer = waiting()
    assert answer.status in (1, 14)  # grpcio's server cancels, ours says that it goes
    assert answer.delivery != "unsent"
    ends.ended("Held")


def test_closing_the_channel_ends_calls_in_flight_on_both_sides(ends: Ends) -> None:
    waiting = ends.client.beside(call, ends.channel, "Held")
    ends.came("Held")
    ends.channel.close()
    assert told(waiting()) == (1, "unanswered", None)
    assert told(call(ends.channel, "Join")) == (14, "unsent", None)
    ends.ended("Held")


def refused(address: str) -> bool:
    """Waits until nobody can connect any more."""
    host, _, port = address.rpartition(":")
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        try:
            socket.create_connection((host, int(port)), timeout=LIMIT_S).close()
        except ConnectionRefusedError:
            return True
        except ConnectionResetError:
            continue  # the listener was closed in between
    return False


def test_the_hub_goes_on_while_a_test_waits() -> None:
    """What the pairs with our channel rest upon: a wait in a thread of the hub lets greenlets run."""
    ran = threading.Event()
    gevent.spawn(ran.set)
    assert OnGevent().wait(lambda: ran.wait(LIMIT_S))
