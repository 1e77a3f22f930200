"""One POST over a real socket: what the receiver gets, what counts as taken, and where nothing is ever sent."""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from fakes.posting import Parcel, ThreadedPost, deliver
from tests.webhook_receiver import receiver

LIMIT_S = 20.0


def parcel(url: str) -> Parcel:
    return Parcel(url, b'{"a": "\xea\xb0\x80"}', {"X-Webhook-Signature": "sha256=00"}, LIMIT_S)


def test_the_receiver_gets_the_bytes_the_headers_and_the_path() -> None:
    with receiver() as received:
        assert deliver(parcel(received.url), anywhere=False) == ""
        path, headers, body = received.requests.get(timeout=LIMIT_S)
    assert (path, body) == ("/hook?a=b", b'{"a": "\xea\xb0\x80"}')
    assert headers["X-Webhook-Signature"] == "sha256=00"
    assert headers["Host"] in received.url


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_any_2xx_means_taken(status: int) -> None:
    with receiver(status) as received:
        assert deliver(parcel(received.url), anywhere=False) == ""


@pytest.mark.parametrize("status", [301, 307, 400, 404, 500, 503])
def test_any_other_status_means_not_taken_and_a_redirect_is_not_followed(status: int) -> None:
    with receiver(status) as received:
        assert deliver(parcel(received.url), anywhere=False) == f"{received.url} answered {status}"
        received.requests.get(timeout=LIMIT_S)
        assert received.requests.empty()


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://127.0.0.1:1/", "Connection refused"),
        ("https://127.0.0.1:1/", "is no http://host:port/path"),
        ("ftp://127.0.0.1/", "is no http://host:port/path"),
        ("nonsense", "is no http://host:port/path"),
        ("http:///hook", "is no http://host:port/path"),
        ("http://127.0.0.1:99999/", "Port out of range"),
    ],
)
def test_what_cannot_be_delivered_says_why(url: str, problem: str) -> None:
    assert problem in deliver(parcel(url), anywhere=False)


@pytest.mark.parametrize("url", ["http://192.0.2.1/", "http://[2001:db8::1]/", "http://0.0.0.0:80/"])
def test_nothing_is_sent_to_an_address_that_is_not_loopback(url: str) -> None:
    """Whoever calls the platform chooses the address; the platform must not become his tool against others."""
    assert "webhooks are delivered to loopback addresses only" in deliver(parcel(url), anywhere=False)


def drip(connection: socket.socket) -> None:
    """A status that never gets to its end, an octet at a time."""
    connection.sendall(b"HTTP/1.1 200 ")
    while True:
        connection.sendall(b"O")


def chatter(connection: socket.socket) -> None:
    """Interim answers without end."""
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def talk_on(connection: socket.socket) -> None:
    """A status, and a body without end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
    while True:
        connection.sendall(bytes(65536))


def saying(*pieces: bytes) -> Callable[[socket.socket], None]:
    """Says this and hangs up."""

    def say(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return say


def silent(connection: socket.socket) -> None:
    """Reads on and says nothing until the other side has gone."""
    while connection.recv(4096):
        pass


@pytest.mark.parametrize(
    ("behaviour", "problem"),
    [
        (talk_on, ""),
        (saying(b"HTTP/1.1 200 OK\r\n"), ""),
        (saying(b"HTTP/1.0 204 \n"), ""),
        (saying(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Hints\r\nA: b\r\n\r\nHTTP/1.1 202 OK\r\n"), ""),
        (saying(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 No\r\n\r\n"), "answered 500"),
        (saying(), "the receiver closed the connection without an answer"),
        (saying(b"HTTP/1.1 2"), "the receiver closed the connection without an answer"),
        (saying(b"SSH-2.0-OpenSSH_9\r\n"), "answer is no HTTP/1: it begins with b'SSH-2.0-OpenSSH_9\\r\\n'"),
        (saying(b"HTTP/1.1 " + b"9" * 8192), "answer is no HTTP/1: it begins with b'HTTP/1.1 99999999999'"),
        (chatter, "answer is no HTTP/1: it begins with b'HTTP/1.1 100 Continu'"),
        (drip, "answer is no HTTP/1: it begins with b'HTTP/1.1 200 OOOOOOO'"),
        (silent, "timed out"),
    ],
    ids=[
        "endless body", "hangs up behind the status", "HTTP/1.0", "interim answers", "interim answer and an error",
        "hangs up", "hangs up in the status", "no HTTP", "endless status", "endless interim answers", "endless reason",
        "silent",
    ],
)  # fmt: skip
def test_a_receiver_that_misbehaves_is_done_with_and_what_it_did_is_told(
    behaviour: Callable[[socket.socket], None], problem: str
) -> None:
    """Whatever it sends, however much of it: the delivery ends, and its thread is free for the next."""
    with misbehaving(behaviour) as url:
        said = deliver(Parcel(url, b"{}", {}, 0.5 if behaviour is silent else LIMIT_S), anywhere=False)
    assert said.endswith(problem) if problem else said == ""


def test_an_answer_that_comes_in_drops_has_no_more_time_than_one_that_does_not_come() -> None:
    """By its clock a second goes by between two looks: the first drop is in time, and the second is not."""
    ticks = itertools.count()
    with misbehaving(drip) as url:
        assert deliver(Parcel(url, b"{}", {}, 1.5), False, lambda: float(next(ticks))) == "timed out"


@contextmanager
def misbehaving(behaviour: Callable[[socket.socket], None]) -> Iterator[str]:
    """A receiver that reads the head of one request and then behaves so, until the other side has gone."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            while not connection.recv(65536).endswith(b"}"):
                pass
            behaviour(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            thread.join(LIMIT_S)
            assert not thread.is_alive(), "the receiver is still being served"


def test_a_name_of_this_machine_is_resolved_and_delivered_to() -> None:
    with receiver() as received:
        assert deliver(parcel(received.url.replace("127.0.0.1", "localhost")), anywhere=False) == ""


def test_the_threads_report_to_the_loop_and_do_not_block_it() -> None:
    """The loop answers others while a receiver thinks: it is the loop itself that lets the receiver answer."""

    async def test() -> None:
        problems: asyncio.Queue[str] = asyncio.Queue()
        loop_thread = threading.current_thread()
        threads = set()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"}")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            writer.close()

        def done(problem: str) -> None:
            threads.add(threading.current_thread())
            problems.put_nowait(problem)

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        post = ThreadedPost()
        post(parcel(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"), done)
        assert await problems.get() == ""
        post(parcel("http://127.0.0.1:1/"), done)
        assert "Connection refused" in await problems.get()
        assert threads == {loop_thread}
        post.close()
        server.close()

    asyncio.run(asyncio.wait_for(test(), LIMIT_S))
