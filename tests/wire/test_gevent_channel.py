"""What only our own channel has: its connections, their ages and turns, and what it says on the wire and when."""

from __future__ import annotations

import gc
import struct
import subprocess
import threading
import time
from concurrent import futures
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gevent
import greenlet
import grpc
import pytest

from contracts.messages import queue_pb2, websocket_pb2
from tacorush.wire.asyncio_server import AsyncioServer, ServerOptions
from tacorush.wire.channel_options import ChannelOptions
from tacorush.wire.gevent_channel import GeventChannel
from tacorush.wire.http2.frames import PING, Code, frame, goaway
from tacorush.wire.http2.settings import OurSettings
from tacorush.wire.tls import Tls
from tests.wire.live_servers import LIMIT_S, SERVICE, LiveServer, Platform
from tests.wire.misbehaving_server import HEAD, OK, WHOLE
from tests.wire.raw_answers import data, head, message
from tests.wire.raw_peers import SETTINGS, RawPeer, Talk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tacorush.wire.channel import Answer


def call(channel: GeventChannel, word: str = "Join", deadline_s: float = LIMIT_S, **fields: str) -> Answer:
    request = queue_pb2.JoinQueueRequest(**fields)  # type: ignore[arg-type]
    return channel.unary(SERVICE + word, request, queue_pb2.JoinQueueResponse, deadline_s)


def told(greenlet: Any) -> str:
    """The token in the answer that a greenlet waited for."""
    return str(greenlet.get(timeout=LIMIT_S).message.waiting_token)


def opened(address: str, **options: Any) -> GeventChannel:
    return GeventChannel(address, time.monotonic_ns, options=ChannelOptions(**options), chance=lambda: 0.5)


def await_in_hub(wait: Callable[[], Any]) -> Any:
    """Waits in a thread of the hub's, so that the hub goes on."""
    return gevent.get_hub().threadpool.apply(wait)


def second(channel: GeventChannel) -> None:
    """Tells the channel, in the hub, where its timer does, that a second has passed."""
    gevent.get_hub().loop.run_callback(channel._tick)
    gevent.sleep(0)


def answer_to(stream: int) -> bytes:
    """A whole answer on a stream."""
    whole = HEAD + WHOLE + OK
    return whole.replace(struct.pack(">I", 1), struct.pack(">I", stream))


def answering(talk: Talk, opening: bytes = SETTINGS) -> None:
    """Answers every request with OK."""
    talk.send(opening)
    while stream := talk.request():
        talk.send(answer_to(stream))


@pytest.fixture
def platform() -> Iterator[tuple[Platform, LiveServer]]:
    found = Platform()
    with LiveServer(AsyncioServer(), found.endpoints()) as live:
        yield found, live


def test_connections_take_calls_in_turn_and_tell_how_many(platform: tuple[Platform, LiveServer]) -> None:
    seen, live = platform
    channel = opened(live.address, connections=3)
    assert {call(channel).status for _ in range(9)} == {0}
    assert len(set(seen.peers)) == 3
    assert seen.peers[:3] == seen.peers[3:6] == seen.peers[6:]
    assert channel.rpcs == {live.address: 9}
    assert channel.figures.connections == 3
    assert repr(channel) == f"<GeventChannel {live.address} connections=3>"
    channel.close()


def test_churn_opens_a_connection_for_so_many_calls(platform: tuple[Platform, LiveServer]) -> None:
    seen, live = platform
    channel = opened(live.address, calls_a_connection=4)
    assert {call(channel).status for _ in range(10)} == {0}
    assert [seen.peers.count(peer) for peer in dict.fromkeys(seen.peers)] == [4, 4, 2]
    assert channel.rpcs == {live.address: 10}
    channel.close()


def test_churn_lets_calls_in_flight_end_on_the_old_connection(platform: tuple[Platform, LiveServer]) -> None:
    seen, live = platform
    channel = opened(live.address, calls_a_connection=1)
    held = gevent.spawn(call, channel, "Held")
    assert await_in_hub(lambda: seen.came["Held"].acquire(timeout=LIMIT_S))
    assert call(channel).status == 0
    live.ask(seen.calls["Held"][0].answer, queue_pb2.JoinQueueResponse(waiting_token="old"))
    assert told(held) == "old"
    assert len(set(seen.peers)) == 2
    channel.close()


def test_a_connection_is_renewed_when_it_is_old(platform: tuple[Platform, LiveServer]) -> None:
    seen, live = platform
    now_ns = 0
    options = ChannelOptions(max_age_s=60)
    channel = GeventChannel(live.address, lambda: now_ns, options=options, chance=lambda: 0.5)
    for seconds in (0, 59, 61):
        now_ns = seconds * 10**9
        second(channel)
        assert call(channel).status == 0
    assert [seen.peers.count(peer) for peer in dict.fromkeys(seen.peers)] == [2, 1]
    channel.close()


