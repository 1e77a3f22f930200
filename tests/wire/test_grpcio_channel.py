"""The client's port on grpcio, against a plain grpcio server, against raw HTTP/2 peers, and against nothing at all."""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
import threading
import time
from concurrent import futures
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from contracts.messages import queue_pb2, websocket_pb2
from tacorush.wire.grpcio_channel import GrpcioChannel
from tacorush.wire.tls import Tls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from google.protobuf.message import Message

    from tacorush.wire.channel import Answer, Metadata

ROOT = Path(__file__).parents[2]
SERVICE = "/gateway.v1.QueueService/"
LIMIT_S = 20.0
"""Bounds a wait for something that is sure to come."""


class Platform(grpc.GenericRpcHandler):
    """Does what the last part of the path says; `held` calls wait until they are let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.inside = threading.Semaphore(0)
        self.peers: list[str] = []

    def service(self, details: Any) -> Any:
        """Finds the handler; knows no path but its own."""
        word = details.method.rpartition("/")[2]
        if word.startswith("Stream"):
            response = websocket_pb2.StreamQueueUpdatesResponse.SerializeToString
            return grpc.unary_stream_rpc_method_handler(
                getattr(self, word), websocket_pb2.StreamQueueUpdatesRequest.FromString, response
            )
        if not hasattr(self, word):
            return None
        response = queue_pb2.JoinQueueResponse.SerializeToString
        return grpc.unary_unary_rpc_method_handler(getattr(self, word), queue_pb2.JoinQueueRequest.FromString, response)

    def Join(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.peers.append(context.peer())
        context.send_initial_metadata((("first", "1"),))
        context.set_trailing_metadata((("last-bin", b"\x00\xff"),))
        told = dict(context.invocation_metadata()).get("who", "")
        return queue_pb2.JoinQueueResponse(waiting_token=f"{request.user_id}{told}")

    def Fail(self, request: Any, context: Any) -> Any:  # noqa: N802
        context.abort(next(code for code in grpc.StatusCode if code.value[0] == int(request.user_id)), request.event_id)

    def Held(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.inside.release()
        self.let_go.wait(LIMIT_S)
        return queue_pb2.JoinQueueResponse()

    def Big(self, request: Any, context: Any) -> Any:  # noqa: N802
        return queue_pb2.JoinQueueResponse(waiting_token="x" * int(request.user_id))

    def StreamThree(self, request: Any, context: Any) -> Any:  # noqa: N802
        yield from (websocket_pb2.StreamQueueUpdatesResponse(correlation_id=str(number)) for number in range(3))

    def StreamFail(self, request: Any, context: Any) -> Any:  # noqa: N802
        yield websocket_pb2.StreamQueueUpdatesResponse(correlation_id="one")
        context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too slow")

    def StreamHeld(self, request: Any, context: Any) -> Any:  # noqa: N802
        yield websocket_pb2.StreamQueueUpdatesResponse(correlation_id="one")
        self.let_go.wait(LIMIT_S)


class Ticks:
    """A clock of which every reading is one more than the last."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def __call__(self) -> int:
        return next(self._numbers)


@contextmanager
def served(credentials: grpc.ServerCredentials | None = None, threads: int = 8) -> Iterator[tuple[Platform, str]]:
    platform, server = Platform(), grpc.server(futures.ThreadPoolExecutor(threads))
    server.add_generic_rpc_handlers((platform,))
    if credentials is None:
        port = server.add_insecure_port("127.0.0.1:0")
    else:
        port = server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    try:
        yield platform, f"127.0.0.1:{port}"
    finally:
        platform.let_go.set()
        server.stop(0).wait(LIMIT_S)


@pytest.fixture
def platform() -> Iterator[tuple[Platform, GrpcioChannel]]:
    with served() as (platform, address):
        channel = GrpcioChannel(address, Ticks())
        yield platform, channel
        platform.let_go.set()
        channel.close()


