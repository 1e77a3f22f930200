"""One POST to a receiver of webhooks, beside the event loop, to this machine only.

A webhook's address comes from whoever calls the platform; so, unless it was explicitly allowed, nothing is sent to an
address that is not loopback. A name is resolved here, every address it has must be loopback, and the one that was
checked is the one connected to. Redirects are not followed.

A receiver may do what it likes: of its answer only the status line is read, and all of it together has `timeout_s`, so
that one that drips, or talks without end, holds nobody up for longer than one that is silent.
"""

from __future__ import annotations

import asyncio
import http.client
import ipaddress
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_THREADS = 4
_LINE_AT_MOST = 4096
"""Octets in which an answer must have come to its status, interim answers included."""
_STATUS = re.compile(rb"(?:HTTP/1\.[01] 1\d\d[^\n]*\n(?:[^\r\n][^\n]*\n)*\r?\n)*HTTP/1\.[01] ([2-9]\d\d)\b[^\n]*\n")
"""A status line, behind any number of interim answers (1xx) with their headers."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is posted."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    timeout_s: float


class Post(Protocol):
    """Sends parcels without blocking."""

    def __call__(self, parcel: Parcel, done: Callable[[str], None]) -> None:
        """Calls `done` once, on the platform's thread, with what went wrong; with an empty text when it was taken."""
        ...


class ThreadedPost:
    """Posts from a few threads and reports back to the running loop."""

    def __init__(self, *, anywhere: bool = False) -> None:
        """`anywhere` allows receivers that are not on this machine."""
        self._anywhere = anywhere
        self._loop = asyncio.get_running_loop()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="webhook")

    def __call__(self, parcel: Parcel, done: Callable[[str], None]) -> None:
        """See Post."""
        future = self._loop.run_in_executor(self._threads, deliver, parcel, self._anywhere)
        future.add_done_callback(lambda ended: None if ended.cancelled() else done(ended.result()))

    def close(self) -> None:
        """Drops what has not begun."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def deliver(parcel: Parcel, anywhere: bool, clock: Callable[[], float] = time.monotonic) -> str:
    """Posts and waits for the answer: empty when it was 2xx, else a sentence that says what went wrong."""
    deadline = clock() + parcel.timeout_s
    try:
        host, port, path = _parts(parcel.url)
        connection = http.client.HTTPConnection(_reachable(host, port, anywhere), port, timeout=parcel.timeout_s)
        try:
            connection.request("POST", path, parcel.body, {"Host": f"{host}:{port}", **parcel.headers})
            status = _status(connection.sock, lambda: deadline - clock())
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        return str(error) or type(error).__name__
    return "" if 200 <= status < 300 else f"{parcel.url} answered {status}"


def _status(answer: socket.socket, left_s: Callable[[], float]) -> int:
    """The status of an answer; OSError when it takes too long or ends before, ValueError when it is no HTTP."""
    read = b""
    while (found := _STATUS.match(read)) is None:
        if len(read) > _LINE_AT_MOST or not b"HTTP/1.".startswith(read[:7]):
            raise ValueError(f"the receiver's answer is no HTTP/1: it begins with {read[:20]!r}")
        left = left_s()
        if left <= 0:
            raise TimeoutError("timed out")
        answer.settimeout(left)
        more = answer.recv(_LINE_AT_MOST)
        if not more:
            raise ConnectionError("the receiver closed the connection without an answer")
        read += more
    return int(found[1])


def _parts(url: str) -> tuple[str, int, str]:
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError(f"webhook_url {url!r} is no http://host:port/path")
    return parts.hostname, parts.port or 80, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _reachable(host: str, port: int, anywhere: bool) -> str:
    """The address to connect to."""
    addresses = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in addresses:
        if not anywhere and not ipaddress.ip_address(address.partition("%")[0]).is_loopback:
            raise ValueError(f"{host} is {address}, and webhooks are delivered to loopback addresses only")
    return addresses[0]