def test_stream_ids_that_are_used_up_ask_for_a_new_connection(platform: tuple[Platform, LiveServer]) -> None:
    seen, live = platform
    channel = opened(live.address, first_stream=2**31 - 3)
    assert {call(channel).status for _ in range(4)} == {0}
    assert [seen.peers.count(peer) for peer in dict.fromkeys(seen.peers)] == [2, 2]
    channel.close()


def test_a_ping_is_sent_when_it_is_due_and_a_server_that_does_not_answer_it_is_left() -> None:
    now_ns = 0
    pinged = threading.Event()

    def deaf(talk: Talk) -> None:
        talk.send(SETTINGS)
        talk.send(answer_to(talk.request()))
        while talk.read():
            if frame(PING, 0, 0, bytes(8)) in talk.received:
                pinged.set()

    with RawPeer(deaf) as peer:
        channel = GeventChannel(peer.address, lambda: now_ns, options=ChannelOptions(keepalive_s=10))
        assert call(channel).status == 0
        second(channel)
        now_ns = 10 * 10**9
        second(channel)
        assert await_in_hub(lambda: pinged.wait(LIMIT_S))
        waiting = gevent.spawn(call, channel)
        gevent.idle()
        now_ns = 20 * 10**9
        second(channel)
        answer = waiting.get(timeout=LIMIT_S)
        assert (answer.status, answer.delivery, answer.detail) == (14, "unanswered", "the server answers no PING")
        channel.close()
    assert peer.faults == []


def test_after_a_failure_calls_are_unsent_at_once_until_the_backoff_is_over(unused_address: str) -> None:
    now_ns = 0
    channel = GeventChannel(unused_address, lambda: now_ns, chance=lambda: 0.5)
    first = call(channel)
    assert (first.status, first.delivery) == (14, "unsent")
    assert first.detail == f"failed to connect to {unused_address}: Connection refused"
    with RawPeer(answering, port=int(unused_address.rpartition(":")[2])) as peer:
        assert call(channel).detail == first.detail
        assert peer.talks == []
        now_ns = 100_000_001
        assert call(channel).status == 0
    channel.close()


@pytest.fixture
def unused_address() -> str:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def test_calls_wait_for_their_turn_where_the_server_bears_one_at_a_time() -> None:
    found = Platform()
    one = ServerOptions(settings=OurSettings(max_concurrent_streams=1))
    with LiveServer(AsyncioServer(one), found.endpoints()) as live:
        channel = opened(live.address)
        held = [gevent.spawn(call, channel, "Held") for _ in range(3)]
        for number in range(3):
            assert await_in_hub(lambda: found.came["Held"].acquire(timeout=LIMIT_S))
            assert len(found.calls["Held"]) == number + 1
            live.ask(found.calls["Held"][number].answer, queue_pb2.JoinQueueResponse(waiting_token=str(number)))
        assert [told(one) for one in held] == ["0", "1", "2"]
        assert len(set(found.peers)) == 1
        late = gevent.spawn(call, channel, "Held")
        assert await_in_hub(lambda: found.came["Held"].acquire(timeout=LIMIT_S))
        missed = call(channel, deadline_s=0.1)
        assert (missed.status, missed.delivery) == (4, "unsent")
        channel.close()
        assert late.get(timeout=LIMIT_S).status == 1


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


class Echo(grpc.GenericRpcHandler):
    def service(self, details: Any) -> Any:
        return grpc.unary_unary_rpc_method_handler(
            lambda request, _: queue_pb2.JoinQueueResponse(waiting_token=request.user_id),
            queue_pb2.JoinQueueRequest.FromString,
            queue_pb2.JoinQueueResponse.SerializeToString,
        )


