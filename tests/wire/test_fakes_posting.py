"""One POST over a real socket: what the receiver gets, what counts as taken, and where nothing is ever sent."""

from __future__ import annotations

import asyncio
import threading

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