def call(
    channel: GrpcioChannel, word: str, deadline_s: float = LIMIT_S, metadata: Metadata = (), **fields: str
) -> Answer:
    request = queue_pb2.JoinQueueRequest(**fields)  # type: ignore[arg-type]
    return channel.unary(SERVICE + word, request, queue_pb2.JoinQueueResponse, deadline_s, metadata)


def listen(channel: GrpcioChannel, word: str, deadline_s: float = LIMIT_S) -> Any:
    request, response = websocket_pb2.StreamQueueUpdatesRequest(), websocket_pb2.StreamQueueUpdatesResponse
    return channel.stream(SERVICE + word, request, response, deadline_s)


def unused_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def told(answer: Answer) -> tuple[int, str, Message | None]:
    return answer.status, answer.delivery, answer.message


def test_an_answer_brings_message_metadata_and_both_instants(platform: tuple[Platform, GrpcioChannel]) -> None:
    answer = call(platform[1], "Join", metadata=(("who", " and I"),), user_id="ann")
    assert told(answer) == (0, "answered", queue_pb2.JoinQueueResponse(waiting_token="ann and I"))
    assert (answer.sent_ns, answer.answered_ns) == (1, 2)
    assert answer.metadata == (("first", "1"), ("last-bin", b"\x00\xff"))


@pytest.mark.parametrize("status", range(1, 17))
def test_every_status_that_the_server_sends_is_answered(platform: tuple[Platform, GrpcioChannel], status: int) -> None:
    answer = call(platform[1], "Fail", user_id=str(status), event_id="because, ja: 왜")
    assert (*told(answer), answer.detail) == (status, "answered", None, "because, ja: 왜")


@pytest.mark.parametrize("status", range(1, 17))
@pytest.mark.parametrize(
    "text",
    [
        "failed to connect to all addresses; last error: UNKNOWN: ipv4:10.0.0.9:1: Connection refused",
        "Socket closed",
        "Method not found!",
    ],
)
def test_a_server_that_passes_on_the_words_of_its_own_failed_call_has_answered(
    platform: tuple[Platform, GrpcioChannel], status: int, text: str
) -> None:
    """A gateway whose upstream is gone may have done half of the work: its answer must not count as unsent."""
    assert call(platform[1], "Fail", user_id=str(status), event_id=text).delivery == "answered"


def test_a_method_that_is_not_there_is_unimplemented(platform: tuple[Platform, GrpcioChannel]) -> None:
    assert told(call(platform[1], "Unheard")) == (12, "answered", None)


def test_a_deadline_passes_unanswered_while_the_server_works(platform: tuple[Platform, GrpcioChannel]) -> None:
    answer = call(platform[1], "Held", deadline_s=0.05)
    assert told(answer) == (4, "unanswered", None)
    assert answer.sent_ns < answer.answered_ns


@pytest.mark.parametrize("deadline_s", [0.0, -1.0])
def test_a_deadline_that_had_passed_sends_nothing(platform: tuple[Platform, GrpcioChannel], deadline_s: float) -> None:
    answer = call(platform[1], "Join", deadline_s=deadline_s)
    assert (*told(answer), answer.detail) == (4, "unsent", None, "the deadline had passed before the call")
    stream = listen(platform[1], "StreamThree", deadline_s)
    stream.cancel()
    assert (list(stream), stream.answer.delivery) == ([], "unsent")
    assert platform[0].peers == []


def test_a_message_beyond_the_limit_leaves_the_effect_open(platform: tuple[Platform, GrpcioChannel]) -> None:
    """The status is RESOURCE_EXHAUSTED, but this side made it up: read as the server's it would mean "did not"."""
    answer = call(platform[1], "Big", user_id=str(5 << 20))
    assert told(answer) == (8, "unanswered", None)


def test_a_larger_limit_lets_a_large_message_in() -> None:
    with served() as (_, address):
        channel = GrpcioChannel(address, Ticks(), max_message_bytes=6 << 20)
        assert call(channel, "Big", user_id=str(5 << 20)).status == 0
        channel.close()