@pytest.mark.parametrize("client_cert", [False, True])
@pytest.mark.parametrize("name", ["tacos.test", "other.test"])
def test_tls_carries_calls_and_both_sides_show_themselves(
    identity: tuple[Path, Path], client_cert: bool, name: str
) -> None:
    certificate, key = identity
    pair = (key.read_bytes(), certificate.read_bytes())
    credentials = grpc.ssl_server_credentials([pair], certificate.read_bytes(), require_client_auth=True)
    server = grpc.server(futures.ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((Echo(),))
    port = server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    mine = {"certificate": certificate, "key": key} if client_cert else {}
    channel = opened(f"127.0.0.1:{port}", tls=Tls(ca=certificate, server_name=name, **mine))
    for user in ("ann", "x" * 300_000):
        answer = call(channel, user_id=user)
        if client_cert and name == "tacos.test":
            assert (answer.status, answer.message.waiting_token) == (0, user)  # type: ignore[union-attr]
        else:
            assert (answer.status, answer.delivery) == (14, "unsent")
    channel.close()
    server.stop(0).wait(LIMIT_S)


def test_unix_sockets_carry_calls(tmp_path: Path) -> None:
    found = Platform()
    with LiveServer(AsyncioServer(), found.endpoints(), f"unix:{tmp_path}/s") as live:
        channel = opened(live.address)
        assert call(channel, user_id="ann").message == queue_pb2.JoinQueueResponse(waiting_token="ann")
        assert channel.rpcs == {f"unix:{tmp_path}/s": 1}
        channel.close()


def test_a_greenlet_killed_in_a_call_cancels_it_on_the_wire() -> None:
    reset: list[int] = []
    came, done = threading.Event(), threading.Event()

    def behave(talk: Talk) -> None:
        talk.send(SETTINGS)
        talk.request()
        came.set()
        reset.append(talk.reset())
        done.set()
        while stream := talk.request():
            talk.send(answer_to(stream))

    with RawPeer(behave) as peer:
        channel = opened(peer.address)
        killed = gevent.spawn(call, channel)
        assert await_in_hub(lambda: came.wait(LIMIT_S))
        killed.kill()
        assert await_in_hub(lambda: done.wait(LIMIT_S))
        assert reset == [Code.CANCEL]
        assert call(channel).status == 0
        channel.close()
    assert peer.faults == []


def test_calls_of_one_turn_of_the_loop_leave_in_one_send() -> None:
    with RawPeer(answering) as peer:
        channel = opened(peer.address)
        assert call(channel).status == 0
        octets = channel.figures.sent_octets
        before = len(peer.talks[0].pieces)
        calls = [gevent.spawn(call, channel) for _ in range(50)]
        gevent.joinall(calls, timeout=LIMIT_S)
        assert {one.get().status for one in calls} == {0}
        requests = [piece for piece in peer.talks[0].pieces[before:] if piece > 200]
        assert len(requests) == 1
        assert requests[0] <= channel.figures.sent_octets - octets
        channel.close()


def test_both_instants_are_read_next_to_the_kernel() -> None:
    """Neither the wait for the connection nor the turn of the caller counts as the server's time."""
    heard, gave = [], []

    def late(talk: Talk) -> None:
        talk.send(SETTINGS)
        stream = talk.request()
        heard.append(time.monotonic_ns())
        gave.append(time.monotonic_ns())
        talk.send(answer_to(stream))
        talk.read_all()

    with RawPeer(late) as peer:
        channel = opened(peer.address)
        begun = time.monotonic_ns()
        answer = call(channel)
        ended = time.monotonic_ns()
        channel.close()
    assert begun < answer.sent_ns < heard[0] <= gave[0] < answer.answered_ns < ended


def test_a_stream_that_is_not_read_holds_the_server_to_its_window() -> None:
    """What an unread stream costs is bounded: a server that ignores the window is cut off with FLOW_CONTROL_ERROR."""
    large = websocket_pb2.StreamQueueUpdatesResponse(correlation_id="x" * 10_000).SerializeToString()

    def behave(talk: Talk) -> None:
        talk.send(SETTINGS)
        talk.request()
        talk.send(head() + data(message(large)) * 200)
        talk.read_all()

    with RawPeer(behave) as peer:
        channel = opened(peer.address)
        asked, response = queue_pb2.JoinQueueRequest(), websocket_pb2.StreamQueueUpdatesResponse
        stream = channel.stream(SERVICE + "Watch", asked, response, LIMIT_S)
        with gevent.Timeout(LIMIT_S):
            while stream.answer is None:
                gevent.sleep(0)
        assert (stream.answer.status, stream.answer.detail.split(":")[0]) == (13, "the answer breaks HTTP/2")
        assert len(list(stream)) <= 105
        channel.close()


def test_a_goaway_moves_new_calls_to_a_new_connection_and_lets_the_old_ones_end() -> None:
    def behave(talk: Talk) -> None:
        talk.send(SETTINGS)
        stream = talk.request()
        if talk is peer.talks[0]:
            talk.send(goaway(stream, 0))
            came.set()
            let_go.wait(LIMIT_S)
        talk.send(answer_to(stream))
        talk.read_all()

    came, let_go = threading.Event(), threading.Event()
    with RawPeer(behave) as peer:
        channel = opened(peer.address)
        old = gevent.spawn(call, channel)
        assert await_in_hub(lambda: came.wait(LIMIT_S))
        assert call(channel).status == 0
        let_go.set()
        assert old.get(timeout=LIMIT_S).status == 0
        assert len(peer.talks) == 2
        channel.close()
    assert peer.faults == []


def test_nothing_stays_behind_a_channel_that_was_closed() -> None:
    def left() -> tuple[int, int, int]:
        gc.collect()
        alive = [one for one in gc.get_objects() if isinstance(one, greenlet.greenlet) and one]
        return len(alive), threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))

    with RawPeer(answering) as peer, RawPeer(lambda talk: talk.send(SETTINGS)) as silent:
        gevent.get_hub().threadpool.apply(int)
        gevent.sleep(0)
        before = left()
        channels = [opened(peer.address, connections=3), opened(silent.address)]
        assert {call(channels[0]).status for _ in range(6)} == {0}
        waiting = gevent.spawn(call, channels[1], deadline_s=LIMIT_S)
        gevent.sleep(0)
        for channel in channels:
            channel.close()
            channel.close()
        assert waiting.get(timeout=LIMIT_S).status == 1
        del channel, channels, waiting
        gevent.sleep(0)
        ours = left()
    assert ours[0] <= before[0]
    assert ours[2] <= before[2] + 4  # the other ends, which the peers keep until they are over