def test_metadata_that_cannot_be_written_is_unsent(platform: tuple[Platform, GrpcioChannel]) -> None:
    answer = call(platform[1], "Join", metadata=(("Upper", "x"),))
    assert (*told(answer), answer.detail) == (13, "unsent", None, "Invalid metadata")


@pytest.mark.parametrize("again", [1, 2])
def test_with_nothing_listening_every_call_is_unsent(again: int) -> None:
    channel = GrpcioChannel(unused_address(), Ticks())
    answers = [call(channel, "Join") for _ in range(again)]
    assert {told(answer) for answer in answers} == {(14, "unsent", None)}
    assert all(answer.sent_ns == answer.answered_ns for answer in answers)
    assert answers[0].detail.endswith("Failed to connect to remote host: Connection refused")


def test_a_name_that_leads_nowhere_is_unsent() -> None:
    answer = call(GrpcioChannel("no-such-host.invalid:8080", Ticks()), "Join")
    assert (answer.status, answer.delivery) == (14, "unsent")


SERVER_TO_KILL = """
import grpc, time
from concurrent import futures
class Handler(grpc.GenericRpcHandler):
    def service(self, details):
        return grpc.unary_unary_rpc_method_handler(lambda *_: (print("inside", flush=True), time.sleep(60)))
server = grpc.server(futures.ThreadPoolExecutor(1))
server.add_generic_rpc_handlers((Handler(),))
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
server.wait_for_termination(60)
"""


def test_a_server_killed_in_the_middle_leaves_the_call_unanswered_and_the_next_unsent() -> None:
    with subprocess.Popen([sys.executable, "-c", SERVER_TO_KILL], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        channel = GrpcioChannel(f"127.0.0.1:{server.stdout.readline().strip()}", Ticks())
        with futures.ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(call, channel, "Join")
            assert server.stdout.readline() == "inside\n"
            server.kill()
            assert told(waiting.result(LIMIT_S)) == (14, "unanswered", None)
        server.wait(LIMIT_S)
        assert told(call(channel, "Join")) == (14, "unsent", None)
        channel.close()


def frame(kind: int, stream: int, payload: bytes = b"") -> bytes:
    """One HTTP/2 frame without flags (RFC 9113, 4.1)."""
    return struct.pack(">I", len(payload))[1:] + bytes([kind, 0]) + struct.pack(">I", stream) + payload


HEADERS, RST_STREAM, SETTINGS, GOAWAY = 1, 3, 4, 7


def wait_for_request(connection: socket.socket) -> int:
    """Reads until the first request came; returns its stream."""
    reader = connection.makefile("rb")
    reader.read(len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
    while True:
        head = reader.read(9)
        reader.read(int.from_bytes(head[:3], "big"))
        if head[3] == HEADERS:
            return int.from_bytes(head[5:], "big")


@contextmanager
def peer(behave: Callable[[socket.socket, int], None]) -> Iterator[str]:
    """One HTTP/2 server that takes one request, behaves, and closes the connection when the test is over."""
    over = threading.Event()

    def serve(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.sendall(frame(SETTINGS, 0))
            behave(connection, wait_for_request(connection))
            over.wait(LIMIT_S)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        over.set()
        thread.join(LIMIT_S)


@pytest.mark.parametrize(
    ("last", "delivery"),
    [pytest.param(0, "unsent", id="beyond the last"), pytest.param(1, "unanswered", id="before the last, then lost")],
)
def test_a_goaway_tells_what_was_never_taken(last: int, delivery: str) -> None:
    def behave(connection: socket.socket, _: int) -> None:
        connection.sendall(frame(GOAWAY, 0, struct.pack(">II", last, 0)))
        if last:
            connection.shutdown(socket.SHUT_WR)

    with peer(behave) as address:
        assert told(call(GrpcioChannel(address, Ticks()), "Join")) == (14, delivery, None)


@pytest.mark.parametrize("code", range(14))
def test_only_a_refused_stream_is_unsent_among_the_resets(code: int) -> None:
    """REFUSED_STREAM (7) promises that nothing was done (RFC 9113, 8.7); no other code does."""

    def behave(connection: socket.socket, stream: int) -> None:
        connection.sendall(frame(RST_STREAM, stream, struct.pack(">I", code)))

    with peer(behave) as address:
        answer = call(GrpcioChannel(address, Ticks()), "Join")
        assert answer.delivery == ("unsent" if code == 7 else "unanswered")


def test_a_connection_closed_after_the_request_is_unanswered() -> None:
    with peer(lambda connection, _: connection.shutdown(socket.SHUT_RDWR)) as address:
        assert told(call(GrpcioChannel(address, Ticks()), "Join")) == (14, "unanswered", None)


def test_a_server_of_another_kind_is_unsent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        channel = GrpcioChannel(f"127.0.0.1:{server.getsockname()[1]}", Ticks())
        with futures.ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(call, channel, "Join")
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                assert told(waiting.result(LIMIT_S)) == (14, "unsent", None)


@pytest.mark.parametrize("deadline_s", [0.05, 0.4])
def test_a_server_that_never_speaks_never_counts_as_unsent(deadline_s: float) -> None:
    """grpcio says "Deadline Exceeded", as a server might: the call may have been sent, for all that can be known.

    The deadline ends it, not a limit of grpcio's own on connecting: a busy or distant server takes its time.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        channel = GrpcioChannel(f"127.0.0.1:{server.getsockname()[1]}", Ticks())
        assert told(call(channel, "Join", deadline_s=deadline_s)) == (4, "unanswered", None)


def test_connections_take_calls_in_turn() -> None:
    with served() as (platform, address):
        channel = GrpcioChannel(address, Ticks(), connections=3)
        assert repr(channel) == f"<GrpcioChannel {address} connections=3>"
        assert {call(channel, "Join").status for _ in range(6)} == {0}
        assert len(set(platform.peers)) == 3
        assert platform.peers[:3] == platform.peers[3:]
        channel.close()


def test_no_connection_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match=r"0 connections to 127\.0\.0\.1:1: at least 1 is needed"):
        GrpcioChannel("127.0.0.1:1", Ticks(), connections=0)


def test_closing_ends_calls_in_flight_and_leaves_later_ones_unsent(platform: tuple[Platform, GrpcioChannel]) -> None:
    with futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(call, platform[1], "Held")
        assert platform[0].inside.acquire(timeout=LIMIT_S)
        platform[1].close()
        assert told(waiting.result(LIMIT_S)) == (1, "unanswered", None)
    answer = call(platform[1], "Join")
    assert (*told(answer), answer.detail) == (14, "unsent", None, "Cannot invoke RPC on closed channel!")
    stream = listen(platform[1], "StreamThree")
    assert (list(stream), stream.answer.delivery) == ([], "unsent")


def test_closing_while_a_call_waits_for_its_connection_never_counts_as_unsent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, futures.ThreadPoolExecutor(1) as pool:
        channel = GrpcioChannel(f"127.0.0.1:{server.getsockname()[1]}", Ticks())
        waiting = pool.submit(call, channel, "Join")
        connection, _ = server.accept()
        with connection:
            channel.close()
            assert told(waiting.result(LIMIT_S)) == (1, "unanswered", None)


def test_a_stream_brings_its_messages_and_then_how_it_ended(platform: tuple[Platform, GrpcioChannel]) -> None:
    stream = listen(platform[1], "StreamThree")
    before = stream.answer
    assert [message.correlation_id for message in stream] == ["0", "1", "2"]
    assert (before, *told(stream.answer)) == (None, 0, "answered", None)
    assert (stream.answer.sent_ns, stream.answer.answered_ns) == (1, 2)


def test_a_stream_that_fails_brings_what_came_before(platform: tuple[Platform, GrpcioChannel]) -> None:
    stream = listen(platform[1], "StreamFail")
    assert [message.correlation_id for message in stream] == ["one"]
    assert (*told(stream.answer), stream.answer.detail) == (8, "answered", None, "too slow")


def test_a_stream_ends_at_its_deadline(platform: tuple[Platform, GrpcioChannel]) -> None:
    stream = listen(platform[1], "StreamHeld", deadline_s=0.2)
    assert len(list(stream)) <= 1
    assert told(stream.answer) == (4, "unanswered", None)


def test_a_cancelled_stream_stops_and_says_so(platform: tuple[Platform, GrpcioChannel]) -> None:
    stream = listen(platform[1], "StreamHeld")
    messages = iter(stream)
    assert next(messages).correlation_id == "one"
    stream.cancel()
    assert list(messages) == []
    assert told(stream.answer) == (1, "unanswered", None)


def test_a_stream_to_nothing_is_unsent() -> None:
    stream = listen(GrpcioChannel(unused_address(), Ticks()), "StreamThree")
    assert list(stream) == []
    assert told(stream.answer) == (14, "unsent", None)


ON_GEVENT = """
import sys, time
from gevent import monkey, spawn
monkey.patch_all()
import select
from contracts.messages import queue_pb2, websocket_pb2
from tacorush.wire.grpcio_channel import GrpcioChannel, init_gevent
address, calls = sys.argv[1], int(sys.argv[2])
init_gevent(calls + 5)
channel = GrpcioChannel(address, time.time_ns)
service = "/gateway.v1.QueueService/"
def call(word):
    request, response = queue_pb2.JoinQueueRequest(), queue_pb2.JoinQueueResponse
    return channel.unary(service + word, request, response, 10.0).status
slow = [spawn(call, "Held") for _ in range(calls)]
select.select([0], [], [])  # a line comes when they are all inside
print(call("Join"), flush=True)
print({one.get() for one in slow})
request, response = websocket_pb2.StreamQueueUpdatesRequest(), websocket_pb2.StreamQueueUpdatesResponse
print([message.correlation_id for message in channel.stream(service + "StreamThree", request, response, 10.0)])
"""


def test_on_gevent_a_quick_call_is_answered_beside_many_slow_ones() -> None:
    """With gevent's own pool of 10 threads it would wait until the slow ones hit their deadline (status 4)."""
    calls = 40
    with served(threads=calls + 1) as (platform, address):
        command = [sys.executable, "-c", ON_GEVENT, address, str(calls)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen(command, **pipes, text=True, cwd=ROOT) as client:  # type: ignore[call-overload]
            for _ in range(calls):
                assert platform.inside.acquire(timeout=LIMIT_S)
            client.stdin.write("\n")
            client.stdin.flush()
            assert client.stdout.readline() == "0\n"
            platform.let_go.set()
            output, _ = client.communicate(timeout=LIMIT_S)
    assert output.splitlines() == ["{0}", "['0', '1', '2']"]


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for `tacos.test` that vouches for itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=tacos.test"]
    command += ["-addext", "subjectAltName=DNS:tacos.test", "-keyout", str(key), "-out", str(certificate)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed: no certificate to serve with")
    return certificate, key


@pytest.mark.parametrize("client_cert", [False, True])
def test_tls_carries_calls_and_the_client_may_have_to_show_itself(
    identity: tuple[Path, Path], client_cert: bool
) -> None:
    """The server demands a client's certificate: with one the call is answered, without it is never sent."""
    certificate, key = identity
    pair = (key.read_bytes(), certificate.read_bytes())
    server = grpc.ssl_server_credentials([pair], certificate.read_bytes(), require_client_auth=True)
    mine = {"certificate": certificate, "key": key} if client_cert else {}
    with served(server) as (_, address):
        channel = GrpcioChannel(address, time.time_ns, tls=Tls(ca=certificate, server_name="tacos.test", **mine))
        assert call(channel, "Join").delivery == ("answered" if client_cert else "unsent")
        channel.close()


def test_a_file_that_cannot_be_read_is_named() -> None:
    with pytest.raises(OSError, match=r"/no/such/ca\.pem"):
        GrpcioChannel("127.0.0.1:1", Ticks(), tls=Tls(ca=Path("/no/such/ca.pem")))
